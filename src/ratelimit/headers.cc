#include "coefficient/ratelimit/headers.h"

#include <algorithm>
#include <cstdint>
#include <limits>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t kMostInteger = 999'999'999'999'999;

void append_number(std::string& out, std::uint64_t number) {
  out += std::to_string(std::min(number, kMostInteger));
}

// Rounded up; what is past is now.
std::uint64_t seconds_of(nanoseconds time) {
  if (time.count() <= 0) return 0;
  const auto ns = static_cast<std::uint64_t>(time.count());
  return ns / 1'000'000'000 + (ns % 1'000'000'000 == 0 ? 0 : 1);
}

std::uint64_t epoch_after(std::chrono::system_clock::time_point now, nanoseconds wait) {
  const std::int64_t start = nanoseconds(now.time_since_epoch()).count();
  const std::int64_t room =
      std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(start, 0);
  return seconds_of(nanoseconds(start + std::clamp<std::int64_t>(wait.count(), 0, room)));
}

bool is_name_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == ':' || c == '/' || c == '-';
}

void append_name(std::string& out, std::string_view name) {
  for (const char c : name) out += is_name_byte(c) ? c : '?';
}

// The same text is a string of RFC 9651 and of RFC 8259, since no byte of it needs an escape.
void append_quoted(std::string& out, std::string_view name) {
  out += '"';
  append_name(out, name);
  out += '"';
}

std::string number_text(std::uint64_t number) {
  std::string out;
  append_number(out, number);
  return out;
}

std::string ratelimit_field(std::span<const Decision> decisions) {
  std::string out;
  for (const Decision& decision : decisions) {
    if (!out.empty()) out += ", ";
    append_quoted(out, decision.policy);
    out += ";r=";
    append_number(out, decision.remaining);
    const auto until =
        decision.allowed ? std::optional(decision.reset_after) : decision.retry_after;
    if (until) {
      out += ";t=";
      append_number(out, std::max<std::uint64_t>(seconds_of(*until), decision.allowed ? 0 : 1));
    }
  }
  return out;
}

}  // namespace

std::string ratelimit_policy_field(std::span<const Policy> policies) {
  std::string out;
  for (const Policy& policy : policies) {
    if (policy.mode == Mode::kShadow) continue;
    if (!out.empty()) out += ", ";
    append_quoted(out, policy.name);
    out += ";q=";
    append_number(out, policy.limit);
    out += ";w=";
    append_number(out, std::max<std::uint64_t>(seconds_of(policy.period), 1));
  }
  return out;
}

std::vector<HeaderField> ratelimit_headers(HeaderDialect dialect,
                                           std::span<const Decision> decisions,
                                           std::chrono::system_clock::time_point now) {
  std::vector<HeaderField> out;
  if (decisions.empty()) return out;
  const Decision& binding = binding_decision(decisions);
  const std::uint64_t remaining = std::min(binding.remaining, binding.limit);
  switch (dialect) {
    case HeaderDialect::kIetf:
      out.push_back({"RateLimit", ratelimit_field(decisions)});
      break;
    case HeaderDialect::kLegacySeconds:
    case HeaderDialect::kLegacyEpoch:
      out.push_back({"X-RateLimit-Limit", number_text(binding.limit)});
      out.push_back({"X-RateLimit-Remaining", number_text(remaining)});
      out.push_back(
          {"X-RateLimit-Reset", number_text(dialect == HeaderDialect::kLegacySeconds
                                                ? seconds_of(binding.reset_after)
                                                : epoch_after(now, binding.reset_after))});
      break;
    case HeaderDialect::kGithub:
      out.push_back({"x-ratelimit-limit", number_text(binding.limit)});
      out.push_back({"x-ratelimit-remaining", number_text(remaining)});
      out.push_back({"x-ratelimit-used", number_text(binding.limit - remaining)});
      out.push_back({"x-ratelimit-reset", number_text(epoch_after(now, binding.reset_after))});
      out.push_back({"x-ratelimit-resource", ""});
      append_name(out.back().value, binding.policy);
      break;
  }
  if (auto wait = retry_after_field(decisions)) out.push_back({"Retry-After", *std::move(wait)});
  return out;
}

std::optional<std::string> retry_after_field(std::span<const Decision> decisions) {
  if (decisions.empty()) return std::nullopt;
  const Decision& binding = binding_decision(decisions);
  if (binding.allowed || !binding.retry_after) return std::nullopt;
  return number_text(std::max<std::uint64_t>(seconds_of(*binding.retry_after), 1));
}

std::string quota_exceeded_problem(std::span<const Decision> decisions) {
  std::string out = R"({"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",)"
                    R"("title":"Request cannot be satisfied as assigned quota has been exceeded",)"
                    R"("status":429,"violated-policies":[)";
  bool first = true;
  for (const Decision& decision : decisions) {
    if (decision.allowed) continue;
    if (!first) out += ',';
    first = false;
    append_quoted(out, decision.policy);
  }
  return out += "]}";
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
