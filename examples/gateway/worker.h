#ifndef COEFFICIENT_GATEWAY_WORKER_H_
#define COEFFICIENT_GATEWAY_WORKER_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "coefficient/diff/minimizer.h"
#include "diff_source.h"
#include "inbox.h"
#include "log.h"

namespace gateway {

/// Works through the inbox on a thread of its own: lease, process, store. A delivery's result and
/// its state change in one transaction, so a process that dies in between does it again rather
/// than twice or never.
///
/// Thread safety: all members may be called concurrently.
class Worker {
 public:
  /// `finished` is called on the worker's thread with one line of JSON for each delivery that is
  /// done or dead, after that is on stable storage (so a crash in between loses the line, never
  /// the result). `audited` is called with each minimized change before it is stored, from where it
  /// may leave; what it refuses is not stored, and tried again. All references must outlive the
  /// worker.
  using Audit = std::function<Result<>(const Lease&, const Outcome&)>;
  Worker(Inbox& inbox, const DiffSource& source, coefficient::diff::Minimizer minimizer,
         const Clock& clock, Log& log, std::function<void(const std::string&)> finished,
         Audit audited);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Begins to work. Call once.
  void start();
  /// Says that something may have become due.
  void wake();
  /// Finishes the delivery at hand, then ends the thread.
  void stop();

 private:
  void run();
  /// Returns false if the gateway itself lacked what the work takes.
  bool work(const Lease& lease);
  bool give_back(const Lease& lease, const Error& error);
  void wait();
  /// Waits whatever becomes due.
  void recover();

  Inbox& inbox_;
  const DiffSource& source_;
  const coefficient::diff::Minimizer minimizer_;
  const Clock& clock_;
  Log& log_;
  const std::function<void(const std::string&)> finished_;
  const Audit audited_;
  std::string owner_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_WORKER_H_
