#include "committer.h"

#include <algorithm>
#include <utility>

#include "coefficient/webhook/content.h"

namespace gateway {

namespace webhook = coefficient::webhook;

Result<Delivery> make_delivery(Submission submission) {
  webhook::Verified& verified = submission.verified;
  auto key = verified.replay_key();
  if (!key) return key.error();
  Delivery delivery{.endpoint = std::move(submission.endpoint),
                    .replay_key = *key,
                    .delivery_id = verified.delivery_id(),
                    .delivery_id_signed = verified.delivery_id_signed(),
                    .event = verified.event_type(),
                    .key_name = std::string(verified.key_name()),
                    .payload = {},
                    .defect = {}};
  auto document = webhook::json_document(verified, submission.content_type);
  if (document) {
    delivery.payload = std::move(*document);
  } else {
    delivery.defect = "payload: " + document.error().message;
    delivery.payload = std::move(verified).take_body();
  }
  return delivery;
}

Committer::Committer(Inbox& inbox, Log& log, std::size_t max_pending,
                     std::function<void()> committed)
    : inbox_(inbox),
      log_(log),
      max_pending_(max_pending),
      committed_(std::move(committed)),
      thread_([this] { run(); }) {}

Committer::~Committer() {
  stop();
}

void Committer::submit(Submission submission, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < max_pending_) {
      waiting_.push_back({std::move(submission), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  log_.warn("commit_queue_full", {{"pending", static_cast<std::int64_t>(max_pending_)}});
  done(Receipt{});
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Waiting> batch = std::exchange(waiting_, {});
    lock.unlock();
    commit(std::move(batch));
    lock.lock();
  }
}

void Committer::commit(std::vector<Waiting> batch) {
  std::vector<Delivery> deliveries;
  std::vector<Done> dones;
  for (Waiting& waiting : batch) {
    auto delivery = make_delivery(std::move(waiting.submission));
    if (delivery) {
      deliveries.push_back(std::move(*delivery));
      dones.push_back(std::move(waiting.done));
    } else {
      log_.error("delivery_unusable", {{"reason", delivery.error().message}});
      waiting.done(Receipt{});
    }
  }
  auto admissions = inbox_.admit(deliveries);
  if (!admissions) log_.error("commit_failed", {{"reason", admissions.error().message}});
  bool accepted = false;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    Delivery& d = deliveries[i];
    Receipt receipt{.answer = Receipt::Answer::kUnavailable,
                    .delivery_id = std::move(d.delivery_id).value_or(""),
                    .event = std::move(d.event).value_or(""),
                    .key_name = std::move(d.key_name)};
    if (admissions) {
      const bool fresh = (*admissions)[i] == Admission::kAccepted;
      receipt.answer = fresh ? Receipt::Answer::kAccepted : Receipt::Answer::kDuplicate;
      accepted = accepted || fresh;
    }
    dones[i](std::move(receipt));
  }
  if (accepted) committed_();
}

}  // namespace gateway
