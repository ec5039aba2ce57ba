#ifndef COEFFICIENT_AUDIT_WITNESS_H_
#define COEFFICIENT_AUDIT_WITNESS_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/audit/anchor.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/note.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// Witnesses (C2SP tlog-witness): servers of others that sign a log's checkpoint only if it is
/// consistent with the last one that they signed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Returns the body of an add-checkpoint request: from the tree of `old_size` leaves that the
/// witness knows, by `proof`, to `checkpoint`. Error: kInvalidArgument if the proof has over 63
/// hashes, or any at all from the empty tree. Thread safety: pure function.
COEFFICIENT_AUDIT_EXPORT Result<std::string> add_checkpoint_body(std::uint64_t old_size,
                                                                 std::span<const Hash> proof,
                                                                 std::string_view checkpoint);

/// Returns `checkpoint` with the signature lines that a witness answered, if that is what `answer`
/// is and `witness` signed one of them. Lines of other keys are left out. Errors:
/// kInvalidArgument, kUnauthenticated, kResourceExhausted. Thread safety: pure function.
COEFFICIENT_AUDIT_EXPORT Result<std::string> add_cosignature(std::string_view checkpoint,
                                                             std::string_view answer,
                                                             const NoteVerifier& witness);

/// What an HTTP server answered.
struct WitnessAnswer {
  int status = 0;
  std::string body;
};

/// One witness as an anchor. The host sends the requests: POST, the body as it is, to the witness's
/// submission prefix and "/add-checkpoint".
///
/// Thread safety: as AnchorSink.
class COEFFICIENT_AUDIT_EXPORT WitnessAnchor final : public AnchorSink {
 public:
  using Send = std::function<Result<WitnessAnswer>(std::string_view body)>;
  /// `source` must outlive the anchor, hold the trees of all checkpoints that it is given and be
  /// safe to read while run_once() runs. `old_size` is what the witness last signed; if that is
  /// wrong, it says so and is asked again, once.
  WitnessAnchor(NoteVerifier witness, const HashSource& source, Send send,
                std::uint64_t old_size = 0);
  /// Errors: those of `send`; kFailedPrecondition if the witness knows a larger tree, or one that
  /// this is not consistent with (status 422); kPermissionDenied for 403 and 404; kUnavailable for
  /// any other status; those of add_cosignature() and of the source.
  Result<> publish(std::string_view checkpoint) override;
  /// Returns the last checkpoint that the witness signed, with its signature; empty before that.
  [[nodiscard]] const std::string& cosigned() const noexcept { return cosigned_; }

 private:
  Result<WitnessAnswer> ask(std::uint64_t size, std::string_view checkpoint);
  NoteVerifier witness_;
  const HashSource* source_;
  Send send_;
  std::uint64_t old_size_;
  std::string cosigned_;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_WITNESS_H_
