#ifndef COEFFICIENT_SRC_RBAC_GRANTS_JSON_H_
#define COEFFICIENT_SRC_RBAC_GRANTS_JSON_H_

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/rbac/grant.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {

inline constexpr std::size_t kMaxReasonBytes = 512;
inline constexpr std::chrono::hours kRequestLapses{24};

/// By id. One that has ended is kept until the observer has taken its event.
using Grants = std::map<std::string, std::shared_ptr<const Grant>, std::less<>>;

inline bool is_live(const Grant& grant) noexcept {
  return grant.state == GrantState::kRequested || grant.state == GrantState::kActive;
}

struct GrantsDocument {
  Time as_of{};  ///< The latest time that was ever read.
  Grants grants;
};

/// Returns the document as JSON, which parse_grants() reads.
std::string to_json(const GrantsDocument& document);

/// Errors: kInvalidArgument with the member's path, kResourceExhausted for more than `max`.
Result<GrantsDocument> parse_grants(std::string_view text, std::size_t max);

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RBAC_GRANTS_JSON_H_
