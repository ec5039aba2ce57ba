#include "audit/checkpoint_file.h"

#include <algorithm>
#include <utility>

#include "audit/decimal.h"
#include "audit/lines.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/note.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10;
constexpr std::string_view kEmptyLine = "\n\n";
constexpr std::size_t kRootChars = (kHashBytes + 2) / 3 * 4;  // in base64
constexpr std::size_t kSignatureChars =
    std::size_t{4 + 64 + 2} / 3 * 4;  // the key's id and Ed25519

// The note that `text` begins with; nothing if it has no whole one.
std::optional<std::string_view> first_note(std::string_view text) {
  const std::size_t body = text.find(kEmptyLine);
  if (body == std::string_view::npos) return std::nullopt;
  const std::size_t end = text.find(kEmptyLine, body + kEmptyLine.size());
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(0, end + 1);
}

/// What an interrupted write left, compared with what it began to write.
class Begun {
 public:
  explicit Begun(std::string_view rest) : rest_(rest) {}
  // Takes off what is there of `text`; false if it is something else.
  bool take(std::string_view text) {
    const std::size_t size = std::min(text.size(), rest_.size());
    const bool same = rest_.starts_with(text.substr(0, size));
    rest_.remove_prefix(size);
    return same;
  }
  // Takes off characters of `set`; false if there are more than `limit`.
  bool take(std::string_view set, std::size_t limit) {
    const std::size_t size = std::min(rest_.find_first_not_of(set), rest_.size());
    rest_.remove_prefix(size);
    return size <= limit;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Returns whether `rest` is how a checkpoint of ours begins, up to all of it but the empty line.
// Where a file system knew the new size before it had the bytes, there are zeros.
bool is_begun(std::string_view rest, const std::string& origin) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kBase64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  Begun begun(rest.substr(0, rest.find_last_not_of('\0') + 1));
  return begun.take(origin + "\n") && begun.take(kDigits, 20) && begun.take("\n") &&
         begun.take(kBase64, kRootChars) && begun.take("\n\n\u2014 " + origin + " ") &&
         begun.take(kBase64, kSignatureChars) && begun.take("\n") && begun.done();
}

Error wrong(const Directory& directory, const char* what) {
  return Error{ErrorCode::kDataLoss, directory.path() + "/" + kCheckpointsName + ": " + what};
}

// What a note says of the size, nothing of it being verified.
std::optional<std::uint64_t> size_in(std::string_view note) {
  (void)take_line(note);  // the origin
  const auto size = take_line(note);
  return size ? parse_decimal(*size) : std::nullopt;
}

}  // namespace

CheckpointNotes split_notes(std::string_view text) {
  CheckpointNotes found;
  while (const auto note = first_note(text.substr(found.whole))) {
    found.notes.push_back(*note);
    found.whole += note->size() + 1;
  }
  return found;
}

Result<CheckpointReader> CheckpointReader::open(const Directory& directory) {
  auto file = directory.open_to_read(kCheckpointsName);
  if (!file) return file.error();
  const std::int64_t size = file_size(file->get());
  if (size < 0) return directory.failed(kCheckpointsName);
  return CheckpointReader(directory, *std::move(file), static_cast<std::uint64_t>(size));
}

Result<> CheckpointReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t have = buffer_.size();
  buffer_.resize(have + static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, end_ - read_to_)));
  const auto n =
      read_at(file_.get(), std::as_writable_bytes(std::span(buffer_)).subspan(have), read_to_);
  buffer_.resize(have + static_cast<std::size_t>(std::max<std::ptrdiff_t>(n, 0)));
  if (n < 0) return directory_->failed(kCheckpointsName);
  read_to_ += static_cast<std::uint64_t>(n);
  if (n == 0) end_ = read_to_;  // somebody truncated it meanwhile
  return {};
}

Result<std::optional<std::string_view>> CheckpointReader::next() {
  for (;;) {
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    if (const auto note = first_note(rest)) {
      at_ += note->size() + 1;
      whole_ += note->size() + 1;
      if (origin_.empty()) origin_ = note->substr(0, note->find('\n'));
      return note;
    }
    if (rest.size() > kMaxNoteBytes)
      return wrong(*directory_, "holds something longer than a checkpoint");
    if (read_to_ >= end_) {
      // Without a note before it nobody knows whose it is; such a log is not opened anyway.
      if (origin_.empty() || is_begun(rest, origin_)) return std::optional<std::string_view>();
      return wrong(*directory_, "ends in what is no checkpoint, and not the beginning of one");
    }
    if (auto filled = fill(); !filled) return filled.error();
  }
}

Result<LastNote> read_last_note(const Directory& directory) {
  auto file = CheckpointReader::open(directory);
  if (!file) return file.error();
  LastNote last;
  std::uint64_t largest = 0;
  for (;;) {
    const auto note = file->next();
    if (!note) return note.error();
    if (!*note) {
      last.torn = file->rest();
      return last;
    }
    const auto size = size_in(**note);
    if (!size) return wrong(directory, "holds what is no checkpoint");
    // A writer's checkpoints grow: one that was put in again is a forger's.
    if (*size < largest)
      return wrong(directory, "has a checkpoint of fewer records than one before it");
    largest = *size;
    last.text = **note;
    last.end = file->whole();
  }
}

Result<CheckpointFile> CheckpointFile::create(const Directory& directory) {
  if (auto written = directory.write(kCheckpointsName, {}); !written) return written.error();
  return open(directory, 0);
}

Result<CheckpointFile> CheckpointFile::open(const Directory& directory, std::uint64_t whole) {
  auto file = directory.open_to_write(kCheckpointsName);
  if (!file) return file.error();
  const std::int64_t size = file_size(file->get());
  if (size < 0) return directory.failed(kCheckpointsName);
  if (static_cast<std::uint64_t>(size) > whole) {
    if (directory.calls().ftruncate(file->get(), static_cast<off_t>(whole)) != 0 ||
        directory.calls().fdatasync(file->get()) != 0)
      return directory.failed(kCheckpointsName);
  }
  return CheckpointFile(directory, *std::move(file), whole);
}

Result<> CheckpointFile::append(std::string_view note) {
  if (failed_)
    return Error{ErrorCode::kFailedPrecondition,
                 "a checkpoint may not be durable: the log must be opened anew"};
  FileCalls& calls = directory_->calls();
  std::string bytes(note);
  bytes += '\n';
  if (!write_all(calls, file_.get(), std::as_bytes(std::span(bytes)), end_)) {
    Error error = directory_->failed(kCheckpointsName);
    failed_ = calls.ftruncate(file_.get(), static_cast<off_t>(end_)) != 0;
    if (failed_) error.code = ErrorCode::kInternal;
    return error;
  }
  if (calls.fdatasync(file_.get()) != 0 || !directory_->is_name_of(kCheckpointsName, file_)) {
    failed_ = true;
    return Error{ErrorCode::kInternal,
                 std::string(kCheckpointsName) + " may not be durable, or was removed or replaced"};
  }
  end_ += bytes.size();
  return {};
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
