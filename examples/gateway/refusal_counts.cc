#include "refusal_counts.h"

namespace gateway {

void RefusalCounts::add(Refusal refusal, std::uint64_t count) {
  if (waiting_.size() >= kMaxKinds && !waiting_.contains(refusal)) {
    refusal = Refusal{.reason = std::move(refusal.reason), .peer = "others"};
  }
  waiting_[std::move(refusal)] += count;
}

std::optional<std::pair<Refusal, std::uint64_t>> RefusalCounts::take(TimePoint now) {
  // A clock that is set back begins a new minute too.
  if (now < minute_ || now - minute_ >= std::chrono::minutes(1)) {
    minute_ = now;
    taken_ = 0;
  }
  if (taken_ >= kPerMinute) return std::nullopt;
  auto taken = take();
  if (taken) ++taken_;
  return taken;
}

std::optional<std::pair<Refusal, std::uint64_t>> RefusalCounts::take() {
  if (waiting_.empty()) return std::nullopt;
  auto first = waiting_.extract(waiting_.begin());
  return std::pair(std::move(first.key()), first.mapped());
}

}  // namespace gateway
