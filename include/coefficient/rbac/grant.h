#ifndef COEFFICIENT_RBAC_GRANT_H_
#define COEFFICIENT_RBAC_GRANT_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/rbac/decision.h"
#include "coefficient/rbac/export.h"
#include "coefficient/rbac/principal.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {

enum class GrantState : int {
  kRequested = 1,  ///< Gives nothing yet.
  kActive = 2,     ///< Approved: gives its role until expires_at.
  kDenied = 3,
  kRevoked = 4,
  kExpired = 5,  ///< Its time is over, or that of a request that nobody approved.
};

/// Returns the spelling of `state`, e.g. "active"; "unknown" for a value outside the enum.
COEFFICIENT_RBAC_EXPORT std::string_view to_string(GrantState state) noexcept;

/// A role for a time, asked for by one principal and approved by another.
struct Grant {
  std::string id;         ///< 32 hex digits, drawn at random.
  std::string requester;  ///< The principal's id, as all names of who did something.
  std::string role;
  Scope scope = Scope::global();
  std::string reason;
  std::chrono::seconds duration{0};  ///< From the approval on.
  GrantState state = GrantState::kRequested;
  Time requested_at{};
  Time expires_at{};          ///< Of the request; once approved, of the right.
  std::string approver = {};  ///< Empty if nobody approved it.
  Time approved_at{};
  std::string ended_by = {};  ///< Empty if it has not ended, or by time alone.
  Time ended_at{};
};

enum class EventKind : int {
  kRequested = 1,
  kApproved = 2,
  kDenied = 3,
  kRevoked = 4,
  kExpired = 5,
  kPolicyChanged = 6,
};

/// Returns the spelling of `kind`, e.g. "policy_changed"; "unknown" for a value outside the enum.
COEFFICIENT_RBAC_EXPORT std::string_view to_string(EventKind kind) noexcept;

/// A change. All views and pointers are valid during the call only.
struct Event {
  EventKind kind = EventKind::kPolicyChanged;
  Time at{};
  std::string_view actor;        ///< Who did it; empty for kExpired.
  const Grant* grant = nullptr;  ///< As the change leaves it; null for kPolicyChanged.
  std::string_view policy_id;    ///< The policy in force; for kPolicyChanged the new one.
  std::array<std::byte, 32> policy_sha256{};
};

/// Where a host writes changes down, such as its audit log.
///
/// Thread safety: one Authorizer calls it from one thread at a time, whichever makes a change.
class COEFFICIENT_RBAC_EXPORT Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer();

  /// Writes `event` down, durable on return. An error refuses it; what then happens is said at
  /// Authorizer. An event that was refused may come again, so one that was written before its
  /// error may come twice. Must not call the Authorizer, but for authorize().
  virtual Result<> record(const Event& event) = 0;
};

}  // namespace rbac
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RBAC_GRANT_H_
