#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <utility>

#include "audit/frame.h"
#include "audit/log_state.h"
#include "audit/segment.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::uint64_t kMinSegmentBytes = std::uint64_t{64} << 10;
constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{1} << 30;

OpenError open_error(Error error) {
  return OpenError{std::move(error), std::nullopt};
}

// Which run of the kernel this is; empty where the system does not say.
std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return id;
}

Result<> check(const LogOptions& options) {
  const auto bad = [](const char* what) { return Error{ErrorCode::kInvalidArgument, what}; };
  if (options.max_segment_bytes < kMinSegmentBytes || options.max_segment_bytes > kMaxSegmentBytes)
    return bad("max_segment_bytes is not from 64 KiB to 1 GiB");
  if (options.max_segment_age.count() <= 0) return bad("max_segment_age is not positive");
  if (options.checkpoint_every.count() <= 0) return bad("checkpoint_every is not positive");
  if (options.heartbeat_every.count() < 0 || options.new_key_every.count() < 0)
    return bad("an interval is negative");
  return {};
}

Result<> remove_temporary(const Directory& directory) {
  const auto names = directory.names();
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (!name.starts_with(kTemporaryPrefix)) continue;
    if (auto removed = directory.remove(name); !removed) return removed;
  }
  return {};
}

bool holds_a_log(const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [](const std::string& name) {
    return name == kCheckpointsName || parse_segment_name(SegmentKind::kRecords, name) ||
           parse_segment_name(SegmentKind::kHashes, name);
  });
}

SegmentFile::Options file_options(const Journal::Options& options) {
  return {.buffered = options.buffered,
          .preallocate_bytes = options.preallocate_bytes,
          .reserve_bytes = options.reserve_bytes};
}

// When a segment was begun, by its first record; `now` if that does not say, or is still to come.
Result<Timestamp> begun_at(const Directory& directory, const ScannedFile& segment, Timestamp now) {
  if (segment.pruned || segment.records == 0) return now;
  const auto file = directory.open_to_read(segment.name);
  if (!file) return file.error();
  std::vector<std::byte> frame(kFrameHeaderBytes + kMaxPayloadBytes);
  const auto n = read_at(file->get(), frame, kSegmentHeaderBytes);
  if (n < 0) return directory.failed(segment.name);
  const auto payload =
      read_frame(segment.first_index, std::span(frame).first(static_cast<std::size_t>(n)));
  if (!payload) return now;
  const auto record =
      parse_record({reinterpret_cast<const char*>(payload->data()), payload->size()});
  return record ? std::min(record->time, now) : now;
}

Result<std::unique_ptr<Log::State>, OpenError> locked(const std::string& path, const Clock& clock,
                                                      LogOptions options, FileCalls& calls) {
  if (auto checked = check(options); !checked) return open_error(checked.error());
  auto directory = Directory::open(path, calls);
  if (!directory) return open_error(directory.error());
  auto lock = directory->lock();
  if (!lock) return open_error(lock.error());
  return std::make_unique<Log::State>(*std::move(directory), *std::move(lock), clock,
                                      std::move(options));
}

}  // namespace

Log::State::State(Directory opened, Descriptor locked_by, const Clock& log_clock,
                  LogOptions log_options)
    : directory(std::move(opened)),
      lock(std::move(locked_by)),
      clock(log_clock),
      options(std::move(log_options)),
      boot(boot_id()),
      since_boot([]() -> std::chrono::nanoseconds {
        return std::chrono::steady_clock::now().time_since_epoch();
      }),
      dropped(options.carry_dropped) {
  active_at = checkpoint_at = segment_at = key_at = now();
}

Journal::Options Log::State::journal_options() const {
  Journal::Options journal_options;
  journal_options.buffered = options.durability == Durability::kBuffered;
  journal_options.max_segment_bytes = options.max_segment_bytes;
  journal_options.preallocate_bytes =
      std::min(journal_options.preallocate_bytes, options.max_segment_bytes);
  journal_options.log_full = [this] {
    auto text = draft(own_record("log.full"));
    return text ? *std::move(text) : Draft{};  // an empty one is not written
  };
  return journal_options;
}

Result<void, OpenError> Log::State::make(std::string_view origin) {
  const auto names = directory.names();
  if (!names) return open_error(names.error());
  if (holds_a_log(*names))
    return open_error(Error{ErrorCode::kAlreadyExists, directory.path() + ": has a log already"});
  // Keys without a log are left by a call that was interrupted.
  const bool has_keys = std::ranges::find(*names, kRootKeyFile) != names->end();
  auto made = has_keys ? EpochKeys::open(directory) : EpochKeys::create(directory, origin);
  if (!made) return open_error(made.error());
  if (made->chain().origin() != origin)
    return open_error(
        Error{ErrorCode::kAlreadyExists, directory.path() + ": has the keys of another log"});
  keys.emplace(*std::move(made));
  root_key = keys->chain().epochs().front().key.text();
  const Journal::Options wanted = journal_options();
  auto file = SegmentFile::create(directory, Frontier(), file_options(wanted));
  if (!file) return open_error(file.error().error);
  journal = std::make_unique<Journal>(directory, wanted, Frontier(), *std::move(file));
  if (auto written = write_first(own_record("log.created")); !written)
    return open_error(written.error());
  auto made_file = CheckpointFile::create(directory);
  if (!made_file) return open_error(made_file.error());
  checkpoints.emplace(*std::move(made_file));
  const std::lock_guard guard(admin);
  if (auto signed_note = checkpoint_locked(true); !signed_note)
    return open_error(signed_note.error());
  return {};
}

Result<void, OpenError> Log::State::load(const Progress& progress) {
  if (auto removed = remove_temporary(directory); !removed) return open_error(removed.error());
  auto opened = EpochKeys::open(directory);
  if (!opened) return open_error(opened.error());
  keys.emplace(*std::move(opened));
  const KeyChain& chain = keys->chain();
  root_key = chain.epochs().front().key.text();
  if (!options.root_key.empty() && root_key != options.root_key)
    return open_error(
        Error{ErrorCode::kUnauthenticated, directory.path() + ": has another root key"});
  auto found = recover(directory, chain, options.expected_min_checkpoint, progress);
  if (!found) return found.error();
  auto file = CheckpointFile::open(directory, found->checkpoint_bytes);
  if (!file) return open_error(file.error());
  checkpoints.emplace(*std::move(file));
  last_note = found->last_note;
  last_size = found->checkpoint_size;
  holds = found->holds;
  if (auto started = start(*found); !started) return open_error(started.error());
  if (auto recorded = record_recovery(*found); !recorded) return open_error(recorded.error());
  struct stat status {};
  const auto key = directory.open_to_read(kSigningKeyFile);
  if (key && ::fstat(key->get(), &status) == 0)
    key_at = Timestamp(std::chrono::seconds(status.st_mtim.tv_sec));
  seen_size = journal->size();
  seen_segment = journal->segment_first();
  if (const ScannedFile& last = found->scan.files.back(); last.first_index == seen_segment) {
    const auto begun = begun_at(directory, last, segment_at);
    if (!begun) return open_error(begun.error());
    segment_at = *begun;
  }
  return {};
}

// Opens the last segment, or starts a new one where that is not fit to go on with.
Result<> Log::State::start(const Recovered& found) {
  const ScannedFile& last = found.scan.files.back();
  const Journal::Options wanted = journal_options();
  const SegmentFile::Options with = file_options(wanted);
  const bool fit = !last.pruned && found.scan.buffered == wanted.buffered;
  if (!last.pruned) {
    auto file = SegmentFile::open(directory, last.name, last.bytes, with);
    if (!file) return file.error();
    if (found.scan.tail == TailKind::kTorn || !fit) {
      if (auto cut = file->seal(); !cut) return cut.error().error;
    }
    if (found.scan.tail == TailKind::kTorn) recovered_bytes = found.scan.tail_bytes;
    if (fit) {
      journal = std::make_unique<Journal>(directory, wanted, found.scan.tree, *std::move(file));
      return {};
    }
  }
  auto file = SegmentFile::create(directory, found.scan.tree, with);
  if (!file) return file.error().error;
  journal = std::make_unique<Journal>(directory, wanted, found.scan.tree, *std::move(file));
  return {};
}

Result<> Log::State::record_recovery(const Recovered& found) {
  Value::Object details;
  if (recovered_bytes != 0) details["cut_bytes"] = static_cast<std::int64_t>(recovered_bytes);
  // Nothing tells them from what somebody else has put there: it must not be signed as if it did.
  if (found.confirmed < found.scan.tree.size())
    details["unconfirmed_from"] = static_cast<std::int64_t>(found.confirmed);
  if (!details.empty()) {
    if (auto written = write_own("log.recovered", std::move(details)); !written)
      return written.error();
  }
  if (const auto cut = static_cast<std::int64_t>(found.torn_checkpoint_bytes); cut != 0) {
    auto written = write_own("log.recovered", {{"cut_checkpoint_bytes", cut}});
    if (!written) return written.error();
  }
  // Who had begun these is not there any more to say how they ended.
  for (const auto& [id, intent] : found.open_intents) {
    Record unknown = own_record(intent.action);
    unknown.target = intent.target;
    unknown.outcome = Outcome::kUnknown;
    unknown.intent = id;
    // A record that does not fit must not keep the log closed; `intent` names the target's record.
    if (auto fits = draft(unknown); !fits) unknown.target = {};
    if (auto written = write(std::move(unknown)); !written) return written.error();
  }
  return {};
}

Result<std::unique_ptr<Log>, OpenError> LogAccess::create(const std::string& directory,
                                                          std::string_view origin,
                                                          const Clock& clock, LogOptions options,
                                                          FileCalls& calls) {
  auto state = locked(directory, clock, std::move(options), calls);
  if (!state) return state.error();
  if (auto made = (*state)->make(origin); !made) return made.error();
  return std::unique_ptr<Log>(new Log(*std::move(state)));
}

Result<std::unique_ptr<Log>, OpenError> LogAccess::open(const std::string& directory,
                                                        const Clock& clock, LogOptions options,
                                                        const Progress& progress,
                                                        FileCalls& calls) {
  auto state = locked(directory, clock, std::move(options), calls);
  if (!state) return state.error();
  if (auto loaded = (*state)->load(progress); !loaded) return loaded.error();
  return std::unique_ptr<Log>(new Log(*std::move(state)));
}

Result<Appended> LogAccess::append(Log& log, std::string text) {
  if (auto usable = log.state_->usable(); !usable) return usable.error();
  return log.state_->journal->append(Draft{std::move(text), Draft::kNowhere});
}
Log::State& LogAccess::state(Log& log) {
  return *log.state_;
}

Result<std::unique_ptr<Log>, OpenError> Log::create(const std::string& directory,
                                                    std::string_view origin, const Clock& clock,
                                                    LogOptions options) {
  return LogAccess::create(directory, origin, clock, std::move(options), system_file_calls());
}
Result<std::unique_ptr<Log>, OpenError> Log::open(const std::string& directory, const Clock& clock,
                                                  LogOptions options, const Progress& progress) {
  return LogAccess::open(directory, clock, std::move(options), progress, system_file_calls());
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
