#ifndef COEFFICIENT_AUDIT_TILES_H_
#define COEFFICIENT_AUDIT_TILES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// The log as static files (C2SP tlog-tiles): a tree cut in pieces of 256 hashes, from which any
/// client makes any proof. Whatever serves files can serve them.
///
/// Thread safety: pure functions.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr unsigned kTileWidth = 256;
inline constexpr unsigned kTileLevels = 8;  ///< A tree of 2^64 leaves has no more.

/// `width` hashes of the tree, `index * 256` hashes from the left, at the height 8 * level.
struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;  ///< 1 to 256; less than 256 is a partial tile.
  friend bool operator==(const Tile&, const Tile&) = default;
};

/// Returns the tile's name below the log's prefix, as in "tile/0/x001/x234/067.p/3".
COEFFICIENT_AUDIT_EXPORT std::string tile_path(const Tile& tile);
/// Returns the name of the records of a tile of level 0, as in "tile/entries/000.p/3".
COEFFICIENT_AUDIT_EXPORT std::string entries_path(const Tile& tile);

/// Returns the tiles of `level` that a tree of `size` leaves has and one of `old_size` has not: the
/// full ones and the partial one, from left to right. None if level >= kTileLevels. 24 bytes each;
/// a tree of a thousand million leaves has four million of level 0.
COEFFICIENT_AUDIT_EXPORT std::vector<Tile> new_tiles(unsigned level, std::uint64_t old_size,
                                                     std::uint64_t size);

/// Returns the tile's bytes, 32 a hash. Errors: kInvalidArgument if there can be no such tile;
/// those of source.node().
COEFFICIENT_AUDIT_EXPORT Result<std::vector<std::byte>> tile_bytes(const HashSource& source,
                                                                   const Tile& tile);

/// Appends a record to a bundle of them: its length as two bytes, big-endian, and itself. Error:
/// kInvalidArgument above 65,535 bytes.
COEFFICIENT_AUDIT_EXPORT Result<> append_entry(std::span<const std::byte> record,
                                               std::vector<std::byte>& bundle);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_TILES_H_
