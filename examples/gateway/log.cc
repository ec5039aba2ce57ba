#include "log.h"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <span>

#include "rfc3339.h"

namespace gateway {
namespace {

std::string line_of(std::chrono::system_clock::time_point time, std::string_view level,
                    std::string_view event, std::span<const LogField> fields) {
  nlohmann::ordered_json line = {
      {"time", examples::rfc3339(time)}, {"level", level}, {"event", event}};
  for (const LogField& field : fields) {
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      line[std::string(field.name)] = *number;
    } else {
      line[std::string(field.name)] = printable(*std::get_if<std::string_view>(&field.value));
    }
  }
  return line.dump() + "\n";
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string out(text.substr(0, max_bytes));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void Log::write(std::string_view level, std::string_view event,
                std::initializer_list<LogField> fields) {
  const auto now = clock_->now();
  const std::string line = line_of(now, level, event, fields);
  const std::lock_guard lock(mutex_);
  if (dropped_ > 0) {
    const LogField count{.name = "lines", .value = dropped_};
    if (lines_.write(line_of(now, "warn", "log_lines_dropped", {&count, 1}))) dropped_ = 0;
  }
  if (dropped_ > 0 || !lines_.write(line)) ++dropped_;
}

void Log::info(std::string_view event, std::initializer_list<LogField> fields) {
  write("info", event, fields);
}
void Log::warn(std::string_view event, std::initializer_list<LogField> fields) {
  write("warn", event, fields);
}
void Log::error(std::string_view event, std::initializer_list<LogField> fields) {
  write("error", event, fields);
}

}  // namespace gateway
