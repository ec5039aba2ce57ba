#include "fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "vault_files.h"

namespace test {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void edit_config(const gateway::Directory& directory,
                 const std::function<void(nlohmann::json&)>& change) {
  nlohmann::json config = nlohmann::json::parse(read_text(directory.config()));
  change(config);
  std::ofstream(directory.config(), std::ios::trunc) << config.dump(2);
}

std::string text_of(const coefficient::SecretBytes& secret) {
  const auto bytes = secret.expose();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void with_vault(const gateway::Directory& directory,
                const std::function<void(coefficient::vault::Vault&)>& change) {
  const auto config = gateway::load_config(directory);
  if (!config) throw std::runtime_error(config.error().message);
  auto files = gateway::VaultFiles::open(directory, config->vault, coefficient::system_clock());
  if (!files) throw std::runtime_error(files.error().message);
  change(files->vault());
}

std::vector<gateway::EndpointSecret> secrets_of(const gateway::Directory& directory,
                                                std::string_view endpoint) {
  std::vector<gateway::EndpointSecret> out;
  with_vault(directory, [&](coefficient::vault::Vault& vault) {
    auto valid = gateway::EndpointSecrets(vault).all(endpoint);
    if (!valid) throw std::runtime_error(valid.error().message);
    out = std::move(*valid);
  });
  return out;
}

std::string post_text(const std::string& path, const gateway::HeaderList& headers,
                      std::string_view body) {
  std::string text = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return text.append(body);
}

std::string pull_request_body(int number, const std::string& repository) {
  const std::string sha(40, 'a');
  return nlohmann::json{
      {"action", "opened"},
      {"number", number},
      {"repository", {{"full_name", repository}}},
      {"pull_request",
       {{"title", "t"}, {"body", nullptr}, {"base", {{"sha", sha}}}, {"head", {{"sha", sha}}}}}}
      .dump();
}

GatewayTest::GatewayTest() {
  const auto made = gateway::init_directory(directory_, 0);
  if (!made) throw std::runtime_error(made.error().message);
}

GatewayTest::~GatewayTest() {
  stop();
  if (log_fd_ >= 0) ::close(log_fd_);
}

void GatewayTest::start(const coefficient::Clock& clock) {
  log_fd_ = ::open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  auto service = gateway::Service::create(
      directory_, clock,
      {.handle_signals = false, .log_fd = log_fd_, .finished = [this](const std::string& line) {
         const std::lock_guard lock(mutex_);
         results_.push_back(line);
         finished_.notify_all();
       }});
  ASSERT_TRUE(service) << service.error().message;
  service_ = std::move(*service);
  thread_ = std::thread([this] { ran_ = service_->run().has_value(); });
}

bool GatewayTest::stop() {
  if (thread_.joinable()) {
    service_->stop();
    thread_.join();
  }
  return ran_;
}

gateway::HeaderList GatewayTest::sign(std::string_view endpoint, std::string_view body,
                                      std::chrono::seconds offset, std::string_view event) {
  const auto secrets = secrets_of(directory_, endpoint);
  auto headers = gateway::sign(endpoint, secrets.front().bytes, body, event,
                               std::chrono::system_clock::now() + offset);
  return std::move(*headers);
}

int GatewayTest::post(const std::string& endpoint, const gateway::HeaderList& headers,
                      std::string_view body) {
  RawClient client(port());
  EXPECT_TRUE(client.send(post_text("/webhooks/" + endpoint, headers, body)));
  return status_of(client.response());
}

std::vector<std::string> GatewayTest::wait_for_results(std::size_t count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(
      finished_.wait_for(lock, std::chrono::seconds(60), [&] { return results_.size() >= count; }));
  return results_;
}

}  // namespace test
