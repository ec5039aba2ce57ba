#include "timestamp.h"

#include <algorithm>
#include <cstddef>

namespace gateway {
namespace {

// The number that the digits text[at..at+size) make; the caller has seen that they are digits.
unsigned number(std::string_view text, std::size_t at, std::size_t size) {
  unsigned value = 0;
  for (const char digit : text.substr(at, size))
    value = value * 10 + static_cast<unsigned>(digit - '0');
  return value;
}

bool has_shape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char wanted) {
    return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
  });
}

}  // namespace

Result<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text) {
  namespace chrono = std::chrono;
  const Error malformed{
      ErrorCode::kInvalidArgument,
      "the time is not of the form 2026-11-24T23:05:00Z (UTC; fractions to .999)"};
  static constexpr std::string_view kSeconds = "0000-00-00T00:00:00";
  if (text.size() < kSeconds.size() || !has_shape(text.substr(0, kSeconds.size()), kSeconds)) {
    return malformed;
  }
  const std::string_view rest = text.substr(kSeconds.size());
  const std::string_view whole[] = {"Z", ".0Z", ".00Z", ".000Z"};
  const auto* shape =
      std::ranges::find_if(whole, [rest](std::string_view one) { return has_shape(rest, one); });
  if (shape == std::end(whole)) return malformed;
  const chrono::year_month_day day{chrono::year(static_cast<int>(number(text, 0, 4))),
                                   chrono::month(number(text, 5, 2)),
                                   chrono::day(number(text, 8, 2))};
  const unsigned hours = number(text, 11, 2);
  const unsigned minutes = number(text, 14, 2);
  const unsigned seconds = number(text, 17, 2);
  // system_clock counts nanoseconds in 64 bits: to the year 2262.
  if (!day.ok() || day.year() < chrono::year(1970) || day.year() > chrono::year(2200) ||
      hours > 23 || minutes > 59 || seconds > 59) {
    return malformed;
  }
  unsigned milliseconds = 0;
  const std::size_t digits = shape->size() > 2 ? shape->size() - 2 : 0;
  if (digits > 0) milliseconds = number(rest, 1, digits);
  for (std::size_t i = digits; i > 0 && i < 3; ++i) milliseconds *= 10;
  return chrono::system_clock::time_point(chrono::sys_days(day)) + chrono::hours(hours) +
         chrono::minutes(minutes) + chrono::seconds(seconds) + chrono::milliseconds(milliseconds);
}

}  // namespace gateway
