#include "script.h"

#include <charconv>
#include <limits>
#include <string>

namespace ratelimit_tool {
namespace {

using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

constexpr std::string_view kRefund = "refund=";

Error bad(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Cuts the text before the next blank off `rest`; all of it if there is none.
std::string_view next_field(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

}  // namespace

Result<std::optional<ScriptLine>> parse_line(std::string_view line) {
  if (line.empty() || line.front() == '#') return std::optional<ScriptLine>();
  ScriptLine out;
  const auto time = number(next_field(line));
  if (!time || *time > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return bad("TIME_NS must be a number from 0 to 2^63 - 1");
  out.time = std::chrono::nanoseconds(*time);
  out.key = next_field(line);
  if (out.key.empty()) return bad("the line must be TIME_NS KEY COST|peek|refund=N");
  if (line == "peek") {
    out.action = Action::kPeek;
    return std::optional(out);
  }
  if (line.starts_with(kRefund)) {
    out.action = Action::kRefund;
    line.remove_prefix(kRefund.size());
  }
  const auto amount = number(line);
  if (!amount) return bad("after the key must be a number, peek or refund=N");
  out.amount = *amount;
  return std::optional(out);
}

}  // namespace ratelimit_tool
