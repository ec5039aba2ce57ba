#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include "coefficient/ratelimit/policy.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

constexpr std::size_t kMaxTextBytes = 512;

// The longest first, as to_text() takes the first that divides.
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> kUnits = {
    {{"h", 3'600'000'000'000},
     {"m", 60'000'000'000},
     {"s", 1'000'000'000},
     {"ms", 1'000'000},
     {"us", 1'000},
     {"ns", 1}}};

Error bad(std::string_view member, const char* what) {
  return Error{ErrorCode::kInvalidArgument,
               "rate limit policy: " + std::string(member) + " " + what};
}

// Decimal digits without a sign or leading zeros; `rest` is what comes after them.
std::optional<std::uint64_t> number(std::string_view text, std::string_view& rest) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  const bool leading_zero = text.front() == '0' && text.size() - rest.size() > 1;
  return leading_zero ? std::nullopt : std::optional(value);
}

bool read_number(std::string_view text, std::uint64_t& out) {
  std::string_view rest;
  const auto value = number(text, rest);
  if (!value || !rest.empty()) return false;
  out = *value;
  return true;
}

bool read_duration(std::string_view text, std::chrono::nanoseconds& out) {
  std::string_view rest;
  const auto value = number(text, rest);
  if (!value) return false;
  for (const auto& [unit, factor] : kUnits) {
    if (rest != unit) continue;
    constexpr auto kMax = static_cast<std::uint64_t>(std::chrono::nanoseconds::max().count());
    if (*value > kMax / factor) return false;
    out = std::chrono::nanoseconds(*value * factor);
    return true;
  }
  return false;
}

bool read_algorithm(std::string_view text, Algorithm& out) {
  out = text == "sliding" ? Algorithm::kSlidingWindow : Algorithm::kGcra;
  return text == "sliding" || text == "gcra";
}

bool read_mode(std::string_view text, Mode& out) {
  out = text == "shadow" ? Mode::kShadow : Mode::kEnforce;
  return text == "shadow" || text == "enforce";
}

/// Reads the members one by one; each at most once.
class Reader {
 public:
  Result<> member(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return bad("a member", "has no '='");
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);
    for (std::size_t i = 0; i < kMembers.size(); ++i) {
      if (kMembers[i].first != name) continue;
      if (std::exchange(seen_[i], true)) return bad(name, "is given twice");
      if (!read(i, value)) return bad(name, kMembers[i].second);
      return {};
    }
    // What is not known is not repeated: it may be anything, and messages are logged.
    return bad("a member", "is none of name, limit, period, burst, algorithm, mode, max_wait");
  }

  Result<Policy> finish() {
    for (std::size_t i = kName; i <= kPeriod; ++i)
      if (!seen_[i]) return bad(kMembers[i].first, "is missing");
    if (!seen_[kBurst] && policy_.algorithm == Algorithm::kGcra) policy_.burst = policy_.limit;
    const auto checked = check_policy(policy_);
    if (!checked) return checked.error();
    return std::move(policy_);
  }

 private:
  enum Member : std::size_t { kName, kLimit, kPeriod, kBurst, kAlgorithm, kMode, kMaxWait };
  static constexpr const char* kWhole = "must be a whole number below 2^64";
  static constexpr const char* kDuration = "must be a whole number and one of ns us ms s m h";
  static constexpr std::array<std::pair<std::string_view, const char*>, 7> kMembers = {
      {{"name", ""},
       {"limit", kWhole},
       {"period", kDuration},
       {"burst", kWhole},
       {"algorithm", "must be gcra or sliding"},
       {"mode", "must be enforce or shadow"},
       {"max_wait", kDuration}}};

  bool read(std::size_t member, std::string_view value) {
    switch (member) {
      case kName:
        policy_.name = value;
        return true;
      case kLimit:
        return read_number(value, policy_.limit);
      case kPeriod:
        return read_duration(value, policy_.period);
      case kBurst:
        return read_number(value, policy_.burst);
      case kAlgorithm:
        return read_algorithm(value, policy_.algorithm);
      case kMode:
        return read_mode(value, policy_.mode);
      default:
        return read_duration(value, policy_.max_wait);
    }
  }

  Policy policy_;
  std::array<bool, kMembers.size()> seen_{};
};

std::string duration_text(std::chrono::nanoseconds duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  for (const auto& [unit, factor] : kUnits)
    if (count != 0 && count % factor == 0) return std::to_string(count / factor).append(unit);
  return "0s";
}

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  if (text.size() > kMaxTextBytes)
    return Error{ErrorCode::kResourceExhausted, "rate limit policy: longer than 512 bytes"};
  Reader reader;
  for (;;) {
    const std::size_t end = text.find(';');
    const auto read = reader.member(text.substr(0, end));
    if (!read) return read.error();
    if (end == std::string_view::npos) return reader.finish();
    text.remove_prefix(end + 1);
  }
}

std::string to_text(const Policy& policy) {
  std::string out = "name=" + policy.name;
  out += ";limit=" + std::to_string(policy.limit);
  out += ";period=" + duration_text(policy.period);
  const bool gcra = policy.algorithm == Algorithm::kGcra;
  if (gcra ? policy.burst != policy.limit : policy.burst != 0)
    out += ";burst=" + std::to_string(policy.burst);
  if (!gcra) out += ";algorithm=sliding";
  if (policy.mode == Mode::kShadow) out += ";mode=shadow";
  if (policy.max_wait.count() != 0) out += ";max_wait=" + duration_text(policy.max_wait);
  return out;
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
