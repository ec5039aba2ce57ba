#include "coefficient/ratelimit/policy.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::uint64_t kMost = std::uint64_t{1} << 61U;

Error fault(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("rate limit policy: ") + what};
}

bool is_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:/-").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), allowed);
}

Result<> check_gcra(const Policy& policy) {
  if (policy.burst < 1 || policy.burst > kMost) return fault("burst must be 1 to 2^61");
  const auto interval = static_cast<std::uint64_t>(emission_interval(policy).count());
  if (policy.burst > kMost / interval)
    return fault("burst * ceil(period / limit) must be at most 2^61 ns");
  if (policy.max_wait.count() < 0 ||
      static_cast<std::uint64_t>(policy.max_wait.count()) > kMost - policy.burst * interval)
    return fault("max_wait must be from 0 to 2^61 ns less burst * ceil(period / limit)");
  return {};
}

}  // namespace

Result<> check_policy(const Policy& policy) {
  if (!is_name(policy.name)) return fault("name must be 1 to 64 of A-Z a-z 0-9 . _ : / -");
  if (policy.limit < 1 || policy.limit > kMost) return fault("limit must be 1 to 2^61");
  if (policy.period.count() < 1 || static_cast<std::uint64_t>(policy.period.count()) > kMost)
    return fault("period must be 1 ns to 2^61 ns");
  if (policy.mode != Mode::kEnforce && policy.mode != Mode::kShadow)
    return fault("mode must be enforce or shadow");
  switch (policy.algorithm) {
    case Algorithm::kGcra:
      return check_gcra(policy);
    case Algorithm::kSlidingWindow:
      if (policy.max_wait.count() != 0) return fault("max_wait must be 0 for a sliding window");
      return {};
  }
  return fault("algorithm must be gcra or sliding");
}

std::chrono::nanoseconds emission_interval(const Policy& policy) {
  const auto period = static_cast<std::uint64_t>(policy.period.count());
  return std::chrono::nanoseconds((period - 1) / policy.limit + 1);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
