#ifndef COEFFICIENT_GATEWAY_COMMITTER_H_
#define COEFFICIENT_GATEWAY_COMMITTER_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "delivery_sink.h"
#include "inbox.h"
#include "log.h"

namespace gateway {

/// Commits deliveries on a thread of its own, all that wait together in one transaction: a durable
/// commit costs an fsync, and under load many deliveries share one.
///
/// Thread safety: all members may be called concurrently.
class Committer final : public DeliverySink {
 public:
  /// `committed` is called after each commit that enqueued something, on the committer's thread.
  Committer(Inbox& inbox, Log& log, std::size_t max_pending, std::function<void()> committed);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  ~Committer() override;
  /// Answers kUnavailable at once if `max_pending` submissions wait already or after stop().
  void submit(Submission submission, Done done) override;
  /// Commits what waits, then ends the thread.
  void stop();

 private:
  struct Waiting {
    Submission submission;
    Done done;
  };
  void run();
  void commit(std::vector<Waiting> batch);

  Inbox& inbox_;
  Log& log_;
  const std::size_t max_pending_;
  const std::function<void()> committed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Returns the inbox's row of a verified request. Errors: those of Verified::replay_key.
Result<Delivery> make_delivery(Submission submission);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_COMMITTER_H_
