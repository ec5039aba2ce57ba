#include <array>
#include <chrono>
#include <cstddef>

#include "coefficient/audit/record.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd.ddddddZ";
constexpr std::int64_t kSecond = 1'000'000;

bool has_shape(std::string_view text) noexcept {
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return false;
  }
  return true;
}

int number(std::string_view text, std::size_t at, std::size_t digits) noexcept {
  int value = 0;
  for (const char c : text.substr(at, digits)) value = value * 10 + (c - '0');
  return value;
}

void put(std::string& out, std::size_t at, std::size_t digits, std::int64_t value) noexcept {
  for (; digits > 0; --digits, value /= 10)
    out[at + digits - 1] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string format_time(Timestamp time) {
  const auto day = std::chrono::floor<days>(time);
  const year_month_day date(day);
  const int year = static_cast<int>(date.year());
  if (year < 1970 || year > 9999) return {};
  const std::int64_t in_day = (time - day).count();
  std::string out = "0000-00-00T00:00:00.000000Z";
  put(out, 0, 4, year);
  put(out, 5, 2, static_cast<unsigned>(date.month()));
  put(out, 8, 2, static_cast<unsigned>(date.day()));
  put(out, 11, 2, in_day / (3600 * kSecond));
  put(out, 14, 2, in_day / (60 * kSecond) % 60);
  put(out, 17, 2, in_day / kSecond % 60);
  put(out, 20, 6, in_day % kSecond);
  return out;
}

std::optional<Timestamp> parse_time(std::string_view text) noexcept {
  if (!has_shape(text)) return std::nullopt;
  const year_month_day date(std::chrono::year(number(text, 0, 4)),
                            std::chrono::month(static_cast<unsigned>(number(text, 5, 2))),
                            std::chrono::day(static_cast<unsigned>(number(text, 8, 2))));
  const int hour = number(text, 11, 2);
  const int minute = number(text, 14, 2);
  const int second = number(text, 17, 2);
  if (!date.ok() || date.year() < std::chrono::year(1970) || hour > 23 || minute > 59 ||
      second > 59)
    return std::nullopt;
  return Timestamp(sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                   std::chrono::minutes(minute) + std::chrono::seconds(second) +
                   microseconds(number(text, 20, 6)));
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
