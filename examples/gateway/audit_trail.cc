#include "audit_trail.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "audit_files.h"
#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "core/crypto/digest.h"

namespace gateway {
namespace {

namespace audit = coefficient::audit;
namespace crypto = coefficient::crypto;

// "delivery:requeue" as a record spells an action.
std::string action_name(std::string_view permission) {
  std::string out = "admin." + std::string(permission);
  std::ranges::replace(out, ':', '.');
  return out;
}

audit::Record record_of(const AdminAction& action, audit::Outcome outcome) {
  audit::Record record;
  record.actor = {.type = "user", .id = action.who, .session = action.token};
  record.action = action_name(action.permission);
  record.outcome = outcome;
  record.src.ip = action.peer;
  audit::Value::Array roles;
  for (const std::string& role : action.roles) roles.emplace_back(role);
  record.details.emplace("roles", std::move(roles));
  if (action.delivery != 0) {
    record.target = {.type = "delivery", .id = std::to_string(action.delivery)};
  }
  return record;
}

// Nothing that a refused token says of itself is believed, so nothing of it is recorded.
audit::Record record_of(const Refusal& refusal, std::uint64_t count) {
  audit::Record record;
  const bool known = !refusal.who.empty();
  record.actor = {.type = known ? "user" : "unknown",
                  .id = known ? refusal.who : "unknown",
                  .session = refusal.token};
  record.action = refusal.action.empty() ? "admin.sign_in" : action_name(refusal.action);
  record.outcome = audit::Outcome::kDenied;
  record.reason = refusal.reason;
  record.src.ip = refusal.peer;
  record.details.emplace("count", static_cast<std::int64_t>(count));
  return record;
}

// Whom the address of a refused sign-in is about is not known. Were each address a subject,
// strangers could fill the vault with keys; so all of a day have one, which can be erased, too.
std::string strangers_of(std::chrono::system_clock::time_point now) {
  const auto time = std::chrono::floor<std::chrono::microseconds>(now);
  return "refused-sign-ins/" + audit::format_time(time).substr(0, 10);
}

}  // namespace

AuditTrail::AuditTrail(std::unique_ptr<audit::Log> audit, Log& log, const Clock& clock,
                       audit::SubjectKeys* keys)
    : audit_(std::move(audit)), log_(log), clock_(clock), keys_(keys), thread_([this] { run(); }) {}

AuditTrail::~AuditTrail() {
  stop();
}

Result<std::unique_ptr<AuditTrail>> AuditTrail::open(const Directory& directory, Log& log,
                                                     const Clock& clock, audit::SubjectKeys* keys) {
  auto audit = open_audit_log(directory.audit(), clock);
  if (!audit) return audit.error();
  return std::unique_ptr<AuditTrail>(new AuditTrail(*std::move(audit), log, clock, keys));
}

Result<> AuditTrail::append(audit::Record record) {
  auto appended = audit_->append(std::move(record));
  if (!appended) return appended.error();
  return {};
}

// Of one who is not known there is no id to encrypt.
Result<> AuditTrail::append_about(const std::string& subject, audit::Record record) {
  if (keys_ == nullptr) return append(std::move(record));
  for (const char* place : {"actor.id", "src.ip"}) {
    if (record.actor.type == "unknown" && std::string_view(place) == "actor.id") continue;
    auto sealed = audit::seal_in_place(*keys_, subject, place, record);
    if (!sealed) return at("encrypting a record", sealed.error());
  }
  return append(std::move(record));
}

Result<> AuditTrail::shown(const AdminAction& action, bool found) {
  return append_about(
      action.who, record_of(action, found ? audit::Outcome::kSuccess : audit::Outcome::kFailure));
}

Result<std::string> AuditTrail::begin(const AdminAction& action) {
  std::array<std::byte, 16> random{};
  if (auto drawn = coefficient::random_bytes(random); !drawn) return drawn.error();
  audit::Record record = record_of(action, audit::Outcome::kIntent);
  record.id = coefficient::hex_encode(random);
  std::string intent = record.id;
  if (auto appended = append_about(action.who, std::move(record)); !appended) {
    return appended.error();
  }
  return intent;
}

Result<> AuditTrail::finished(const AdminAction& action, std::string_view intent, bool done) {
  audit::Record record =
      record_of(action, done ? audit::Outcome::kSuccess : audit::Outcome::kFailure);
  record.intent = std::string(intent);
  return append_about(action.who, std::move(record));
}

Result<> AuditTrail::receipt(const Lease& lease, const Outcome& outcome) {
  const auto hash = crypto::sha256({std::as_bytes(std::span(outcome.receipt))});
  if (!hash) return hash.error();
  const auto report = nlohmann::json::parse(outcome.report, nullptr, false);
  if (!report.is_object() || !report.contains("repository") || !report["repository"].is_string()) {
    return Error{ErrorCode::kInternal, "the report of a minimized change names no repository"};
  }
  audit::Record record;
  record.actor = {.type = "service", .id = "worker"};
  record.action = "change.minimized";
  record.target = {.type = "delivery", .id = std::to_string(lease.id)};
  record.details = {{"manifest_sha256", coefficient::hex_encode(*hash)},
                    {"repository", report["repository"].get<std::string>()},
                    {"destination", "results"},
                    {"attempt", static_cast<std::int64_t>(lease.attempt)}};
  return append(std::move(record));
}

void AuditTrail::refused(Refusal refusal) {
  const std::lock_guard lock(mutex_);
  refusals_.add(std::move(refusal));
}

Result<> AuditTrail::write_refusals(bool all) {
  for (;;) {
    std::unique_lock lock(mutex_);
    auto next = all ? refusals_.take() : refusals_.take(clock_.now());
    lock.unlock();
    if (!next) return {};
    const Refusal& refusal = next->first;
    const std::string subject = refusal.who.empty() ? strangers_of(clock_.now()) : refusal.who;
    if (auto appended = append_about(subject, record_of(refusal, next->second)); !appended) {
      lock.lock();
      refusals_.add(std::move(next->first), next->second);
      return appended;
    }
  }
}

Result<> AuditTrail::write_due() {
  auto written = write_refusals(false);
  auto ticked = audit_->tick(std::chrono::floor<std::chrono::microseconds>(clock_.now()));
  return written ? ticked : written;
}

void AuditTrail::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
    lock.unlock();
    if (auto written = write_due(); !written) {
      log_.error("audit_failed", {{"reason", written.error().message}});
    }
    lock.lock();
  }
}

void AuditTrail::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

Result<> AuditTrail::close() {
  stop();
  auto written = write_refusals(true);
  auto closed = audit_->close();
  return written ? closed : written;
}

}  // namespace gateway
