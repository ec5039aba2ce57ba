#ifndef COEFFICIENT_SRC_RBAC_COMPILED_POLICY_H_
#define COEFFICIENT_SRC_RBAC_COMPILED_POLICY_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "coefficient/rbac/principal.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {

/// The longest time that a policy may say for a grant.
inline constexpr std::chrono::seconds kMaxGrant{7 * 24 * 3600};

/// A position in one of the vectors of a CompiledPolicy.
using Index = std::uint32_t;
inline constexpr Index kNone = std::numeric_limits<Index>::max();

/// Finds by std::string_view without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// On which terms a role is granted for a time.
struct GrantTerms {
  std::chrono::seconds max{0};
  std::string request;  ///< Permission of who may ask.
  std::string approve;  ///< Permission of who may approve.
};

struct Allowed {
  Index pattern;
  Index from;  ///< The role that lists it.
};

struct CompiledRole {
  std::string name;
  ScopeKind scope;
  std::vector<Allowed> allowed;  ///< What it lists and inherits, by pattern, each once.
  std::optional<GrantTerms> grant;
};

/// The patterns that a permission matches; kNone where the policy has none.
struct Wanted {
  Index exact = kNone;
  Index any_action = kNone;
};

struct Held {
  Index role;
  Scope scope;
};

struct ClaimRole {
  std::vector<std::string> claim;  ///< Tokens of the JSON Pointer.
  std::string value;
  Index role;
};

struct ClaimMapping {
  std::string issuer;
  std::string prefix;
  std::vector<std::string> principal;
  std::vector<std::string> tenant;  ///< Empty: none.
  std::vector<ClaimRole> roles;
};

struct CompiledPolicy {
  std::string id;
  std::array<std::byte, 32> sha256{};
  std::vector<CompiledRole> roles;
  ByText<Index> role_names;
  std::vector<std::string> patterns;  ///< As listed, each once.
  ByText<Index> exact;                ///< `resource:action` to its pattern
  ByText<Index> any_action;           ///< `resource` to the pattern `resource:*`
  ByText<std::vector<Held>> assignments;
  std::vector<ClaimMapping> claims;

  /// Returns the role of that name; nullptr if there is none.
  [[nodiscard]] const CompiledRole* role(std::string_view name) const;
  /// Returns what `permission` matches; nothing if it is no `resource:action`.
  [[nodiscard]] std::optional<Wanted> wanted(std::string_view permission) const;
};

/// Returns what of `role` gives the permission, the exact pattern before `*`; nullptr if nothing.
const Allowed* find(const CompiledRole& role, const Wanted& wanted) noexcept;

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RBAC_COMPILED_POLICY_H_
