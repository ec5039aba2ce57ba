#include "audit/checkpoint_file.h"

#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;
constexpr std::string_view kEmptyLine = "\n\n";

}  // namespace

CheckpointNotes split_notes(std::string_view text) {
  CheckpointNotes found;
  for (;;) {
    const std::string_view rest = text.substr(found.whole);
    const std::size_t body = rest.find(kEmptyLine);
    if (body == std::string_view::npos) return found;
    const std::size_t end = rest.find(kEmptyLine, body + kEmptyLine.size());
    if (end == std::string_view::npos) return found;
    found.notes.push_back(rest.substr(0, end + 1));
    found.whole += end + kEmptyLine.size();
  }
}

Result<std::string> read_checkpoints(const Directory& directory) {
  return directory.read(kCheckpointsName, 0, kMaxBytes);
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
