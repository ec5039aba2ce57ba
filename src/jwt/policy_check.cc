#include "jwt/policy_check.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

Error bad_policy(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

bool contains(const std::vector<std::string>& all, std::string_view text) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

// All times are from 0 to the year 9999 and all spans at most some centuries: nothing overflows.
Result<void, Refusal> check_times(const ClaimTable& table, const Policy& policy, std::int64_t now) {
  const std::int64_t leeway = policy.leeway.count();
  if (table.exp && *table.exp + leeway <= now) return Refusal{Reason::kExpired};
  if (table.nbf && *table.nbf - leeway > now) return Refusal{Reason::kNotYetValid};
  if (table.iat && *table.iat - leeway > now) return Refusal{Reason::kNotYetValid};
  if (policy.max_age && *table.iat + policy.max_age->count() + leeway < now)
    return Refusal{Reason::kTooOld};
  return {};
}

Result<void, Refusal> check_audience(const ClaimTable& table, const Policy& policy) {
  if (table.aud == nullptr) {
    if (policy.audiences.empty()) return {};
    return Refusal{Reason::kMissingClaim};
  }
  for (const std::string_view audience : table.texts_of(*table.aud))
    if (contains(policy.audiences, audience)) return {};
  return Refusal{Reason::kWrongAudience};
}

}  // namespace

Result<> check_bounds(const Policy& policy) {
  constexpr std::chrono::hours kMaxLeeway(1);
  constexpr std::chrono::hours kMaxAge(24 * 366 * 100);
  if (policy.leeway < std::chrono::seconds(0) || policy.leeway > kMaxLeeway)
    return bad_policy("the leeway is not from 0 to 1 hour");
  if (policy.max_age && (*policy.max_age < std::chrono::seconds(0) || *policy.max_age > kMaxAge))
    return bad_policy("max_age is not from 0 to 100 years");
  if (policy.max_token_bytes < 256 || policy.max_token_bytes > std::size_t{1} << 20U)
    return bad_policy("max_token_bytes is not from 256 to 1 MiB");
  if (policy.max_depth < 1 || policy.max_depth > 64)
    return bad_policy("max_depth is not from 1 to 64");
  if (policy.max_members < 1 || policy.max_members > 4096)
    return bad_policy("max_members is not from 1 to 4096");
  return {};
}

Result<void, Refusal> check_claims(const ClaimTable& table, const Policy& policy,
                                   std::chrono::sys_seconds now) {
  if ((policy.require_exp && !table.exp) || (policy.max_age && !table.iat))
    return Refusal{Reason::kMissingClaim};
  for (const std::string& name : policy.required)
    if (table.find(name) == nullptr) return Refusal{Reason::kMissingClaim};
  if (const auto fit = check_times(table, policy, now.time_since_epoch().count()); !fit) return fit;
  if (!policy.issuers.empty()) {
    if (table.iss == nullptr) return Refusal{Reason::kMissingClaim};
    if (!contains(policy.issuers, table.iss->text)) return Refusal{Reason::kWrongIssuer};
  }
  return check_audience(table, policy);
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
