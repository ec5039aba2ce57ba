#ifndef COEFFICIENT_AUDIT_KEY_CHAIN_H_
#define COEFFICIENT_AUDIT_KEY_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/audit/checkpoint.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/note.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::size_t kMaxKeyChainBytes = std::size_t{4} << 20;  ///< Some 10,000 epochs.

/// One key's term of office.
struct Epoch {
  std::uint64_t number = 0;
  NoteVerifier key;
  std::uint64_t first_size = 0;  ///< The tree when it began: this key signs for no smaller one.
  Hash first_root = empty_root();
};

/// The public keys of a log, one after the other. The first, the root key, is what a verifier is
/// told by hand; each signed for its successor, with the tree as it then was, and was destroyed.
/// So whoever steals the key of today cannot rewrite what was there when its epoch began: the
/// statement on that tree can no longer be signed anew. Whoever reads a log must compare it with
/// these trees, though: a later checkpoint alone does not show that it goes on from them.
///
/// As text, a sequence of signed notes (C2SP signed-note) of 8 lines each, made by the key before:
///
///     coefficient-audit-epoch-v1
///     <origin>
///     <number of the new epoch, from 1>
///     <the new verifier key>
///     <size of the tree>
///     <root of the tree in base64>
///
///     — <origin> <signature>
///
/// All keys have the log's origin as their name.
///
/// Thread safety: const members may be called concurrently.
class COEFFICIENT_AUDIT_EXPORT KeyChain {
 public:
  /// The chain of the root key alone. Its name is the origin.
  explicit KeyChain(NoteVerifier root);

  /// Reads the text of a chain that begins with `root`. Errors: kInvalidArgument says in which
  /// entry what is malformed; kUnauthenticated if one is not signed by the key before, or is of
  /// another log; kResourceExhausted above kMaxKeyChainBytes.
  static Result<KeyChain> parse(NoteVerifier root, std::string_view text);

  /// Returns the entry by which `from`, the key of this chain's last epoch, makes `to` the next
  /// one, at the tree of `size` leaves and root `root`. Errors: kInvalidArgument if from or to is
  /// not such a key, or if the tree is smaller than at the last change; kInternal.
  [[nodiscard]] Result<std::string> hand_over(const NoteSigner& from, const NoteVerifier& to,
                                              std::uint64_t size, const Hash& root) const;
  /// Adds an entry. Errors as for parse(); the chain is then as it was.
  Result<> append(std::string_view entry);

  /// Returns the checkpoint in `note`, if the keys of this chain that signed it may speak of a tree
  /// of its size: no smaller than at their beginning, no larger than at their end, and with the
  /// root that is on record for either. Errors: those of audit::open_checkpoint().
  [[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view note) const;

  [[nodiscard]] const std::string& origin() const noexcept { return epochs_.front().key.name(); }
  /// Returns all epochs; at least one.
  [[nodiscard]] const std::vector<Epoch>& epochs() const noexcept { return epochs_; }
  /// Returns what parse() reads: empty while the root key is in office.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::vector<Epoch> epochs_;
  std::string text_;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_KEY_CHAIN_H_
