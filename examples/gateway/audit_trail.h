#ifndef COEFFICIENT_GATEWAY_AUDIT_TRAIL_H_
#define COEFFICIENT_GATEWAY_AUDIT_TRAIL_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "coefficient/audit/log.h"
#include "coefficient/audit/personal.h"
#include "directory.h"
#include "inbox.h"
#include "log.h"
#include "refusal_counts.h"
#include "result.h"

namespace gateway {

/// Who does what, to what, on the admin side.
struct AdminAction {
  std::string who;    ///< The principal's id.
  std::string token;  ///< The token's jti.
  std::string peer;   ///< The address that it came from.
  std::vector<std::string> roles;
  std::string permission;     ///< E.g. delivery:requeue.
  std::int64_t delivery = 0;  ///< 0 for none.
};

/// What a gateway that serves writes into its audit log, DIR/audit. Each record but those of
/// refusals is on stable storage on return; with an error it is not known to be, and the caller
/// must not go on. After a write that failed in a way that cannot be taken back, every further one
/// fails, until the gateway is started anew.
///
/// Thread safety: all members may be called concurrently. None is for the I/O thread but refused().
class AuditTrail {
 public:
  /// Opens the log, and begins the thread that writes what is due. With `keys`, actors and
  /// addresses are encrypted, and a record for which that fails is not written. All must outlive
  /// it. Errors: those of open_audit_log().
  static Result<std::unique_ptr<AuditTrail>> open(const Directory& directory, Log& log,
                                                  const Clock& clock,
                                                  coefficient::audit::SubjectKeys* keys = nullptr);
  AuditTrail(const AuditTrail&) = delete;
  AuditTrail& operator=(const AuditTrail&) = delete;
  ~AuditTrail();

  /// Something was looked up and is about to be shown, if it was found.
  Result<> shown(const AdminAction& action, bool found);
  /// Something is about to be changed; returns what finished() needs.
  Result<std::string> begin(const AdminAction& action);
  Result<> finished(const AdminAction& action, std::string_view intent, bool done);
  /// A minimized change is about to be stored for leaving, with its receipt.
  Result<> receipt(const Lease& lease, const Outcome& outcome);
  /// Counts a refusal; it is written within a second unless there are too many (RefusalCounts) or
  /// the log fails, when it waits on. Does not wait for the disk.
  void refused(Refusal refusal);

  /// Writes the refusals and checkpoints that are due; the thread does so once a second.
  Result<> write_due();
  /// Ends the thread, writes all that waits and a last checkpoint.
  Result<> close();

 private:
  AuditTrail(std::unique_ptr<coefficient::audit::Log> audit, Log& log, const Clock& clock,
             coefficient::audit::SubjectKeys* keys);
  Result<> append(coefficient::audit::Record record);
  Result<> append_about(const std::string& subject, coefficient::audit::Record record);
  Result<> write_refusals(bool all);
  void run();
  void stop();

  std::unique_ptr<coefficient::audit::Log> audit_;
  Log& log_;
  const Clock& clock_;
  coefficient::audit::SubjectKeys* keys_;
  std::mutex mutex_;  // of what follows
  std::condition_variable wake_;
  RefusalCounts refusals_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_AUDIT_TRAIL_H_
