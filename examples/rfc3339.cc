#include "rfc3339.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

namespace examples {
namespace {

namespace chrono = std::chrono;

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

std::string rfc3339(chrono::system_clock::time_point time) {
  const auto ms = chrono::floor<chrono::milliseconds>(time);
  const auto day = chrono::floor<chrono::days>(ms);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(ms - day);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

std::optional<chrono::system_clock::time_point> parse_rfc3339(std::string_view text) {
  constexpr std::string_view kSeconds = "0000-00-00T00:00:00";
  if (text.size() < kSeconds.size() || !has_shape(text.substr(0, kSeconds.size()), kSeconds))
    return std::nullopt;
  const std::string_view rest = text.substr(kSeconds.size());
  static constexpr std::array<std::string_view, 4> kEnds = {"Z", ".0Z", ".00Z", ".000Z"};
  if (std::ranges::none_of(kEnds, [&](std::string_view end) { return has_shape(rest, end); }))
    return std::nullopt;
  const chrono::year_month_day date{chrono::year(static_cast<int>(number(text, 0, 4))),
                                    chrono::month(number(text, 5, 2)),
                                    chrono::day(number(text, 8, 2))};
  const unsigned hours = number(text, 11, 2);
  const unsigned minutes = number(text, 14, 2);
  const unsigned seconds = number(text, 17, 2);
  // system_clock counts nanoseconds in 64 bits: to the year 2262.
  if (!date.ok() || date.year() < chrono::year(1970) || date.year() > chrono::year(2200) ||
      hours > 23 || minutes > 59 || seconds > 59)
    return std::nullopt;
  const std::size_t digits = rest.size() > 2 ? rest.size() - 2 : 0;  // without "." and "Z"
  unsigned milliseconds = number(rest, 1, digits);
  for (std::size_t i = digits; i < 3; ++i) milliseconds *= 10;
  return chrono::system_clock::time_point(chrono::sys_days(date)) + chrono::hours(hours) +
         chrono::minutes(minutes) + chrono::seconds(seconds) + chrono::milliseconds(milliseconds);
}

}  // namespace examples
