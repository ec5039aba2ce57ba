#ifndef COEFFICIENT_GATEWAY_ADMIN_H_
#define COEFFICIENT_GATEWAY_ADMIN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admin_path.h"
#include "admin_store.h"
#include "audit_trail.h"
#include "coefficient/jwt/verifier.h"
#include "coefficient/rbac/authorizer.h"
#include "inbox.h"
#include "log.h"
#include "result.h"

namespace gateway {

/// A request to a path below /admin/.
struct AdminRequest {
  std::string method;
  std::string target;                        ///< Path and query, as they were sent.
  std::optional<std::string> authorization;  ///< The header's value, if there is exactly one.
  std::string peer;                          ///< The address that it came from.
};

/// What to answer, and what to log of it. All views are of static storage.
struct AdminAnswer {
  unsigned status = 503;
  std::string body;  ///< JSON; nothing but a fixed text in a refusal.
  std::string_view content_type = "application/json";
  std::string_view challenge;  ///< For WWW-Authenticate, if not empty.
  std::string_view allow;      ///< For Allow, if not empty.
  std::string_view outcome;    ///< Why, one word. For the log only.
  std::string_view action;     ///< The permission that was asked for, once it is known.
  std::string who;             ///< The principal, once it is known.
  std::string token;           ///< The token's jti, once it is known.
};

/// The admin side: who asks (a bearer token), whether they may (the policy's roles, else no), then
/// the deed. In this order, so that without a valid token every path below /admin/ looks alike, and
/// without the permission every id does.
///
///   GET  /admin/deliveries[?limit=1..100][&before=ID]   delivery:list
///   GET  /admin/receipts/ID                             receipt:read
///   POST /admin/deliveries/ID/requeue                   delivery:requeue
///
/// 401 for every token that is refused, and for none; 403 without the permission; 404, 405; 400 for
/// a query that is none of these; 503 if the store or a check failed.
///
/// All but 400, 404 for a path and 405 is in the audit log: what is shown before it is sent, a
/// change before it is made and again after it. If that cannot be written, nothing is shown or
/// changed, and the answer is 503 with problem+json (RFC 9457). A refusal (401, 403) stands in any
/// case.
///
/// Thread safety: one thread at a time.
class Admin {
 public:
  struct Parts {
    coefficient::jwt::Verifier verifier;
    coefficient::rbac::Policy policy;
    AdminStore store;
    Inbox& inbox;                    ///< Must outlive this.
    AuditTrail& audit;               ///< Must outlive this.
    std::function<void()> requeued;  ///< Called after a delivery was put back.
    Log& log;                        ///< Must outlive this.
    const Clock& clock;              ///< Must outlive this.
  };
  /// Errors: those of Authorizer::create.
  static Result<std::unique_ptr<Admin>> create(Parts parts);
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;
  ~Admin();
  AdminAnswer answer(const AdminRequest& request);

 private:
  class PolicyLog;
  explicit Admin(Parts parts);
  AdminAnswer list_deliveries(std::string_view query);
  AdminAnswer show_receipt(std::int64_t id);
  AdminAnswer requeue(std::int64_t id);
  AdminAnswer perform(const AdminAction& action, const AdminPath& path, std::string_view query);
  AdminAnswer show(const AdminAction& action, std::string_view query);
  AdminAnswer change(const AdminAction& action);
  AdminAnswer refuse_sign_in(const AdminRequest& request, std::string_view reason);
  AdminAnswer refuse_action(const AdminAction& action, std::string_view reason);
  AdminAnswer unaudited(const Error& error);
  AdminAnswer failed(const Error& error);

  Parts parts_;
  std::unique_ptr<PolicyLog> policy_log_;
  std::unique_ptr<coefficient::rbac::Authorizer> authorizer_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ADMIN_H_
