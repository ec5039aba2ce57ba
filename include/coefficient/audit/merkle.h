#ifndef COEFFICIENT_AUDIT_MERKLE_H_
#define COEFFICIENT_AUDIT_MERKLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coefficient/audit/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// The Merkle tree of RFC 6962 section 2.1 over SHA-256: what makes a log of records one that can
/// prove that it holds a record, and that a later state of it has an earlier one as its prefix.
/// Any verifier of certificate transparency proofs accepts the proofs made here.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::size_t kHashBytes = 32;
using Hash = std::array<std::byte, kHashBytes>;

/// Returns SHA-256(0x00 | record), the hash of a leaf. Error: kInternal if OpenSSL failed.
/// Thread safety: may be called concurrently; each thread keeps its own hash context.
COEFFICIENT_AUDIT_EXPORT Result<Hash> leaf_hash(std::span<const std::byte> record);

/// Returns SHA-256(0x01 | left | right), the hash of an inner node. Otherwise as leaf_hash().
COEFFICIENT_AUDIT_EXPORT Result<Hash> node_hash(const Hash& left, const Hash& right);

/// Returns the root of the tree without leaves: SHA-256 of nothing.
COEFFICIENT_AUDIT_EXPORT Hash empty_root() noexcept;

/// The right edge of a tree: all that is needed to append leaves and to know the root. It holds
/// the roots of the complete subtrees that the tree consists of, one for each bit set in its size.
///
/// Thread safety: distinct objects only; const members may be called concurrently.
class COEFFICIENT_AUDIT_EXPORT Frontier {
 public:
  /// The tree without leaves.
  Frontier() noexcept = default;

  /// Returns the frontier of a tree of `size` leaves whose complete subtrees, largest (leftmost)
  /// first, have the roots `peaks`. Error: kInvalidArgument if there is not one for each bit set.
  static Result<Frontier> from_peaks(std::uint64_t size, std::span<const Hash> peaks);

  /// Appends a leaf by its hash: two node hashes at the worst per leaf, one on average.
  /// Errors: kInternal if OpenSSL failed, the tree is then as it was; kResourceExhausted at
  /// 2^64 - 1 leaves.
  Result<> append(const Hash& leaf);

  /// Returns the root, in at most 63 hashes; empty_root() of no leaves. Error: kInternal.
  [[nodiscard]] Result<Hash> root() const;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Returns the roots of the complete subtrees, largest first. Valid until the next append().
  [[nodiscard]] std::span<const Hash> peaks() const noexcept { return {peaks_.data(), count_}; }

 private:
  std::uint64_t size_ = 0;
  std::size_t count_ = 0;
  std::array<Hash, 64> peaks_{};
};

/// Where the hashes of a tree are read from, to make proofs.
///
/// Thread safety: as the implementation says; the functions below call it from their own thread.
class COEFFICIENT_AUDIT_EXPORT HashSource {
 public:
  HashSource() = default;
  HashSource(const HashSource&) = default;
  HashSource& operator=(const HashSource&) = default;
  HashSource(HashSource&&) = default;
  HashSource& operator=(HashSource&&) = default;
  virtual ~HashSource();
  /// Returns the root of the complete subtree over the leaves [index << level,
  /// (index + 1) << level); level 0 is a leaf's hash. Errors: kNotFound if the source does not
  /// have it (beyond its end, or pruned), and whatever reading it can give.
  [[nodiscard]] virtual Result<Hash> node(unsigned level, std::uint64_t index) const = 0;
};

/// A tree in memory, 64 bytes a leaf, that proofs are made from. It may begin with the frontier of
/// a prefix whose leaves are not known (pruned): what lies inside that prefix is then kNotFound.
///
/// Thread safety: const members may be called concurrently.
class COEFFICIENT_AUDIT_EXPORT HashTree final : public HashSource {
 public:
  HashTree() = default;
  /// Begins after the leaves of `prefix`.
  explicit HashTree(const Frontier& prefix);
  /// Appends a leaf by its hash. Error: kInternal, the tree is then as it was.
  Result<> append(const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] Result<Hash> node(unsigned level, std::uint64_t index) const override;

 private:
  struct Level {
    std::uint64_t first = 0;  // index of hashes[0]
    std::vector<Hash> hashes;
  };
  std::uint64_t size_ = 0;
  std::vector<Level> levels_;
};

/// Returns the root of the tree of the first `size` leaves. Errors: those of source.node().
COEFFICIENT_AUDIT_EXPORT Result<Hash> tree_root(const HashSource& source, std::uint64_t size);

/// Returns the path of RFC 6962 section 2.1.1 from leaf `index` to the root of the tree of the
/// first `size` leaves, the leaf's sibling first. Errors: kInvalidArgument unless index < size;
/// those of source.node().
COEFFICIENT_AUDIT_EXPORT Result<std::vector<Hash>> prove_inclusion(const HashSource& source,
                                                                   std::uint64_t index,
                                                                   std::uint64_t size);

/// Returns the proof of RFC 6962 section 2.1.2 that the tree of `first` leaves is a prefix of that
/// of `second`; empty if they are equal. Errors: kInvalidArgument unless 0 < first <= second (of
/// the empty tree there is nothing to prove); those of source.node().
COEFFICIENT_AUDIT_EXPORT Result<std::vector<Hash>> prove_consistency(const HashSource& source,
                                                                     std::uint64_t first,
                                                                     std::uint64_t second);

/// Returns nothing if `proof` shows that `leaf` is number `index` of the tree of `size` leaves
/// with the root `root` (RFC 9162 section 2.1.3.2). Errors: kInvalidArgument unless index < size,
/// or if the proof has not the one length it can have; kUnauthenticated if it leads to another
/// root; kInternal if OpenSSL failed.
COEFFICIENT_AUDIT_EXPORT Result<> verify_inclusion(const Hash& leaf, std::uint64_t index,
                                                   std::uint64_t size, std::span<const Hash> proof,
                                                   const Hash& root);

/// Returns nothing if `proof` shows that the tree of `first` leaves and root `first_root` is a
/// prefix of that of `second` leaves and root `second_root` (RFC 9162 section 2.1.4.2). Errors:
/// kInvalidArgument unless 0 < first <= second, or if the proof has not the one length it can
/// have; kUnauthenticated if it does not lead to both roots; kInternal if OpenSSL failed.
COEFFICIENT_AUDIT_EXPORT Result<> verify_consistency(std::uint64_t first, const Hash& first_root,
                                                     std::uint64_t second, const Hash& second_root,
                                                     std::span<const Hash> proof);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_MERKLE_H_
