#ifndef COEFFICIENT_TESTS_GATEWAY_FIXTURE_H_
#define COEFFICIENT_TESTS_GATEWAY_FIXTURE_H_

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "directory.h"
#include "endpoint_secrets.h"
#include "init.h"
#include "raw_client.h"
#include "service.h"
#include "signing.h"
#include "support/temp_dir.h"

namespace test {

std::string read_text(const std::filesystem::path& path);

/// Rewrites DIR/config.json after `change`.
void edit_config(const gateway::Directory& directory,
                 const std::function<void(nlohmann::json&)>& change);

/// Returns the endpoint's valid secrets, the newest first.
std::vector<gateway::EndpointSecret> secrets_of(const gateway::Directory& directory,
                                                std::string_view endpoint);

std::string text_of(const coefficient::SecretBytes& secret);

/// Calls `change` with the directory's open vault.
void with_vault(const gateway::Directory& directory,
                const std::function<void(coefficient::vault::Vault&)>& change);

/// Returns the text of a POST with `headers`, Host and Content-Length.
std::string post_text(const std::string& path, const gateway::HeaderList& headers,
                      std::string_view body);

/// Returns a pull_request payload that differs by `number`; `repository` need not be configured.
std::string pull_request_body(int number, const std::string& repository = "o/unknown");

/// A gateway directory, and the service on it once start() is called.
class GatewayTest : public testing::Test {
 protected:
  GatewayTest();
  ~GatewayTest() override;

  void edit(const std::function<void(nlohmann::json&)>& change) { edit_config(directory_, change); }
  void start(const coefficient::Clock& clock = coefficient::system_clock());
  /// Drains and returns what run() gave.
  bool stop();
  [[nodiscard]] std::uint16_t port() const { return service_->peer().port; }
  [[nodiscard]] std::string log() const { return read_text(log_path_); }
  gateway::Inbox& inbox() { return service_->inbox(); }

  gateway::HeaderList sign(std::string_view endpoint, std::string_view body,
                           std::chrono::seconds offset = std::chrono::seconds(0),
                           std::string_view event = "pull_request");
  /// Sends over a connection of its own; returns the status.
  int post(const std::string& endpoint, const gateway::HeaderList& headers, std::string_view body);
  int deliver(std::string_view body) { return post("github", sign("github", body), body); }
  /// Waits until the worker has finished `count` deliveries; returns their lines.
  std::vector<std::string> wait_for_results(std::size_t count);

  TempDir temp_;
  gateway::Directory directory_{temp_.path() / "gateway"};
  std::filesystem::path log_path_{temp_.path() / "log"};

 private:
  int log_fd_ = -1;
  std::unique_ptr<gateway::Service> service_;
  std::thread thread_;
  bool ran_ = false;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::vector<std::string> results_;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_GATEWAY_FIXTURE_H_
