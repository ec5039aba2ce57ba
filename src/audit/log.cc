#include "coefficient/audit/log.h"

#include <array>
#include <utility>

#include "audit/log_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

Log::Log(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Log::~Log() {
  // A child of fork() must not touch the parent's files.
  if (!state_->fork_mark.forked()) (void)close();
}

Timestamp Log::State::now() const {
  return std::chrono::floor<std::chrono::microseconds>(clock.now());
}

Result<> Log::State::usable() const {
  if (fork_mark.forked())
    return Error{ErrorCode::kFailedPrecondition,
                 "this process was forked off the one that opened the log"};
  return {};
}

// Only what is durable is signed: a checkpoint of more would make a log that lost its tail in a
// crash look like one that was cut.
Result<std::string> Log::State::checkpoint_locked(bool anew) {
  if (auto settled = settle_dropped(); !settled) return settled.error();
  if (keys_failed)
    return Error{ErrorCode::kFailedPrecondition,
                 "a change of keys failed: the log must be opened anew"};
  auto durable = journal->sync();
  if (!durable) return durable.error();
  if (!anew && durable->size == last_size) return last_note;
  const std::array<const NoteSigner*, 1> signers = {&keys->signer()};
  auto note = sign_checkpoint({.origin = keys->chain().origin(),
                               .size = durable->size,
                               .root = durable->root,
                               .extensions = {}},
                              signers);
  if (!note) return note;
  if (auto written = checkpoints->append(*note); !written) return written.error();
  last_note = *note;
  last_size = durable->size;
  checkpoint_at = now();
  return note;
}

Result<> Log::State::change_key(Timestamp at) {
  if (auto signed_note = checkpoint_locked(false); !signed_note) return signed_note.error();
  auto durable = journal->sync();
  if (!durable) return durable.error();
  keys_failed = true;
  if (auto changed = keys->advance(durable->size, durable->root); !changed) return changed;
  keys_failed = false;
  key_at = at;
  return {};
}

Result<> Log::State::tick_locked(Timestamp at) {
  if (seen_size != journal->size()) active_at = at;
  if (seen_segment != journal->segment_first()) segment_at = at;
  seen_segment = journal->segment_first();
  // What is that far ahead was set by a clock that was set back since.
  const auto due = [at](Timestamp last, std::chrono::seconds every) {
    return every.count() > 0 && (at - last >= every || last - at >= every);
  };
  bool heartbeat = false;
  if (due(active_at, options.heartbeat_every)) {
    if (auto written = write_own("log.heartbeat"); !written) return written.error();
    active_at = at;
    heartbeat = true;
  }
  seen_size = journal->size();
  if (heartbeat || (journal->size() != last_size && due(checkpoint_at, options.checkpoint_every))) {
    if (auto signed_note = checkpoint_locked(false); !signed_note) return signed_note.error();
    checkpoint_at = at;
  }
  if (due(segment_at, options.max_segment_age)) {
    if (auto rotated = journal->rotate(); !rotated) return rotated;
    segment_at = at;
  }
  if (due(key_at, options.new_key_every)) return change_key(at);
  return {};
}

Result<> Log::sync() {
  if (auto usable = state_->usable(); !usable) return usable;
  auto durable = state_->journal->sync();
  if (!durable) return durable.error();
  return {};
}

Result<std::string> Log::checkpoint() {
  if (auto usable = state_->usable(); !usable) return usable.error();
  const std::lock_guard lock(state_->admin);
  return state_->checkpoint_locked(false);
}

Result<> Log::tick(Timestamp now) {
  if (auto usable = state_->usable(); !usable) return usable;
  const std::lock_guard lock(state_->admin);
  return state_->tick_locked(now);
}

Result<> Log::rotate() {
  if (auto usable = state_->usable(); !usable) return usable;
  return state_->journal->rotate();
}

Result<PruneReport> Log::prune(const PrunePolicy& policy) {
  if (auto usable = state_->usable(); !usable) return usable.error();
  const std::lock_guard lock(state_->admin);
  return state_->prune_locked(policy);
}

Result<> Log::hold(std::string_view name, std::string_view reason) {
  if (auto usable = state_->usable(); !usable) return usable;
  const std::lock_guard lock(state_->admin);
  return state_->hold_locked(name, reason);
}

Result<> Log::release(std::string_view name) {
  if (auto usable = state_->usable(); !usable) return usable;
  const std::lock_guard lock(state_->admin);
  return state_->release_locked(name);
}

Result<> Log::close() {
  if (auto usable = state_->usable(); !usable) return usable;
  const std::lock_guard lock(state_->admin);
  if (std::exchange(state_->closed, true)) return {};
  auto signed_note = state_->checkpoint_locked(false);
  auto closed = state_->journal->close();
  if (!signed_note) return signed_note.error();
  return closed;
}

std::uint64_t Log::size() const {
  return state_->journal->size();
}
std::uint64_t Log::dropped() const {
  return state_->dropped;
}
std::string Log::root_key() const {
  return state_->root_key;
}
std::uint64_t Log::recovered_bytes() const noexcept {
  return state_->recovered_bytes;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
