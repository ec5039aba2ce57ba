#ifndef COEFFICIENT_TESTS_GATEWAY_CHILD_H_
#define COEFFICIENT_TESTS_GATEWAY_CHILD_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "client.h"

namespace test {

/// A program that a test started, with its standard output and error on pipes and nothing on its
/// standard input. Killed and reaped when the object goes.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();
  /// Returns the next line of its output (or error) without the newline; nothing at the end or
  /// after 60 s.
  std::optional<std::string> line() { return next_line(out_); }
  std::optional<std::string> error_line() { return next_line(err_); }
  /// Reads lines of its error until one holds `text`; false if none does.
  bool wait_for_error(const std::string& text);
  void signal(int number) const;
  /// Waits for its end; returns the status as waitpid(2) gives it.
  int wait();
  /// Returns where a gateway says that it listens: reads its first line.
  std::optional<gateway::Peer> listening();

 private:
  struct Stream {
    int fd = -1;
    std::string buffer = {};
  };
  static std::optional<std::string> next_line(Stream& stream);
  pid_t pid_ = -1;
  Stream out_;
  Stream err_;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_GATEWAY_CHILD_H_
