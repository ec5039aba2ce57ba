#include "ratelimit/remembered.h"

#include <algorithm>
#include <functional>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {
namespace {

using std::chrono::nanoseconds;

// What was decided `passed` ago, as it is now.
std::vector<Decision> aged(std::vector<Decision> decisions, nanoseconds passed) {
  for (Decision& decision : decisions) {
    decision.reset_after = std::max(decision.reset_after - passed, nanoseconds(0));
    if (decision.retry_after)
      decision.retry_after = std::max(*decision.retry_after - passed, nanoseconds(0));
  }
  return decisions;
}

}  // namespace

Remembered::Place Remembered::place_of(std::string_view key) {
  const std::size_t number = std::hash<std::string_view>{}(key) % entries_.size();
  return {&entries_[number], std::unique_lock(mutexes_[number % mutexes_.size()])};
}

std::optional<Remembered::Answer> Remembered::find(std::string_view key, std::uint64_t version,
                                                   std::uint64_t cost, Time now) {
  if (entries_.empty()) return std::nullopt;
  const Place place = place_of(key);
  Entry& entry = *place.entry;
  if (entry.key != key || entry.version != version || !entry.is_live(now)) return std::nullopt;
  if (entry.refused_cost != 0) {
    // What is less may be there, and what is more is refused with other figures.
    if (cost != entry.refused_cost) return std::nullopt;
    return Answer{false, aged(entry.decisions, now - entry.since)};
  }
  if (cost > entry.amount) return std::nullopt;
  entry.amount -= cost;
  Answer answer{true, aged(entry.decisions, now - entry.since)};
  for (Decision& decision : answer.decisions) decision.remaining += entry.amount;
  return answer;
}

bool Remembered::has_room(std::string_view key, Time now) {
  if (entries_.empty()) return false;
  const Place place = place_of(key);
  return place.entry->key == key || !place.entry->is_live(now);
}

Remembered::Entry* Remembered::claim(const Place& place, std::string_view key, Time now) {
  Entry& entry = *place.entry;
  if (entry.key != key && entry.is_live(now)) return nullptr;
  entry.key.assign(key);
  entry.refused_cost = 0;
  entry.amount = 0;
  return &entry;
}

void Remembered::refused(std::string_view key, std::uint64_t version, std::uint64_t cost, Time now,
                         nanoseconds wait, const std::vector<Decision>& decisions) {
  if (entries_.empty()) return;
  const Place place = place_of(key);
  const Entry& before = *place.entry;
  // Another thread has taken ahead what was refused here.
  if (before.key == key && before.refused_cost == 0 && before.amount > 0 && before.is_live(now))
    return;
  if (Entry* const entry = claim(place, key, now)) {
    entry->version = version;
    entry->since = now;
    entry->until = now + wait;
    entry->refused_cost = cost;
    entry->decisions = decisions;
  }
}

void Remembered::leased(std::string_view key, std::uint64_t version, std::uint64_t amount,
                        std::uint64_t most, Time now, nanoseconds time,
                        const std::vector<Decision>& decisions) {
  if (entries_.empty()) return;
  const Place place = place_of(key);
  const Entry& before = *place.entry;
  const bool more = before.key == key && before.version == version && before.refused_cost == 0 &&
                    before.is_live(now);
  const std::uint64_t left = more ? before.amount : 0;
  if (Entry* const entry = claim(place, key, now)) {
    entry->version = version;
    entry->since = now;
    entry->until = now + time;
    entry->amount = std::min(left + amount, most);
    entry->decisions = decisions;
  }
}

void Remembered::refunded(std::string_view key) {
  if (entries_.empty()) return;
  const Place place = place_of(key);
  Entry& entry = *place.entry;
  if (entry.key == key && entry.refused_cost != 0) entry.until = entry.since;
}

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE
