#ifndef COEFFICIENT_AUDIT_CHECKPOINT_H_
#define COEFFICIENT_AUDIT_CHECKPOINT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/note.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// Checkpoints (C2SP tlog-checkpoint): the size and root of a log, signed as a note. Whoever holds
/// one can later be shown whether the log still is what it was then.
///
/// Thread safety: pure functions.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// What a checkpoint says.
struct Checkpoint {
  std::string origin;  ///< Which log: one line, and the name of the keys that sign for it.
  std::uint64_t size = 0;
  Hash root = {};
  std::vector<std::string> extensions;  ///< Further lines; ours have none.

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// Returns the text that is signed. Error: kInvalidArgument if the origin or an extension is empty,
/// is not UTF-8, or has a control character.
COEFFICIENT_AUDIT_EXPORT Result<std::string> checkpoint_text(const Checkpoint& checkpoint);

/// Reads that text, signatures apart. Error: kInvalidArgument says which line is malformed.
COEFFICIENT_AUDIT_EXPORT Result<Checkpoint> parse_checkpoint_text(std::string_view text);

/// Returns the signed checkpoint. Errors: those of checkpoint_text() and sign_note().
COEFFICIENT_AUDIT_EXPORT Result<std::string> sign_checkpoint(
    const Checkpoint& checkpoint, std::span<const NoteSigner* const> signers);

/// Returns the checkpoint in `note`, if it is of the log `origin` and a key of `log_keys` that has
/// the origin as its name signed it. A witness alone does not make a checkpoint. Errors: those of
/// open_note() and parse_checkpoint_text(); kUnauthenticated if it is another log's.
COEFFICIENT_AUDIT_EXPORT Result<Checkpoint> open_checkpoint(std::string_view note,
                                                            std::string_view origin,
                                                            std::span<const NoteVerifier> log_keys);

/// Returns how many of `witnesses` (keys of kind kCosignature, each counted once) cosigned the
/// checkpoint in `note`. Errors: those of open_note() but for "nobody signed", which is 0.
COEFFICIENT_AUDIT_EXPORT Result<std::size_t> count_cosignatures(
    std::string_view note, std::span<const NoteVerifier> witnesses);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_CHECKPOINT_H_
