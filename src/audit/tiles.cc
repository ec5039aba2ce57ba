#include "coefficient/audit/tiles.h"

#include <limits>

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr unsigned kTileHeight = 8;

// The number in groups of three digits, all but the last after an 'x'.
std::string index_path(std::uint64_t index) {
  const auto group = [](std::uint64_t value) {
    const std::string digits = std::to_string(value % 1000);
    return std::string(3 - digits.size(), '0') + digits;
  };
  std::string path = group(index);
  while (index >= 1000) {
    index /= 1000;
    path.insert(0, "x" + group(index) + "/");
  }
  return path;
}

std::string width_path(unsigned width) {
  return width == kTileWidth ? "" : ".p/" + std::to_string(width);
}

}  // namespace

std::string tile_path(const Tile& tile) {
  return "tile/" + std::to_string(tile.level) + "/" + index_path(tile.index) +
         width_path(tile.width);
}

std::string entries_path(const Tile& tile) {
  return "tile/entries/" + index_path(tile.index) + width_path(tile.width);
}

std::vector<Tile> new_tiles(unsigned level, std::uint64_t old_size, std::uint64_t size) {
  std::vector<Tile> tiles;
  if (level >= kTileLevels) return tiles;
  const std::uint64_t had = old_size >> (kTileHeight * level);
  const std::uint64_t has = size >> (kTileHeight * level);
  if (has <= had) return tiles;
  std::uint64_t index = had / kTileWidth;
  for (; index < has / kTileWidth; ++index) tiles.push_back(Tile{level, index, kTileWidth});
  if (const auto width = static_cast<unsigned>(has % kTileWidth); width != 0)
    tiles.push_back(Tile{level, index, width});
  return tiles;
}

Result<std::vector<std::byte>> tile_bytes(const HashSource& source, const Tile& tile) {
  if (tile.level >= kTileLevels || tile.width == 0 || tile.width > kTileWidth ||
      tile.index > std::numeric_limits<std::uint64_t>::max() / kTileWidth)
    return Error{ErrorCode::kInvalidArgument, "there can be no such tile"};
  std::vector<std::byte> bytes;
  bytes.reserve(tile.width * kHashBytes);
  for (std::uint64_t i = 0; i < tile.width; ++i) {
    Result<Hash> hash = source.node(kTileHeight * tile.level, tile.index * kTileWidth + i);
    if (!hash) return hash.error();
    bytes.insert(bytes.end(), hash->begin(), hash->end());
  }
  return bytes;
}

Result<> append_entry(std::span<const std::byte> record, std::vector<std::byte>& bundle) {
  if (record.size() > std::numeric_limits<std::uint16_t>::max())
    return Error{ErrorCode::kInvalidArgument, "a record has at most 65,535 bytes"};
  bundle.push_back(static_cast<std::byte>(record.size() >> 8U));
  bundle.push_back(static_cast<std::byte>(record.size() & 0xFFU));
  bundle.insert(bundle.end(), record.begin(), record.end());
  return {};
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
