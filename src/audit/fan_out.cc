#include "coefficient/audit/fan_out.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "audit/record_id.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Apart from the sink: an answer holds them, and a sink that hangs holds its answers.
struct Counters {
  std::atomic<std::uint64_t> in_flight = 0;
  std::atomic<std::uint64_t> delivered = 0;
  std::atomic<std::uint64_t> failed = 0;
  std::atomic<std::uint64_t> skipped = 0;
};

struct Place {
  SinkPlace settings;
  std::shared_ptr<Counters> counters = std::make_shared<Counters>();
};

/// The answers to one record. Sinks may answer long after nobody waits any more.
class Answers {
 public:
  explicit Answers(std::size_t sinks) : deadlines_(sinks) {}

  void expect(std::size_t sink, SteadyTime deadline) {
    const std::lock_guard lock(mutex_);
    deadlines_[sink] = deadline;
  }
  void set(std::size_t sink, bool delivered) {
    const std::lock_guard lock(mutex_);
    deadlines_[sink].reset();
    ++(delivered ? delivered_ : refused_);
    changed_.notify_all();
  }
  Result<> wait(std::size_t required) {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (delivered_ >= required) return {};
      const SteadyTime now = std::chrono::steady_clock::now();
      std::size_t open = 0;
      SteadyTime next = SteadyTime::max();
      for (const auto& deadline : deadlines_) {
        if (!deadline || *deadline <= now) continue;
        ++open;
        next = std::min(next, *deadline);
      }
      if (delivered_ + open < required) return missed(required);
      changed_.wait_until(lock, next);
    }
  }

 private:
  [[nodiscard]] Error missed(std::size_t required) const {
    const bool refused = refused_ + required > deadlines_.size();
    return Error{refused ? ErrorCode::kUnavailable : ErrorCode::kDeadlineExceeded,
                 std::to_string(delivered_) + " of " + std::to_string(deadlines_.size()) +
                     " sinks have the record, and " + std::to_string(required) + " must"};
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<SteadyTime>> deadlines_;  // of those that have not answered
  std::size_t delivered_ = 0;
  std::size_t refused_ = 0;
};

}  // namespace

Sink::~Sink() = default;

LogSink::LogSink(Log& log, Executor executor) : log_(log), executor_(std::move(executor)) {}
LogSink::~LogSink() = default;

void LogSink::offer(std::shared_ptr<const Delivery> delivery, Done done) {
  auto shared_done = std::make_shared<Done>(std::move(done));
  const bool posted = executor_([&log = log_, delivery = std::move(delivery), shared_done] {
    const auto receipt = log.append(delivery->record);
    if (!receipt) return (*shared_done)(receipt.error());
    if (receipt->dropped)
      return (*shared_done)(Error{ErrorCode::kUnavailable, "the log dropped the record"});
    (*shared_done)({});
  });
  if (!posted) (*shared_done)(Error{ErrorCode::kUnavailable, "the executor takes no work"});
}

struct FanOut::State {
  explicit State(const Clock& wall) : clock(wall) {}
  std::vector<Place> places;
  std::size_t required = 1;
  const Clock& clock;
};

FanOut::FanOut(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
FanOut::~FanOut() = default;

Result<std::unique_ptr<FanOut>> FanOut::create(std::vector<SinkPlace> places, std::size_t required,
                                               const Clock& clock) {
  if (required == 0 || required > places.size())
    return Error{ErrorCode::kInvalidArgument, "from one to all sinks can be required"};
  auto state = std::make_unique<State>(clock);
  state->required = required;
  for (SinkPlace& place : places) {
    if (place.sink == nullptr) return Error{ErrorCode::kInvalidArgument, "a sink is null"};
    state->places.push_back({std::move(place)});
  }
  return std::unique_ptr<FanOut>(new FanOut(std::move(state)));
}

Result<> FanOut::append(Record record) {
  if (record.time == Timestamp{})
    record.time = std::chrono::floor<std::chrono::microseconds>(state_->clock.now());
  if (record.id.empty()) {
    auto id = new_record_id(record.time);
    if (!id) return id.error();
    record.id = *std::move(id);
  }
  auto text = to_canonical(record);
  if (!text) return text.error();
  const auto delivery =
      std::make_shared<const Delivery>(Delivery{std::move(record), *std::move(text)});
  const auto answers = std::make_shared<Answers>(state_->places.size());
  const SteadyTime now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < state_->places.size(); ++i) {
    const Place& place = state_->places[i];
    const std::shared_ptr<Counters>& counters = place.counters;
    if (counters->in_flight >= place.settings.max_in_flight) {
      ++counters->skipped;
      answers->set(i, false);
      continue;
    }
    ++counters->in_flight;
    answers->expect(i, now + place.settings.deadline);
    place.settings.sink->offer(delivery, [counters, answers, i](const Result<>& result) {
      --counters->in_flight;
      ++(result ? counters->delivered : counters->failed);
      answers->set(i, result.has_value());
    });
  }
  return answers->wait(state_->required);
}

std::vector<SinkCounts> FanOut::counts() const {
  std::vector<SinkCounts> out;
  for (const Place& place : state_->places) {
    const Counters& counted = *place.counters;
    out.push_back({place.settings.name, counted.in_flight, counted.delivered, counted.failed,
                   counted.skipped});
  }
  return out;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
