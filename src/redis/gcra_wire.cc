#include "redis/gcra_wire.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "redis/link.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace redis {
namespace {

using ratelimit::Ask;
using ratelimit::Decision;
using ratelimit::Grant;
using ratelimit::Policy;
using std::chrono::microseconds;

constexpr std::uint64_t kMostMicroseconds = std::uint64_t{1} << 51U;
// With a window more it is still exact as a double; the year 2184.
constexpr std::int64_t kLatestMicroseconds = std::int64_t{3} << 51U;
constexpr std::size_t kFixedWords = 7;  // of a call, before the tiers
constexpr std::size_t kTierWords = 4;   // as in the script

Error invalid(const Policy& policy, const char* what) {
  return Error{ErrorCode::kInvalidArgument, "redis: policy " + policy.name + ": " + what};
}

std::uint64_t interval_us(const Policy& policy) {
  return static_cast<std::uint64_t>(
      std::chrono::ceil<microseconds>(ratelimit::emission_interval(policy)).count());
}

// More than any policy ever allows is refused alike, and a double holds this exactly.
std::uint64_t within_doubles(std::uint64_t cost) {
  return std::min(cost, kMostMicroseconds + 1);
}

std::string cost_text(const Ask& ask) {
  switch (ask.operation) {
    case Ask::Operation::kTake:
      return std::to_string(within_doubles(ask.cost));
    case Ask::Operation::kRefund:
      return '-' + std::to_string(within_doubles(ask.cost));
    case Ask::Operation::kPeek:
      break;
  }
  return "0";
}

std::string want_text(const Ask& ask) {
  if (ask.operation != Ask::Operation::kTake) return cost_text(ask);
  return std::to_string(within_doubles(std::max(ask.cost, ask.want)));
}

// What an error reply starts with, e.g. "NOSCRIPT".
std::string_view name_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR) return {};
  const std::string_view text(reply.str, reply.len);
  const std::string_view name = text.substr(0, std::min(text.find(' '), std::size_t{24}));
  const bool upper =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return upper ? name : std::string_view("ERR");
}

ErrorCode code_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, ErrorCode>, 18> kCodes{{
      {"BADVALUE", ErrorCode::kDataLoss},
      {"WRONGTYPE", ErrorCode::kDataLoss},
      {"OOM", ErrorCode::kResourceExhausted},
      {"NOAUTH", ErrorCode::kUnauthenticated},
      {"WRONGPASS", ErrorCode::kUnauthenticated},
      {"NOPERM", ErrorCode::kPermissionDenied},
      {"LOADING", ErrorCode::kUnavailable},
      {"BUSY", ErrorCode::kUnavailable},
      {"MASTERDOWN", ErrorCode::kUnavailable},
      {"CLUSTERDOWN", ErrorCode::kUnavailable},
      {"TRYAGAIN", ErrorCode::kUnavailable},
      {"READONLY", ErrorCode::kUnavailable},
      {"MISCONF", ErrorCode::kUnavailable},
      {"NOREPLICAS", ErrorCode::kUnavailable},
      {"NOSCRIPT", ErrorCode::kUnavailable},
      {"MOVED", ErrorCode::kFailedPrecondition},
      {"ASK", ErrorCode::kFailedPrecondition},
      {"CROSSSLOT", ErrorCode::kFailedPrecondition},
  }};
  for (const auto& [spelling, code] : kCodes)
    if (spelling == name) return code;
  return ErrorCode::kInternal;
}

Error malformed() {
  return Error{ErrorCode::kInternal, "redis: the script answered something else"};
}

// The four figures that the script has for a tier.
Result<Decision> read_tier(const Policy& policy, std::span<redisReply* const> figures) {
  const std::int64_t most = static_cast<std::int64_t>(kMostMicroseconds);
  for (const redisReply* figure : figures)
    if (figure->type != REDIS_REPLY_INTEGER || figure->integer < -1 || figure->integer > most)
      return malformed();
  const bool allows = figures[0]->integer == 1;
  const std::int64_t retry = figures[2]->integer;
  if (figures[1]->integer < 0 || figures[3]->integer < 0) return malformed();
  Decision decision;
  decision.shadow_denied = !allows && policy.mode == ratelimit::Mode::kShadow;
  decision.allowed = allows || decision.shadow_denied;
  decision.limit = policy.limit;
  decision.remaining = static_cast<std::uint64_t>(figures[1]->integer);
  if (retry < 0)
    decision.retry_after = std::nullopt;
  else
    decision.retry_after = microseconds(retry);
  decision.reset_after = microseconds(figures[3]->integer);
  decision.policy = policy.name;
  return decision;
}

}  // namespace

Result<> check_countable(const Policy& policy) {
  if (auto checked = ratelimit::check_policy(policy); !checked) return checked;
  if (policy.algorithm != ratelimit::Algorithm::kGcra)
    return invalid(policy, "only algorithm gcra is counted");
  if (policy.max_wait.count() != 0) return invalid(policy, "max_wait is not supported");
  if (ratelimit::emission_interval(policy) < microseconds(1))
    return invalid(policy, "more than one per microsecond");
  if (policy.burst > kMostMicroseconds / interval_us(policy))
    return invalid(policy, "an empty bucket would fill in more than 2^51 microseconds");
  return {};
}

Result<> check_ask(const Ask& ask) {
  const auto invalid_ask = [](const char* what) {
    return Error{ErrorCode::kInvalidArgument, std::string("redis: ") + what};
  };
  if (ask.key.empty() || ask.key.size() > ratelimit::Backend::kMaxKeyBytes)
    return invalid_ask("a key is 1 to 256 bytes");
  if (ask.policies.empty() || ask.policies.size() > ratelimit::Backend::kMaxPolicies)
    return invalid_ask("an ask has 1 to 8 policies");
  if (ask.operation != Ask::Operation::kPeek && ask.cost == 0)
    return invalid_ask("a cost is at least 1");
  return {};
}

Result<std::string> now_text(const Clock* clock) {
  if (clock == nullptr) return std::string();
  const auto now = std::chrono::floor<microseconds>(clock->now().time_since_epoch()).count();
  if (now < 0 || now > kLatestMicroseconds)
    return Error{ErrorCode::kInvalidArgument,
                 "redis: the clock is before 1970 or after the year 2184"};
  return std::to_string(now);
}

void append_ask(std::string& out, const ScriptCall& call, std::string_view prefix, const Ask& ask,
                std::string_view now) {
  const std::string key = std::string(prefix).append(ask.key);
  const std::string cost = cost_text(ask);
  const std::string want = want_text(ask);
  std::array<std::string, 2 * ratelimit::Backend::kMaxPolicies> times;
  std::vector<std::string_view> words{call.command, call.script, "1", key, now, cost, want};
  words.reserve(kFixedWords + kTierWords * ask.policies.size());
  std::size_t used = 0;
  for (const Policy& policy : ask.policies) {
    const std::uint64_t interval = interval_us(policy);
    std::string& interval_text = times[used++] = std::to_string(interval);
    std::string& window_text = times[used++] = std::to_string(interval * policy.burst);
    words.insert(words.end(), {policy.name, interval_text, window_text,
                               policy.mode == ratelimit::Mode::kShadow ? "1" : "0"});
  }
  append_command(out, words);
}

Result<Grant> read_grant(const redisReply& reply, const Ask& ask) {
  if (auto error = error_of(reply)) return *std::move(error);
  const std::size_t wanted = 1 + kTierWords * ask.policies.size();
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != wanted) return malformed();
  const std::span<redisReply* const> figures(reply.element, reply.elements);
  const std::int64_t granted = figures[0]->integer;
  const std::uint64_t most =
      ask.operation == Ask::Operation::kTake ? std::max(ask.cost, ask.want) : 0;
  if (figures[0]->type != REDIS_REPLY_INTEGER || granted < 0 ||
      static_cast<std::uint64_t>(granted) > most)
    return malformed();
  Grant grant;
  grant.granted = static_cast<std::uint64_t>(granted);
  grant.decisions.reserve(ask.policies.size());
  for (std::size_t i = 0; i < ask.policies.size(); ++i) {
    auto decision = read_tier(ask.policies[i], figures.subspan(1 + kTierWords * i, kTierWords));
    if (!decision) return decision.error();
    grant.decisions.push_back(*decision);
  }
  return grant;
}

bool is_unknown_script(const redisReply& reply) noexcept {
  return name_of(reply) == "NOSCRIPT";
}

bool is_replica_refusal(const redisReply& reply) noexcept {
  return name_of(reply) == "READONLY";
}

std::optional<Error> error_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR) return std::nullopt;
  const std::string_view name = name_of(reply);
  return Error{code_of(name), "redis: the server answered " + std::string(name)};
}

}  // namespace redis
COEFFICIENT_END_NAMESPACE
