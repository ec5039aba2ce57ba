#include "diff/pack.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "diff/serializer.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::uint64_t kNoBound = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Cost& Cost::operator+=(const Cost& more) noexcept {
  bytes += more.bytes;
  tokens += more.tokens;
  return *this;
}

Cost& Cost::operator-=(const Cost& less) noexcept {
  bytes -= less.bytes;
  tokens -= less.tokens;
  return *this;
}

Cost Price::of(std::string_view piece) const {
  return {piece.size() + 1, estimate_ ? estimate_(piece) : 0};
}

Cost budget_of(const Policy& policy, bool has_estimator) {
  Cost budget{policy.budget_bytes == 0 ? kNoBound : policy.budget_bytes, kNoBound};
  if (policy.budget_tokens == 0) return budget;
  if (has_estimator) {
    budget.tokens = policy.budget_tokens;
  } else if (policy.budget_tokens <= kNoBound / policy.bytes_per_token) {
    budget.bytes = std::min(budget.bytes, policy.budget_tokens * policy.bytes_per_token);
  }
  return budget;
}

void Measurer::file(const ShapedFile& file) {
  const FileHeader& header = file.header;
  if (!header.replaces_previous)
    files_.push_back({.kind = {}, .path = {}, .first_hunk = hunks_.size(), .cost = {}});
  scratch_.clear();
  scratch_.begin_object();
  write_file_head(scratch_, file);
  scratch_.key("hunks");
  scratch_.begin_array();
  scratch_.end_array();
  File& entry = files_.back();
  entry.path = header.new_path ? *header.new_path : header.old_path.value_or("");
  entry.kind =
      file.excluded == Exclusions::Reason::kNone ? classify(entry.path) : FileClass::kGenerated;
  entry.cost = price_.of(scratch_.view());
}

void Measurer::hunk() {
  hunks_.push_back({});
}

void Measurer::line(const Line& line, const Shaped& shaped) {
  scratch_.clear();
  write_line(scratch_, line, shaped);
  if (hunks_.back().bytes == 0) hunks_.back() += price_.of("[]");
  hunks_.back() += price_.of(scratch_.view());
}

void Measurer::end_file(const FileBooks& books) {
  scratch_.clear();
  // It is not known yet whether the file will be partial: the room is kept for saying so.
  write_file_tail(scratch_, {.added = books.added,
                             .removed = books.removed,
                             .whitespace = books.whitespace,
                             .partial = true,
                             .truncated = books.truncated});
  scratch_.end_object();
  files_.back().cost += price_.of(scratch_.view());
}

std::vector<std::size_t> Measurer::packing_order() const {
  std::vector<std::size_t> order(files_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    if (files_[a].kind != files_[b].kind) return files_[a].kind < files_[b].kind;
    return files_[a].path < files_[b].path;
  });
  return order;
}

std::size_t Measurer::end_of_hunks(std::size_t file) const {
  return file + 1 < files_.size() ? files_[file + 1].first_hunk : hunks_.size();
}

// One hunk per file and round. What has no room is passed over: a smaller one may fit.
void Measurer::give_whole_hunks(const std::vector<std::size_t>& order, PackPlan& plan,
                                Cost& room) const {
  std::vector<std::size_t> turn;
  for (const std::size_t file : order)
    if (plan.listed[file] && files_[file].first_hunk < end_of_hunks(file)) turn.push_back(file);
  for (std::size_t round = 0; !turn.empty(); ++round) {
    for (const std::size_t file : turn) {
      const std::size_t hunk = files_[file].first_hunk + round;
      if (!hunks_[hunk].fits(room)) continue;
      plan.room[hunk] = hunks_[hunk];
      room -= hunks_[hunk];
    }
    std::erase_if(turn, [&](std::size_t file) {
      return files_[file].first_hunk + round + 1 >= end_of_hunks(file);
    });
  }
}

Result<PackPlan> Measurer::plan(const Cost& budget, const Cost& frame) const {
  if (!frame.fits(budget))
    return Error{ErrorCode::kResourceExhausted,
                 "the budget has no room for title, description and frame, which take " +
                     std::to_string(frame.bytes) + " bytes"};
  PackPlan plan{std::vector<bool>(files_.size()), std::vector<Cost>(hunks_.size()), 0};
  Cost room = budget;
  room -= frame;
  const std::vector<std::size_t> order = packing_order();
  // The first file that has no room ends the list: "the files from here on" can be understood.
  std::size_t listed = 0;
  while (listed < order.size() && files_[order[listed]].cost.fits(room)) {
    plan.listed[order[listed]] = true;
    room -= files_[order[listed]].cost;
    ++listed;
  }
  plan.omitted = order.size() - listed;

  const Cost all_room = room;
  give_whole_hunks(order, plan, room);
  // Hunks that no packing could have held share what is left.
  std::vector<std::size_t> oversized;
  for (const std::size_t file : order)
    for (std::size_t hunk = files_[file].first_hunk; hunk < end_of_hunks(file); ++hunk)
      if (plan.listed[file] && !hunks_[hunk].fits(all_room)) oversized.push_back(hunk);
  for (std::size_t left = oversized.size(); left > 0; --left) {
    const Cost share{room.bytes / left, room.tokens / left};
    plan.room[oversized[oversized.size() - left]] = share;
    room -= share;
  }
  return plan;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
