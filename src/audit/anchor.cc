#include "coefficient/audit/anchor.h"

#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>

#include "audit/directory.h"
#include "core/bytes_of.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

Result<Checkpoint> unverified(std::string_view note) {
  Result<Note> parsed = parse_note(note);
  if (!parsed) return parsed.error();
  return parse_checkpoint_text(parsed->text);
}

Result<Directory> directory_of(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path().string();
  if (directory.empty()) directory = ".";
  return Directory::open(directory, system_file_calls());
}

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

// Nothing if the source has the checkpoint's tree.
Result<> expect_root(const HashSource& source, const Checkpoint& checkpoint, Error otherwise) {
  Result<Hash> root = tree_root(source, checkpoint.size);
  if (!root) return root.error();
  if (*root != checkpoint.root) return otherwise;
  return {};
}

}  // namespace

AnchorSink::~AnchorSink() = default;

Result<std::string> FileAnchor::read(const std::string& path) {
  Result<Directory> directory = directory_of(path);
  if (!directory) return directory.error();
  Result<std::string> note = directory->read(name_of(path), 0, kMaxNoteBytes);
  if (!note) return note;
  if (!unverified(*note)) return Error{ErrorCode::kDataLoss, path + ": holds no checkpoint"};
  return note;
}

Result<> FileAnchor::publish(std::string_view checkpoint) {
  Result<Checkpoint> next = unverified(checkpoint);
  if (!next) return next.error();
  const Error foreign{ErrorCode::kFailedPrecondition, "the checkpoint is not of the source's tree"};
  if (Result<> same = expect_root(*source_, *next, foreign); !same) return same;
  Result<std::string> kept = read(path_);
  if (!kept && kept.error().code != ErrorCode::kNotFound) return kept.error();
  if (kept) {
    const Error contradicted{ErrorCode::kFailedPrecondition,
                             path_ + ": holds a checkpoint that the new one contradicts"};
    const Checkpoint before = *unverified(*kept);
    if (next->origin != before.origin || next->size < before.size) return contradicted;
    if (Result<> same = expect_root(*source_, before, contradicted); !same) return same;
  }
  Result<Directory> directory = directory_of(path_);
  if (!directory) return directory.error();
  return directory->write(name_of(path_), {bytes_of(checkpoint)});
}

struct Anchoring::State {
  State(AnchorSink& a, const Clock& c) : anchor(a), clock(c) {}
  struct Offer {
    std::uint64_t size;
    std::string checkpoint;
  };
  AnchorSink& anchor;
  const Clock& clock;
  mutable std::mutex mutex;
  std::optional<Offer> waiting;
  std::uint64_t anchored_size = 0;
  std::uint64_t offered_size = 0;
  std::chrono::system_clock::time_point behind_since;  // while offered_size > anchored_size
  std::uint64_t failures = 0;
  Error last_error;
};

Anchoring::Anchoring(AnchorSink& anchor, const Clock& clock)
    : state_(std::make_unique<State>(anchor, clock)) {}
Anchoring::~Anchoring() = default;

void Anchoring::offer(std::uint64_t size, std::string checkpoint) {
  const std::lock_guard lock(state_->mutex);
  if (size > state_->anchored_size && state_->offered_size <= state_->anchored_size)
    state_->behind_since = state_->clock.now();
  state_->offered_size = size;
  state_->waiting = State::Offer{size, std::move(checkpoint)};
}

Result<bool> Anchoring::run_once() {
  std::optional<State::Offer> offer;
  {
    const std::lock_guard lock(state_->mutex);
    offer = std::exchange(state_->waiting, std::nullopt);
  }
  if (!offer) return false;
  const std::chrono::system_clock::time_point started = state_->clock.now();
  Result<> published = state_->anchor.publish(offer->checkpoint);
  const std::lock_guard lock(state_->mutex);
  if (!published) {
    ++state_->failures;
    state_->last_error = published.error();
    if (!state_->waiting) state_->waiting = std::move(offer);
    return published.error();
  }
  state_->failures = 0;
  state_->last_error = Error{};
  state_->anchored_size = offer->size;
  // What was offered meanwhile came after this call began, at the earliest.
  if (state_->offered_size > state_->anchored_size) state_->behind_since = started;
  return true;
}

AnchorLag Anchoring::lag() const {
  const std::lock_guard lock(state_->mutex);
  AnchorLag lag;
  lag.anchored_size = state_->anchored_size;
  lag.failures = state_->failures;
  lag.last_error = state_->last_error;
  if (state_->offered_size > state_->anchored_size) {
    lag.records = state_->offered_size - state_->anchored_size;
    lag.time = state_->clock.now() - state_->behind_since;
  }
  return lag;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
