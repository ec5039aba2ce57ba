#ifndef COEFFICIENT_SRC_RATELIMIT_TERMS_H_
#define COEFFICIENT_SRC_RATELIMIT_TERMS_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "coefficient/ratelimit/policy.h"
#include "coefficient/version.h"
#include "ratelimit/step.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// A clock that says that it is this much earlier than it was has been set; by less, two threads
/// may merely use their readings of it in another order.
inline constexpr std::uint64_t kClockStep = 60'000'000'000;

/// A policy as the integers that decisions are made of. Times are in nanoseconds.
struct Terms {
  std::uint64_t limit = 0;
  std::uint64_t period = 0;
  std::uint64_t interval = 0;      ///< GCRA's T.
  std::uint64_t reciprocal = 0;    ///< reciprocal_of(interval).
  std::uint64_t burst_window = 0;  ///< GCRA's tau: interval * burst.
  std::uint64_t max_wait = 0;
  std::uint64_t since = 0;  ///< When they came into force.
  std::uint64_t shadow = 0;

  /// Writes into a finished step what decisions tell of the policy.
  void describe(Step& step) const noexcept {
    step.limit = limit;
    step.shadow = shadow != 0;
  }
};

/// Precondition: check_policy(policy).
Terms make_terms(const Policy& policy, std::uint64_t since);

/// The terms in force and those before them, each under a generation from 1 to 63. A count carries
/// the generation it was made under, and is brought up to date when it is next used: a change of
/// policy costs the same for one key and for a billion.
///
/// Thread safety: generation(), at() and next() may be called concurrently with push(); push()
/// must not be called concurrently with itself.
class TermsHistory {
 public:
  static constexpr std::uint64_t kGenerations = 64;
  static constexpr std::uint64_t kGenerationMask = kGenerations - 1;

  explicit TermsHistory(const Terms& first) noexcept {
    store(1, first);
    generation_.store(1, std::memory_order_release);
  }

  [[nodiscard]] std::uint64_t generation() const noexcept {
    return generation_.load(std::memory_order_acquire);
  }
  [[nodiscard]] static std::uint64_t next(std::uint64_t generation) noexcept {
    return generation == kGenerationMask ? 1 : generation + 1;
  }
  /// A generation comes round again after 62 changes. A reader who stood still for as long may get
  /// a mixture of both; it then finds that its count has another generation, and starts over.
  [[nodiscard]] Terms at(std::uint64_t generation) const noexcept {
    const Entry& from = entries_[generation];
    const auto get = [&](Field field) { return from[field].load(std::memory_order_relaxed); };
    return Terms{.limit = get(kLimit),
                 .period = get(kPeriod),
                 .interval = get(kInterval),
                 .reciprocal = get(kReciprocal),
                 .burst_window = get(kBurstWindow),
                 .max_wait = get(kMaxWait),
                 .since = get(kSince),
                 .shadow = get(kShadow)};
  }
  /// Returns the generation that the next push() takes away from counts that still carry it; 0 if
  /// it was not used yet.
  [[nodiscard]] std::uint64_t forgotten_by_push() const noexcept;
  void push(const Terms& terms) noexcept;

 private:
  enum Field : std::size_t {
    kLimit,
    kPeriod,
    kInterval,
    kReciprocal,
    kBurstWindow,
    kMaxWait,
    kSince,
    kShadow,
    kFields
  };
  using Entry = std::array<std::atomic<std::uint64_t>, kFields>;

  void store(std::uint64_t generation, const Terms& terms) noexcept;

  std::atomic<std::uint64_t> generation_{0};
  std::uint64_t pushed_ = 1;
  std::array<Entry, kGenerations> entries_{};
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_TERMS_H_
