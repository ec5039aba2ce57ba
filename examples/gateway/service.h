#ifndef COEFFICIENT_GATEWAY_SERVICE_H_
#define COEFFICIENT_GATEWAY_SERVICE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin_lane.h"
#include "audit_trail.h"
#include "client.h"
#include "coefficient/diff/minimizer.h"
#include "committer.h"
#include "config.h"
#include "directory.h"
#include "git_diff_source.h"
#include "inbox.h"
#include "log.h"
#include "rate_limits.h"
#include "server.h"
#include "subject_keys.h"
#include "worker.h"

namespace gateway {

/// Returns the directory's configuration. Errors: kFailedPrecondition if the directory has the
/// former layout, with plain secret files, and names the command that ends it; those of read_file;
/// kInvalidArgument names the first problem.
Result<Config> load_config(const Directory& directory);

/// Returns one route for each configured endpoint, whose verifier has all its valid secrets.
/// Errors: those of VaultFiles::open, EndpointSecrets::all and Verifier::create; kNotFound for an
/// endpoint without a secret.
Result<std::vector<Route>> load_routes(const Directory& directory, const Config& config,
                                       const Clock& clock);

/// What the admin side is made of that is in the vault and in its policy.
struct AdminKeys {
  coefficient::jwt::Verifier verifier;
  coefficient::rbac::Policy policy;
};

/// Returns them; nothing if config.json has no admin side. Errors: those of VaultFiles::open,
/// read_admin_key and load_admin_policy.
Result<std::optional<AdminKeys>> load_admin(const Directory& directory, const Config& config,
                                            const Clock& clock);

/// Returns where the gateway that serves this directory listens. kNotFound if none does.
Result<Peer> listening_peer(const Directory& directory);

struct ServiceOptions {
  bool handle_signals = false;
  int log_fd = 2;
  /// Called with one line of JSON for each delivery that is done or dead, on the worker's thread.
  std::function<void(const std::string&)> finished;
};

/// A running gateway: lock, inbox, committer, worker and server of one directory.
///
/// Thread safety: run() once; stop() from any thread.
class Service {
 public:
  /// Opens everything and listens; raises this process's limit on open files to what that takes.
  /// Refuses if anything is missing or open to other users; `gateway doctor` then says what and how
  /// to mend it.
  static Result<std::unique_ptr<Service>> create(const Directory& directory, const Clock& clock,
                                                 ServiceOptions options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();
  [[nodiscard]] Peer peer() const;
  [[nodiscard]] Inbox& inbox() noexcept { return *inbox_; }
  /// Serves until stopped, then drains: the server's requests, the commits, the worker's delivery;
  /// at last the write-ahead log is folded into the database. Errors: those of the checkpoint.
  Result<> run();
  void stop();

 private:
  Service(Directory directory, DirectoryLock lock, Config config, std::unique_ptr<Inbox> inbox,
          coefficient::diff::Minimizer minimizer, const Clock& clock, ServiceOptions options);
  Result<> open_audit();
  Result<> open_admin(AdminKeys keys);
  Result<> listen(std::vector<Route> routes, const ServiceOptions& options);

  Directory directory_;
  DirectoryLock lock_;
  Config config_;
  const Clock& clock_;
  Log log_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<SubjectKeys> subjects_;
  std::unique_ptr<AuditTrail> audit_;
  GitDiffSource source_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<AdminLane> admin_;
  std::unique_ptr<RateLimits> rates_;
  std::unique_ptr<Server> server_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_SERVICE_H_
