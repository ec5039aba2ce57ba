#ifndef COEFFICIENT_GATEWAY_LINE_WRITER_H_
#define COEFFICIENT_GATEWAY_LINE_WRITER_H_

#include <chrono>
#include <cstddef>
#include <string_view>

namespace gateway {

/// Writes whole lines to a file descriptor without waiting for whoever reads them: a pipe that is
/// not read, or a terminal that was stopped, holds up nobody.
///
/// Thread safety: none.
class LineWriter {
 public:
  /// Writes to `fd`, which stays the caller's. A line is waited with for at most `patience`, unless
  /// the one before was dropped.
  explicit LineWriter(int fd, std::chrono::milliseconds patience = {}) noexcept
      : fd_(fd), patience_(patience) {}
  /// Writes `line`, which ends with a newline; false if it was dropped. Of a line that was cut the
  /// rest is dropped, and what comes next begins a line of its own.
  bool write(std::string_view line) noexcept;

 private:
  bool write_some(std::string_view bytes, std::size_t& written) noexcept;
  int fd_;
  std::chrono::milliseconds patience_;
  bool stalled_ = false;  ///< The line before was dropped.
  bool cut_ = false;      ///< Of it, a part was written.
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_LINE_WRITER_H_
