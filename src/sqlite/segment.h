#ifndef COEFFICIENT_SRC_SQLITE_SEGMENT_H_
#define COEFFICIENT_SRC_SQLITE_SEGMENT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/version.h"
#include "sqlite/chain.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// The largest changeset of one transaction, and the largest file of changes.
inline constexpr std::size_t kMaxChangesetBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMaxSegmentBytes = kMaxChangesetBytes + (std::size_t{8} << 20);
/// Transactions in one file.
inline constexpr std::size_t kMaxSegmentChanges = 4096;

/// A file of changes. Integers are big-endian:
///
///     0   4  "CFC1"             4  4  schema version      8  16  database id
///     24  8  seq of the first   32  4  their number       36  4  zero
///     40  32  hash of the change before the first (chain_hash)
///     72  each: 8 time, 4 length, the patchset
///     then 32  SHA-256 of all before
struct Segment {
  DatabaseId database{};
  Hash previous{};
  Hash last{};                  ///< The chain's hash after the last change; not in the file.
  std::vector<Change> changes;  ///< At least one, of one schema, with successive numbers.

  [[nodiscard]] std::int64_t first_seq() const { return changes.front().seq; }
  [[nodiscard]] std::int64_t last_seq() const { return changes.back().seq; }
};

/// Returns the file's bytes. The caller keeps the limits.
COEFFICIENT_SQLITE_EXPORT Result<std::vector<std::byte>> write_segment(const Segment& segment);

/// Reads what write_segment() writes and nothing else; the changesets are views into `bytes`, and
/// each was checked (check_patchset). Error: kDataLoss, with what is wrong.
COEFFICIENT_SQLITE_EXPORT Result<Segment> read_segment(std::span<const std::byte> bytes);

/// The description of a base snapshot. The file is 144 bytes:
///
///     0   4  "CFB1"             4  4  schema version      8  16  database id
///     24  8  seq of the last change in it                 32  8  its time
///     40  8  size of the database file                    48  32  chain hash at seq
///     80  32  SHA-256 of the database file                112  32  SHA-256 of all before
struct Base {
  DatabaseId database{};
  std::int64_t schema = 0;
  std::int64_t seq = 0;
  std::int64_t time_ms = 0;
  std::uint64_t size = 0;
  Hash chain{};
  Hash content{};
};

inline constexpr std::size_t kBaseBytes = 144;

COEFFICIENT_SQLITE_EXPORT Result<std::vector<std::byte>> write_base(const Base& base);
/// Error: kDataLoss, with what is wrong.
COEFFICIENT_SQLITE_EXPORT Result<Base> read_base(std::span<const std::byte> bytes);

/// Where an archive begins: with which base, and where that stands in the chain. The file is 104
/// bytes:
///
///     0   4  "CFS1"             4  4  1: what was before was pruned; else 0
///     8  16  database id       24  8  seq of the base
///     32  8  its time          40  32  chain hash at seq
///     72  32  SHA-256 of all before
struct Start {
  DatabaseId database{};
  bool pruned = false;
  std::int64_t seq = 0;
  std::int64_t time_ms = 0;
  Hash chain{};
};

inline constexpr std::size_t kStartBytes = 104;

COEFFICIENT_SQLITE_EXPORT Result<std::vector<std::byte>> write_start(const Start& start);
/// Error: kDataLoss, with what is wrong.
COEFFICIENT_SQLITE_EXPORT Result<Start> read_start(std::span<const std::byte> bytes);

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_SEGMENT_H_
