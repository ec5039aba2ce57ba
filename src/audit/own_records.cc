#include "audit/own_records.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <variant>

#include "coefficient/audit/log.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::array<std::string_view, 8> kOwnActions = {
    "audit.dropped", "log.created", "log.full",      "log.heartbeat",
    "log.hold",      "log.pruned",  "log.recovered", "log.release"};

bool is_own_actor(const Actor& actor) {
  const auto* id = std::get_if<std::string>(&actor.id);
  return actor.type == kLogActorType && id != nullptr && *id == kLogActorId;
}

// The action of a record that is of the log itself; empty if it is not. It is the first member of
// canonical JSON, so that most records are not parsed.
std::string_view own_action(std::string_view text) {
  constexpr std::string_view kBefore = R"({"action":")";
  if (!text.starts_with(kBefore)) return {};
  text.remove_prefix(kBefore.size());
  return text.starts_with("log.") ? text.substr(0, text.find('"')) : std::string_view();
}

// Whether a record lies in one of the ranges, which are in order.
bool lies_in(const std::vector<OwnRecords::Unconfirmed>& ranges, std::uint64_t index) {
  const auto after = std::ranges::upper_bound(ranges, index, {}, &OwnRecords::Unconfirmed::begin);
  return after != ranges.begin() && index < std::prev(after)->end;
}

template <class T>
const T* detail(const Record& record, const char* name) {
  const auto found = record.details.find(name);
  return found == record.details.end() ? nullptr : std::get_if<T>(&found->second.data);
}

}  // namespace

bool is_reserved(const Record& record) {
  return is_own_actor(record.actor) ||
         std::ranges::find(kOwnActions, record.action) != kOwnActions.end();
}

void OwnRecords::see(std::uint64_t index, std::string_view text) {
  const std::string_view action = own_action(text);
  const bool hold = action == "log.hold";
  const bool release = action == "log.release";
  const bool recovered = action == "log.recovered";
  if (!hold && !release && !recovered && action != "log.pruned") return;
  const auto record = parse_record(text);
  if (!record || !is_own_actor(record->actor) || record->outcome != Outcome::kSuccess) return;
  if (hold || release) {
    if (const auto* name = detail<std::string>(*record, "hold"))
      holds_.push_back({index, release, *name});
  } else if (recovered) {
    const auto* from = detail<std::int64_t>(*record, "unconfirmed_from");
    if (from != nullptr && *from >= 0 && static_cast<std::uint64_t>(*from) < index)
      recoveries_.push_back({static_cast<std::uint64_t>(*from), index});
  } else if (const auto* kept = detail<std::int64_t>(*record, "first_kept")) {
    const auto first_kept = static_cast<std::uint64_t>(std::max<std::int64_t>(*kept, 0));
    if (first_kept <= index) pruned_.emplace_back(index, first_kept);
  }
}

std::uint64_t OwnRecords::pruned(std::uint64_t confirmed) const noexcept {
  const auto doubtful = unconfirmed(confirmed);
  std::uint64_t first_kept = 0;
  for (const auto& [index, kept] : pruned_)
    if (index < confirmed && !lies_in(doubtful, index)) first_kept = std::max(first_kept, kept);
  return first_kept;
}

bool OwnRecords::pruned_since(std::uint64_t confirmed) const noexcept {
  return !pruned_.empty() && pruned_.back().first >= confirmed;
}

std::set<std::string, std::less<>> OwnRecords::holds(std::uint64_t confirmed) const {
  const auto doubtful = unconfirmed(confirmed);
  std::set<std::string, std::less<>> open;
  for (const Hold& hold : holds_) {
    if (!hold.released) {
      open.insert(hold.name);
    } else if (hold.index < confirmed && !lies_in(doubtful, hold.index)) {
      open.erase(hold.name);
    }
  }
  return open;
}

// The last of them is the writer's own word; one in a range that a later one names is doubtful,
// too.
std::vector<OwnRecords::Unconfirmed> OwnRecords::unconfirmed(std::uint64_t confirmed) const {
  std::vector<Unconfirmed> out;
  std::uint64_t before = confirmed;
  for (auto it = recoveries_.rbegin(); it != recoveries_.rend(); ++it) {
    if (it->end >= before) continue;
    out.push_back(*it);
    before = it->begin;
  }
  std::ranges::reverse(out);
  return out;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
