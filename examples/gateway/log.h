#ifndef COEFFICIENT_GATEWAY_LOG_H_
#define COEFFICIENT_GATEWAY_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "line_writer.h"
#include "result.h"

namespace gateway {

/// One member of a log line. Text is cleaned by printable() before it is written.
struct LogField {
  std::string_view name;
  std::variant<std::int64_t, std::string_view> value;
};

/// Returns `text` with every byte outside printable ASCII as '?', cut to `max_bytes`: what a sender
/// chose (an id, an event type) cannot forge a line or flood the log.
std::string printable(std::string_view text, std::size_t max_bytes = 200);

/// Writes JSON lines: `{"time":...,"level":...,"event":...,<fields>}`. A line that its reader has
/// no room for is dropped, since the thread that serves all connections writes it; the next one
/// that fits follows `log_lines_dropped` with their number.
///
/// What may be logged: names, ids, reasons, sizes, durations. Never a secret, a signature, a header
/// value other than a verified id, or a byte of a body. The callers keep that rule and a test
/// greps for planted canaries.
///
/// Thread safety: all members may be called concurrently.
class Log {
 public:
  /// Writes to the file descriptor `fd`, which stays the caller's. `clock` must outlive the log.
  Log(int fd, const Clock& clock) noexcept : lines_(fd), clock_(&clock) {}
  void info(std::string_view event, std::initializer_list<LogField> fields = {});
  void warn(std::string_view event, std::initializer_list<LogField> fields = {});
  void error(std::string_view event, std::initializer_list<LogField> fields = {});

 private:
  void write(std::string_view level, std::string_view event,
             std::initializer_list<LogField> fields);
  std::mutex mutex_;  // guards what follows
  LineWriter lines_;
  std::int64_t dropped_ = 0;  ///< Since the last that was written.
  const Clock* clock_;
};

/// Writes all of `text` to `fd`; false if that failed.
bool write_all(int fd, std::string_view text) noexcept;

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_LOG_H_
