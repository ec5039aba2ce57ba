#include "ratelimit/http_date.h"

#include <array>
#include <cstddef>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <std::size_t N>
std::optional<unsigned> index_of(const std::array<std::string_view, N>& words,
                                 std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == word) return static_cast<unsigned>(i);
  return std::nullopt;
}

std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  namespace chrono = std::chrono;
  constexpr std::string_view kForm = "aaa, 00 aaa 0000 00:00:00 GMT";
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] != 'a' && kForm[i] != '0' && kForm[i] != text[i]) return std::nullopt;
  const auto weekday = index_of(kDays, text.substr(0, 3));
  const auto day = number(text.substr(5, 2));
  const auto month = index_of(kMonths, text.substr(8, 3));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (!weekday || !day || !month || !year || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const chrono::year_month_day date{chrono::year(static_cast<int>(*year)),
                                    chrono::month(*month + 1), chrono::day(*day)};
  if (!date.ok() || chrono::weekday(chrono::sys_days(date)).c_encoding() != *weekday)
    return std::nullopt;
  return chrono::sys_days(date) + chrono::hours(*hour) + chrono::minutes(*minute) +
         chrono::seconds(*second);
}

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE
