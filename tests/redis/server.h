#ifndef COEFFICIENT_TESTS_REDIS_SERVER_H_
#define COEFFICIENT_TESTS_REDIS_SERVER_H_

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// A redis-server of our own in a directory of its own, on a Unix socket; no TCP port, nothing
/// written to disk. Stopped by its process id when this object goes.
class RedisServer {
 public:
  /// Returns nothing if there is no redis-server on this machine.
  static std::unique_ptr<RedisServer> start(std::vector<std::string> options = {});
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  /// As redis::RatelimitOptions::server wants it.
  [[nodiscard]] std::string address() const;
  /// Runs a command by a link of its own and returns the reply as text: integers in decimal, nil
  /// as "nil", arrays joined by blanks. Aborts if there is no answer.
  std::string command(const std::vector<std::string_view>& words) const;

  void stop();     ///< Kills it, and waits until it is gone.
  void restart();  ///< Starts it anew, empty, at the same address.
  void freeze() const;
  void thaw() const;

 private:
  explicit RedisServer(std::vector<std::string> options);
  void launch();
  std::filesystem::path directory_;
  std::vector<std::string> options_;
  int pid_ = 0;
  int log_ = -1;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_REDIS_SERVER_H_
