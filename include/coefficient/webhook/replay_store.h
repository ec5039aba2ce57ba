#ifndef COEFFICIENT_WEBHOOK_REPLAY_STORE_H_
#define COEFFICIENT_WEBHOOK_REPLAY_STORE_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "coefficient/webhook/export.h"
#include "coefficient/webhook/refusal.h"
#include "coefficient/webhook/verified.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

/// Remembers replay keys. Claim after verification and before the handler; release if the handler
/// fails, so that the sender's retry is not taken for a replay.
///
/// Thread safety: implementations must be safe to call from several threads; of concurrent claims
/// of one key exactly one succeeds.
class COEFFICIENT_WEBHOOK_EXPORT ReplayStore {
 public:
  ReplayStore() = default;
  ReplayStore(const ReplayStore&) = delete;
  ReplayStore& operator=(const ReplayStore&) = delete;
  virtual ~ReplayStore();
  /// Claims `key`. Refusals: kReplayed if it is claimed already, kUnavailable if that cannot be
  /// known (fail closed).
  virtual Result<void, Refusal> claim(const ReplayKey& key) = 0;
  /// Gives a claim back; a key that is not claimed is ignored. Refusal: kUnavailable.
  virtual Result<void, Refusal> release(const ReplayKey& key) = 0;
};

/// The default store: bounded memory in this process. A claim is held for `retention`; when
/// `capacity` claims are live, further ones are refused as kUnavailable rather than an old claim
/// forgotten, so a flood of *signed* requests fails closed. Memory: about 200 bytes a claim.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_WEBHOOK_EXPORT InMemoryReplayStore final : public ReplayStore {
 public:
  /// Errors: kInvalidArgument if `capacity` is 0 or `retention` is not positive. `clock` must
  /// outlive the store. For schemes with a timestamp, a retention of twice the tolerance suffices.
  static Result<std::unique_ptr<InMemoryReplayStore>> create(std::size_t capacity,
                                                             std::chrono::seconds retention,
                                                             const Clock& clock = system_clock());
  InMemoryReplayStore(const InMemoryReplayStore&) = delete;
  InMemoryReplayStore& operator=(const InMemoryReplayStore&) = delete;
  ~InMemoryReplayStore() override;
  Result<void, Refusal> claim(const ReplayKey& key) override;
  Result<void, Refusal> release(const ReplayKey& key) override;
  /// Returns the number of live claims.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  explicit InMemoryReplayStore(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace webhook
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_WEBHOOK_REPLAY_STORE_H_
