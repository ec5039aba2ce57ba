#include "worker.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "processor.h"

namespace gateway {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

// When nothing says otherwise the inbox is looked at this often, and after a failure of its own.
constexpr milliseconds kPoll{1000};

std::string summary(const Lease& lease, std::string_view status, std::string_view reason,
                    const std::string& report) {
  Json line = {{"delivery", printable(lease.delivery_id)},
               {"endpoint", lease.endpoint},
               {"event", printable(lease.event)},
               {"attempt", lease.attempt},
               {"status", status}};
  if (!reason.empty()) line["reason"] = printable(reason);
  const Json counts = Json::parse(report, nullptr, false);
  if (counts.is_object()) line.update(counts);
  return line.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

Worker::Worker(Inbox& inbox, const DiffSource& source, coefficient::diff::Minimizer minimizer,
               const Clock& clock, Log& log, std::function<void(const std::string&)> finished,
               Audit audited)
    : inbox_(inbox),
      source_(source),
      minimizer_(std::move(minimizer)),
      clock_(clock),
      log_(log),
      finished_(std::move(finished)),
      audited_(std::move(audited)),
      owner_("worker-" + std::to_string(::getpid())) {}

Worker::~Worker() {
  stop();
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_one();
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      woken_ = false;
    }
    auto lease = inbox_.lease(owner_);
    if (lease && *lease) {
      if (!work(**lease)) recover();
      continue;
    }
    if (!lease) log_.error("lease_failed", {{"reason", lease.error().message}});
    wait();
  }
}

void Worker::wait() {
  milliseconds pause = kPoll;
  if (auto due = inbox_.next_due(); due && *due) {
    const auto until = std::chrono::duration_cast<milliseconds>(**due - clock_.now());
    pause = std::clamp(until + milliseconds(1), milliseconds(1), kPoll);
  }
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, pause, [this] { return stopping_ || woken_; });
}

void Worker::recover() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kPoll, [this] { return stopping_; });
}

bool Worker::work(const Lease& lease) {
  auto outcome = process(lease, source_, minimizer_);
  if (outcome && outcome->status == Outcome::Status::kMinimized) {
    if (auto audited = audited_(lease, *outcome); !audited) {
      log_.error("audit_failed", {{"reason", audited.error().message}});
      // Whatever is wrong with the log, it is not the delivery's fault: it is tried again.
      outcome = Error{ErrorCode::kFailedPrecondition, "the receipt is not in the audit log"};
    }
  }
  if (outcome) {
    if (auto stored = inbox_.complete(lease, *outcome); !stored) {
      // The lease runs out and the delivery is worked on again.
      log_.error("result_not_stored",
                 {{"delivery", lease.delivery_id}, {"reason", stored.error().message}});
      return true;
    }
    const bool minimized = outcome->status == Outcome::Status::kMinimized;
    finished_(
        summary(lease, minimized ? "minimized" : "ignored", outcome->reason, outcome->report));
    return true;
  }
  return give_back(lease, outcome.error());
}

bool Worker::give_back(const Lease& lease, const Error& error) {
  if (is_own_shortage(error.code)) {
    log_.error("worker_short", {{"delivery", lease.delivery_id}, {"reason", error.message}});
    if (auto put = inbox_.put_back(lease, error.message); !put) {
      log_.error("failure_not_stored",
                 {{"delivery", lease.delivery_id}, {"reason", put.error().message}});
    }
    return false;
  }
  auto dead = inbox_.fail(lease, error.message, is_permanent(error.code));
  if (!dead) {
    log_.error("failure_not_stored",
               {{"delivery", lease.delivery_id}, {"reason", dead.error().message}});
    return true;
  }
  log_.warn("attempt_failed", {{"delivery", lease.delivery_id},
                               {"attempt", lease.attempt},
                               {"code", coefficient::to_string(error.code)},
                               {"dead", *dead ? "yes" : "no"}});
  if (*dead) finished_(summary(lease, "dead", error.message, "{}"));
  return true;
}

}  // namespace gateway
