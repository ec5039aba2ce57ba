#include "diff/char_runs.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

CharRuns::Recent& CharRuns::recent(CharClass cls) noexcept {
  const auto index = static_cast<std::size_t>(cls);
  if ((known_ >> index & 1U) == 0) {
    known_ |= 1U << index;
    runs_[index] = {};
    at_sign_[index] = {};
  }
  return runs_[index];
}

void CharRuns::use(Recent& runs, std::size_t index, Run run) noexcept {
  std::move_backward(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(index),
                     runs.begin() + static_cast<std::ptrdiff_t>(index) + 1);
  runs[0] = run;
}

// A remembered run ends where it says, but may begin earlier: what lies before the place that was
// asked about has not been looked at.
std::size_t CharRuns::end(CharClass cls, std::size_t at) noexcept {
  Recent& runs = recent(cls);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run run = runs[i];
    if (at >= run.begin && at < run.end) {
      use(runs, i, run);
      return run.end;
    }
  }
  std::size_t stop = at;
  while (stop < text_.size() && is(cls, text_[stop])) ++stop;
  steps_ += stop - at + 1;
  if (stop != at) use(runs, runs.size() - 1, {at, stop});
  return stop;
}

std::size_t CharRuns::begin(CharClass cls, std::size_t at) noexcept {
  const std::size_t stop = end(cls, at);
  Recent& runs = recent(cls);
  std::size_t start = at;
  while (start > 0 && is(cls, text_[start - 1])) {
    ++steps_;
    // Whatever is known of this run is skipped: places are asked about from left to right.
    std::size_t next = start - 1;
    for (const Run& run : runs)
      if (start > run.begin && start <= run.end) next = std::min(next, run.begin);
    start = next;
  }
  if (start != at) use(runs, runs.size() - 1, {start, stop});
  return start;
}

std::size_t CharRuns::last_at_sign(CharClass cls, std::size_t at, std::size_t end) noexcept {
  (void)recent(cls);
  AtSign& known = at_sign_[static_cast<std::size_t>(cls)];
  if (known.end != end || at < known.from) {
    std::size_t found = end;
    while (found > at && text_[found - 1] != '@') --found;
    steps_ += end - found + 1;
    known = {at, found == at ? at : found - 1, end};
  }
  return std::max(known.last, at);
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
