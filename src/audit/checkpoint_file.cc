#include "audit/checkpoint_file.h"

#include <algorithm>
#include <utility>

#include "coefficient/audit/note.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10;
constexpr std::string_view kEmptyLine = "\n\n";

// The note that `text` begins with; nothing if it has no whole one.
std::optional<std::string_view> first_note(std::string_view text) {
  const std::size_t body = text.find(kEmptyLine);
  if (body == std::string_view::npos) return std::nullopt;
  const std::size_t end = text.find(kEmptyLine, body + kEmptyLine.size());
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(0, end + 1);
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
      return note;
    }
    if (rest.size() > kMaxNoteBytes)
      return Error{ErrorCode::kDataLoss, directory_->path() + "/" + kCheckpointsName +
                                             ": holds something longer than a checkpoint"};
    if (read_to_ >= end_) return std::optional<std::string_view>();
    if (auto filled = fill(); !filled) return filled.error();
  }
}

Result<LastNote> read_last_note(const Directory& directory) {
  auto file = CheckpointReader::open(directory);
  if (!file) return file.error();
  LastNote last;
  for (;;) {
    const auto note = file->next();
    if (!note) return note.error();
    if (!*note) return last;
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
