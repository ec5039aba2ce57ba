#ifndef COEFFICIENT_AUDIT_FAN_OUT_H_
#define COEFFICIENT_AUDIT_FAN_OUT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coefficient/audit/export.h"
#include "coefficient/audit/log.h"
#include "coefficient/audit/record.h"
#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// A record on its way to sinks, which may keep it.
struct Delivery {
  Record record;
  std::string text;  ///< Its canonical JSON.
};

/// A place that records go to. A host implements it over what it has.
///
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_AUDIT_EXPORT Sink {
 public:
  using Done = std::function<void(Result<>)>;
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink();
  /// Begins to deliver. Must not wait for anything: it hands the work to the host's event loop or
  /// threads, which call `done` once, from any thread, when the record is safe or it is known that
  /// it is not. A sink that hangs just never calls it.
  virtual void offer(std::shared_ptr<const Delivery> delivery, Done done) = 0;
};

/// Runs work on the host's threads: the library has none. Returns false if it does not take the
/// work. Must not wait, and must not run it within the call.
using Executor = std::function<bool(std::function<void()>)>;

/// A log as a sink: appends on the host's threads, so that a disk that hangs holds up one of those
/// and not the one that has something to record.
///
/// Thread safety: may be called concurrently. The log must outlive all work that was posted.
class COEFFICIENT_AUDIT_EXPORT LogSink final : public Sink {
 public:
  LogSink(Log& log, Executor executor);
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  ~LogSink() override;
  void offer(std::shared_ptr<const Delivery> delivery, Done done) override;

 private:
  Log& log_;
  Executor executor_;
};

struct SinkPlace {
  std::string name;
  std::shared_ptr<Sink> sink;
  std::chrono::milliseconds deadline{1000};  ///< For one record.
  std::size_t max_in_flight = 1000;          ///< With so many unanswered, it is not asked any more.
};

struct SinkCounts {
  std::string name;
  std::uint64_t in_flight = 0;
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;   ///< It said so.
  std::uint64_t skipped = 0;  ///< Too many were in flight.
};

/// Gives each record to all sinks and waits for as many as are required: a sink that hangs does not
/// hold up those that work. What a sink that is not required did not get, its own export makes up
/// for (see Exporter).
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_AUDIT_EXPORT FanOut {
 public:
  /// Errors: kInvalidArgument unless 1 <= required <= places.size(), or on a null sink.
  static Result<std::unique_ptr<FanOut>> create(std::vector<SinkPlace> places, std::size_t required,
                                                const Clock& clock);
  FanOut(const FanOut&) = delete;
  FanOut& operator=(const FanOut&) = delete;
  ~FanOut();

  /// Returns when the required number of sinks have the record: nothing else is waited for. Gives
  /// it an id and a time if it has none, the same for all sinks. Errors: those of to_canonical();
  /// kUnavailable if too many sinks refused, kDeadlineExceeded if too many had not answered by
  /// their deadlines. It may be in some sinks even so, or come to be.
  Result<> append(Record record);
  [[nodiscard]] std::vector<SinkCounts> counts() const;

 private:
  struct State;
  explicit FanOut(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_FAN_OUT_H_
