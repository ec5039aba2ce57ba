#ifndef COEFFICIENT_SRC_AUDIT_CHECKPOINT_FILE_H_
#define COEFFICIENT_SRC_AUDIT_CHECKPOINT_FILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/directory.h"
#include "coefficient/audit/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr const char* kCheckpointsName = "checkpoints";

/// The notes of a file of checkpoints: each is followed by an empty line.
struct CheckpointNotes {
  std::vector<std::string_view> notes;  ///< Views of the text.
  std::size_t whole = 0;                ///< The bytes of what is complete; behind it is torn.
};
/// Takes such a text apart; whether the notes are genuine is not looked at.
COEFFICIENT_AUDIT_EXPORT CheckpointNotes split_notes(std::string_view text);

/// The notes of the file, one after the other, up to where it ended when it was opened. However
/// long it is, some of it is in memory: that of two notes at most.
///
/// Thread safety: distinct objects only.
class COEFFICIENT_AUDIT_EXPORT CheckpointReader {
 public:
  /// Errors: those of Directory. The directory must outlive it.
  static Result<CheckpointReader> open(const Directory& directory);
  /// Returns the next note, valid until the next call; nothing behind the last whole one. Whether
  /// it is genuine is not looked at. kDataLoss if what comes is what no interrupted write leaves:
  /// something longer than any note, or no beginning of one of the same log, perhaps with zeros
  /// behind it.
  Result<std::optional<std::string_view>> next();
  /// Returns the bytes of the notes that next() has returned.
  [[nodiscard]] std::uint64_t whole() const noexcept { return whole_; }
  /// Returns how many bytes are behind them: once next() has returned nothing, what an interrupted
  /// write left.
  [[nodiscard]] std::uint64_t rest() const noexcept { return end_ - whole_; }

 private:
  CheckpointReader(const Directory& directory, Descriptor file, std::uint64_t end)
      : directory_(&directory), file_(std::move(file)), end_(end) {}
  Result<> fill();
  const Directory* directory_;
  Descriptor file_;
  std::uint64_t end_;
  std::uint64_t read_to_ = 0;
  std::uint64_t whole_ = 0;
  std::string buffer_;
  std::size_t at_ = 0;  // of the next note
  std::string origin_;  // of the notes before
};

struct LastNote {
  std::string text;        ///< Empty if there is none.
  std::uint64_t end = 0;   ///< Of the whole notes, in bytes of the file.
  std::uint64_t torn = 0;  ///< How many bytes an interrupted write left behind that.
};
/// Returns the last whole note of the file. Errors: those of CheckpointReader; kDataLoss if the
/// size of one is smaller than that of the one before, or is none: the last is then not the newest.
/// Time is linear in the file.
Result<LastNote> read_last_note(const Directory& directory);

/// The checkpoints of a log that is written to: appended one by one, each durable.
///
/// Thread safety: distinct objects only.
class CheckpointFile {
 public:
  /// Makes a new file.
  static Result<CheckpointFile> create(const Directory& directory);
  /// Opens one of which `whole` bytes count; cuts off the rest.
  static Result<CheckpointFile> open(const Directory& directory, std::uint64_t whole);
  /// Errors: as Directory has them, the file is then as before; kInternal if that is not known,
  /// and all further calls are kFailedPrecondition.
  Result<> append(std::string_view note);

 private:
  CheckpointFile(const Directory& directory, Descriptor file, std::uint64_t end)
      : directory_(&directory), file_(std::move(file)), end_(end) {}
  const Directory* directory_;
  Descriptor file_;
  std::uint64_t end_;
  bool failed_ = false;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_CHECKPOINT_FILE_H_
