#include "output.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

namespace vault_tool {

using coefficient::Error;
using coefficient::ErrorCode;
namespace sqlite = coefficient::sqlite;

int fail(ExitCode code, std::string_view message) {
  std::cerr << "vault: " << message << '\n';
  return code;
}

int refuse(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kDataLoss:
      return fail(kRefused, error.message);
    default:
      return fail(kUsage, error.message);
  }
}

void warn(std::string_view message) {
  std::cerr << "vault: warning: " << message << '\n';
}

int print(const Arguments& arguments, const Json& json, std::string_view text) {
  if (arguments.json) {
    std::cout << one_line(json) << '\n';
  } else {
    std::cout << text;
  }
  std::cout.flush();
  return std::cout ? kDone : fail(kUsage, "cannot write to standard output");
}

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string printable(std::string_view name) {
  const auto plain = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!name.empty() && std::all_of(name.begin(), name.end(), plain)) return std::string(name);
  return Json(name).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto ms = floor<milliseconds>(time);
  const auto day = floor<days>(ms);
  const year_month_day date(day);
  const hh_mm_ss clock(ms - day);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(std::max(size, 0)));
}

std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size() + 1 || !text.ends_with('Z')) return std::nullopt;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < kShape.size(); ++i)
    if (kShape[i] == 'd' ? !digit(text[i]) : text[i] != kShape[i]) return std::nullopt;
  std::string_view fraction = text.substr(kShape.size(), text.size() - kShape.size() - 1);
  if (!fraction.empty()) {
    if (fraction.size() < 2 || fraction.size() > 4 || fraction[0] != '.') return std::nullopt;
    fraction.remove_prefix(1);
    if (!std::all_of(fraction.begin(), fraction.end(), digit)) return std::nullopt;
  }
  const auto number = [](std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
  };
  const auto part = [&](std::size_t at, std::size_t n = 2) { return number(text.substr(at, n)); };
  const year_month_day date(year(part(0, 4)), month(static_cast<unsigned>(part(5))),
                            day(static_cast<unsigned>(part(8))));
  if (!date.ok() || part(11) > 23 || part(14) > 59 || part(17) > 59) return std::nullopt;
  std::string thousandths(fraction);
  thousandths.resize(3, '0');
  return sys_days(date) + hours(part(11)) + minutes(part(14)) + seconds(part(17)) +
         milliseconds(number(thousandths));
}

Json point_json(const sqlite::ArchivePoint& point) {
  return {{"seq", point.seq}, {"time", rfc3339(point.time)}};
}

std::string point_text(const sqlite::ArchivePoint& point) {
  return "transaction " + std::to_string(point.seq) + " of " + rfc3339(point.time);
}

sqlite::ProgressCallback archive_progress() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](const sqlite::Progress& progress) {
    std::cerr << "\rvault: " << progress.done;
    if (progress.total != 0) std::cerr << " of " << progress.total;
    std::cerr << "\x1b[K" << (progress.done == progress.total ? "\r\x1b[K" : "") << std::flush;
    return true;
  };
}

}  // namespace vault_tool
