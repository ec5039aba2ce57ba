#include "service.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "admin_policy.h"
#include "admin_token.h"
#include "coefficient/webhook/scheme.h"
#include "coefficient/webhook/verifier.h"
#include "descriptors.h"
#include "endpoint_secrets.h"
#include "vault_files.h"

namespace gateway {
namespace {

namespace webhook = coefficient::webhook;
namespace fs = std::filesystem;

fs::path peer_file(const Directory& directory) {
  return directory.root() / "listening";
}

// Written anew at every start; only the holder of the directory's lock does.
Result<> publish_peer(const Directory& directory, const Peer& peer) {
  return replace_file(peer_file(directory), "http://" + authority(peer) + "\n");
}

}  // namespace

Result<Config> load_config(const Directory& directory) {
  std::error_code ec;
  if (fs::exists(fs::symlink_status(directory.former_secrets(), ec))) {
    return Error{ErrorCode::kFailedPrecondition,
                 directory.former_secrets().string() +
                     ": plain secret files, as before there was a vault; move them into it with: "
                     "gateway secret import " +
                     directory.root().string()};
  }
  auto text = read_file(directory.config(), std::size_t{1} << 20U);
  if (!text) return text.error();
  ParsedConfig parsed = parse_config(*text);
  if (!parsed.problems.empty()) {
    const Problem& first = parsed.problems.front();
    return Error{ErrorCode::kInvalidArgument,
                 "config.json: " + first.subject + " " + first.what + "; " + first.fix};
  }
  return std::move(parsed.config);
}

Result<std::vector<Route>> load_routes(const Directory& directory, const Config& config,
                                       const Clock& clock) {
  auto files = VaultFiles::open(directory, config.vault, clock);
  if (!files) return files.error();
  const EndpointSecrets secrets(files->vault());
  std::vector<Route> routes;
  for (const EndpointConfig& endpoint : config.endpoints) {
    auto valid = secrets.all(endpoint.name);
    if (!valid) return at(endpoint.name, valid.error());
    if (valid->empty()) return secrets.newest(endpoint.name).error();
    std::vector<webhook::Key> keys;
    for (EndpointSecret& secret : *valid) {
      keys.push_back({.name = std::move(secret.name), .secret = std::move(secret.bytes)});
    }
    auto scheme = webhook::scheme_by_name(endpoint.name);
    if (!scheme) return scheme.error();
    auto verifier = webhook::Verifier::create(
        std::move(*scheme), std::move(keys), clock,
        {.endpoint = endpoint.name, .max_body_bytes = endpoint.max_body_bytes});
    if (!verifier) {
      return at(endpoint.name, verifier.error());
    }
    routes.push_back({.path = "/webhooks/" + endpoint.name,
                      .endpoint = endpoint.name,
                      .verifier = std::move(*verifier)});
  }
  return routes;
}

Result<std::optional<AdminKeys>> load_admin(const Directory& directory, const Config& config,
                                            const Clock& clock) {
  if (!config.admin) return std::optional<AdminKeys>();
  auto policy = load_admin_policy(*config.admin);
  if (!policy) return at("admin policy", policy.error());
  auto files = VaultFiles::open(directory, config.vault, clock);
  if (!files) return files.error();
  auto key = read_admin_key(files->vault());
  if (!key) return key.error();
  auto half = public_half(*key);
  if (!half) return half.error();
  auto verifier = make_admin_verifier(*std::move(half), config.admin->max_token_age, clock);
  if (!verifier) return verifier.error();
  return std::optional(AdminKeys{.verifier = *std::move(verifier), .policy = *std::move(policy)});
}

Result<Peer> listening_peer(const Directory& directory) {
  auto text = read_file(peer_file(directory), 256);
  if (!text) {
    return Error{ErrorCode::kNotFound, directory.root().string() + ": no gateway serves it now"};
  }
  if (text->ends_with('\n')) text->pop_back();
  auto url = parse_url(*text);
  if (!url) return url.error();
  return std::move(url->first);
}

Service::Service(Directory directory, DirectoryLock lock, Config config,
                 std::unique_ptr<Inbox> inbox, coefficient::diff::Minimizer minimizer,
                 const Clock& clock, ServiceOptions options)
    : directory_(std::move(directory)),
      lock_(std::move(lock)),
      config_(std::move(config)),
      clock_(clock),
      log_(options.log_fd, clock),
      inbox_(std::move(inbox)),
      source_(config_.repositories, {.deadline = config_.worker.git_deadline,
                                     .max_output_bytes = config_.worker.max_diff_bytes}),
      worker_(std::make_unique<Worker>(*inbox_, source_, std::move(minimizer), clock, log_,
                                       std::move(options.finished),
                                       [this](const Lease& lease, const Outcome& outcome) {
                                         return audit_->receipt(lease, outcome);
                                       })),
      committer_(std::make_unique<Committer>(*inbox_, log_, config_.limits.pending_deliveries,
                                             [this] { worker_->wake(); })) {}

Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::create(const Directory& directory, const Clock& clock,
                                                 ServiceOptions options) {
  auto config = load_config(directory);
  if (!config) return config.error();
  if (auto ensured = ensure_descriptors(config->limits); !ensured) return ensured.error();
  auto routes = load_routes(directory, *config, clock);
  if (!routes) return routes.error();
  auto admin = load_admin(directory, *config, clock);
  if (!admin) return admin.error();
  auto minimizer = coefficient::diff::Minimizer::create(config->policy);
  if (!minimizer) return minimizer.error();
  auto lock = DirectoryLock::acquire(directory);
  if (!lock) return lock.error();
  auto inbox =
      Inbox::open(directory.database(), clock,
                  {.lease = config->worker.lease, .max_attempts = config->worker.max_attempts});
  if (!inbox) return inbox.error();
  // The lock is ours, so whoever held a lease is gone.
  if (auto expired = (*inbox)->expire_leases(); !expired) return expired.error();
  const ServiceOptions listening{
      .handle_signals = options.handle_signals, .log_fd = -1, .finished = {}};
  std::unique_ptr<Service> service(new Service(directory, std::move(*lock), std::move(*config),
                                               std::move(*inbox), *std::move(minimizer), clock,
                                               std::move(options)));
  if (auto opened = service->open_audit(); !opened) return opened.error();
  if (*admin) {
    if (auto opened = service->open_admin(**std::move(admin)); !opened) return opened.error();
  }
  if (auto listens = service->listen(std::move(*routes), listening); !listens) {
    return listens.error();
  }
  return service;
}

Result<> Service::open_audit() {
  if (config_.audit.seal_personal) {
    auto subjects = SubjectKeys::open(directory_, config_.vault, clock_);
    if (!subjects) return subjects.error();
    subjects_ = *std::move(subjects);
  }
  auto audit = AuditTrail::open(directory_, log_, clock_, subjects_.get());
  if (!audit) return audit.error();
  audit_ = *std::move(audit);
  return {};
}

Result<> Service::open_admin(AdminKeys keys) {
  auto store = AdminStore::open(directory_.database());
  if (!store) return store.error();
  auto admin = Admin::create({.verifier = std::move(keys.verifier),
                              .policy = std::move(keys.policy),
                              .store = *std::move(store),
                              .inbox = *inbox_,
                              .audit = *audit_,
                              .requeued = [this] { worker_->wake(); },
                              .log = log_,
                              .clock = clock_});
  if (!admin) return admin.error();
  admin_ = std::make_unique<AdminLane>(*std::move(admin));
  return {};
}

Result<> Service::listen(std::vector<Route> routes, const ServiceOptions& options) {
  auto rates = RateLimits::create(config_.rate_limits, clock_, &log_);
  if (!rates) return at("config.json: /rate_limits", rates.error());
  rates_ = *std::move(rates);
  auto server = Server::create({.address = config_.address,
                                .port = config_.port,
                                .limits = config_.limits,
                                .deadlines = config_.deadlines,
                                .handle_signals = options.handle_signals,
                                .admin = admin_.get(),
                                .rates = rates_.get()},
                               std::move(routes), *committer_, log_, clock_);
  if (!server) return server.error();
  server_ = std::move(*server);
  return publish_peer(directory_, peer());
}

Peer Service::peer() const {
  return {.address = config_.address, .port = server_->port()};
}

Result<> Service::run() {
  log_.info("listening", {{"port", static_cast<std::int64_t>(server_->port())}});
  worker_->start();
  server_->run();
  if (admin_) admin_->stop();
  rates_->stop();
  committer_->stop();
  worker_->stop();
  std::error_code ec;
  std::filesystem::remove(peer_file(directory_), ec);  // a stale one only misleads replay
  auto folded = inbox_->checkpoint();
  auto closed = audit_->close();
  log_.info("drained");
  return folded ? closed : folded;
}

void Service::stop() {
  server_->stop();
}

}  // namespace gateway
