#ifndef COEFFICIENT_SRC_AUDIT_SEGMENT_FILE_H_
#define COEFFICIENT_SRC_AUDIT_SEGMENT_FILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "audit/directory.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// A failure to write, and whether the file is still what it was before.
struct WriteError {
  Error error;
  bool fatal = false;  ///< It is not known what the file holds: nothing more may be written.
};
inline const char* describe(const WriteError& e) noexcept {
  return e.error.message.c_str();
}
using WriteResult = Result<void, WriteError>;

/// The segment that is written to. Unless it is buffered, zeros are written well before records
/// are: then a record changes no metadata of the file, waiting for the disk is faster, and what is
/// kept back of the zeros has room for a last record when the disk is full.
///
/// Thread safety: distinct objects only.
class SegmentFile {
 public:
  struct Options {
    bool buffered = false;
    std::uint64_t preallocate_bytes = 0;
    std::uint64_t reserve_bytes = 0;
  };
  /// Makes a new segment, durable with its name.
  static Result<SegmentFile, WriteError> create(const Directory& directory, const Frontier& before,
                                                const Options& options);
  /// Goes on with an existing one, whose records end at `end`; what is behind is zeros.
  static Result<SegmentFile> open(const Directory& directory, const std::string& name,
                                  std::uint64_t end, const Options& options);

  /// Appends `bytes`; not durable yet. `use_reserve`: also where room is kept back. On an error
  /// that is not fatal the file is as before; kResourceExhausted: the disk is full.
  WriteResult append(std::span<const std::byte> bytes, bool use_reserve);
  /// Waits for the disk. Every error is fatal, kInternal: the kernel may have dropped the bytes.
  /// So is a file that was unlinked or replaced: what is in it, nobody would find.
  WriteResult sync();
  /// Cuts the zeros off, and syncs.
  WriteResult seal();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }

 private:
  SegmentFile(const Directory& directory, std::string name, Descriptor file, const Options& options)
      : directory_(&directory), name_(std::move(name)), file_(std::move(file)), options_(options) {}
  WriteResult extend(std::uint64_t to);
  WriteResult cut(std::uint64_t to, Error error);
  [[nodiscard]] FileCalls& calls() const noexcept { return directory_->calls(); }

  const Directory* directory_;
  std::string name_;
  Descriptor file_;
  Options options_;
  std::uint64_t end_ = 0;     // of the records
  std::uint64_t zeroed_ = 0;  // up to here zeros were written, or records
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_SEGMENT_FILE_H_
