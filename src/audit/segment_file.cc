#include "audit/segment_file.h"

#include <algorithm>
#include <array>

#include "audit/segment.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::array<std::byte, std::size_t{64} << 10> kZeros{};

}  // namespace

Result<SegmentFile, WriteError> SegmentFile::create(const Directory& directory,
                                                    const Frontier& before,
                                                    const Options& options) {
  const auto root = before.root();
  if (!root) return WriteError{root.error()};
  const std::string name = segment_name(SegmentKind::kRecords, before.size());
  const std::string temporary = kTemporaryPrefix + name;
  auto made = directory.create(temporary);
  if (!made) return WriteError{made.error()};
  SegmentFile file(directory, name, *std::move(made), options);
  const SegmentHeaderBytes header = encode_header(
      SegmentKind::kRecords,
      {.flags = options.buffered ? kFlagBuffered : 0, .first_index = before.size(), .root = *root});
  if (auto written = file.append(header, false); !written) {
    (void)directory.remove(temporary);  // what is left of it is removed when the log is opened
    return WriteError{written.error().error};
  }
  // From here on a file of that name may appear after a crash, so nothing else may follow the
  // records before it.
  if (auto published = directory.publish(file.file_, temporary, name); !published)
    return WriteError{published.error(), true};
  return file;
}

Result<SegmentFile> SegmentFile::open(const Directory& directory, const std::string& name,
                                      std::uint64_t end, const Options& options) {
  auto opened = directory.open_to_write(name);
  if (!opened) return opened.error();
  SegmentFile file(directory, name, *std::move(opened), options);
  const std::int64_t size = file_size(file.file_.get());
  if (size < 0) return directory.failed(name);
  file.end_ = end;
  file.zeroed_ = static_cast<std::uint64_t>(size);
  return file;
}

// Takes back what was written behind `to`.
WriteResult SegmentFile::cut(std::uint64_t to, Error error) {
  zeroed_ = std::min(zeroed_, to);
  // Durable, or a record that was refused could be there after a crash.
  const bool done = calls().ftruncate(file_.get(), static_cast<off_t>(to)) == 0 &&
                    calls().fdatasync(file_.get()) == 0;
  return WriteError{std::move(error), !done};
}

WriteResult SegmentFile::extend(std::uint64_t to) {
  const std::uint64_t before = zeroed_;
  while (zeroed_ < to) {
    const auto part = std::span(kZeros).first(std::min<std::uint64_t>(kZeros.size(), to - zeroed_));
    if (!write_all(calls(), file_.get(), part, zeroed_))
      return cut(before, directory_->failed(name_));
    zeroed_ += part.size();
  }
  return {};
}

WriteResult SegmentFile::append(std::span<const std::byte> bytes, bool use_reserve) {
  const std::uint64_t end = end_ + bytes.size();
  const std::uint64_t wanted = end + (use_reserve ? 0 : options_.reserve_bytes);
  if (!options_.buffered && wanted > zeroed_) {
    auto extended = extend(wanted + options_.preallocate_bytes);
    if (!extended && !extended.error().fatal &&
        extended.error().error.code == ErrorCode::kResourceExhausted)
      extended = extend(wanted);
    if (!extended) return extended;
  }
  if (!write_all(calls(), file_.get(), bytes, end_)) return cut(end_, directory_->failed(name_));
  end_ = end;
  zeroed_ = std::max(zeroed_, end_);
  return {};
}

WriteResult SegmentFile::sync() {
  if (calls().fdatasync(file_.get()) != 0) {
    Error error = directory_->failed(name_);
    error.code = ErrorCode::kInternal;
    return WriteError{std::move(error), true};
  }
  if (!directory_->is_name_of(name_, file_))
    return WriteError{Error{ErrorCode::kInternal, name_ + " was removed or replaced"}, true};
  return {};
}

WriteResult SegmentFile::seal() {
  if (calls().ftruncate(file_.get(), static_cast<off_t>(end_)) != 0)
    return WriteError{directory_->failed(name_), true};
  zeroed_ = end_;
  return sync();
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
