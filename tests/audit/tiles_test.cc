#include "coefficient/audit/tiles.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

namespace audit = coefficient::audit;
using audit::Hash;
using audit::Tile;
using coefficient::ErrorCode;

audit::HashTree tree_of(std::uint64_t size) {
  audit::HashTree tree;
  for (std::uint64_t i = 0; i < size; ++i) {
    const std::string record = std::to_string(i);
    EXPECT_TRUE(tree.append(*audit::leaf_hash(std::as_bytes(std::span<const char>(record)))));
  }
  return tree;
}

TEST(Tiles, HaveTheNamesThatTheSpecificationGives) {
  EXPECT_EQ(audit::tile_path({0, 1234067, 256}), "tile/0/x001/x234/067");
  EXPECT_EQ(audit::tile_path({2, 0, 1}), "tile/2/000.p/1");
  EXPECT_EQ(audit::tile_path({0, 1000, 255}), "tile/0/x001/000.p/255");
  EXPECT_EQ(audit::entries_path({0, 999, 256}), "tile/entries/999");
  EXPECT_EQ(audit::entries_path({0, 5, 7}), "tile/entries/005.p/7");
}

TEST(Tiles, OfATreeAreThoseThatTheSpecificationCounts) {
  const auto level0 = audit::new_tiles(0, 0, 70'000);
  ASSERT_EQ(level0.size(), 274U);
  EXPECT_EQ(level0.back(), (Tile{0, 273, 112}));
  EXPECT_EQ(audit::new_tiles(1, 0, 70'000), (std::vector<Tile>{{1, 0, 256}, {1, 1, 17}}));
  EXPECT_EQ(audit::new_tiles(2, 0, 70'000), (std::vector<Tile>{{2, 0, 1}}));
  EXPECT_TRUE(audit::new_tiles(3, 0, 70'000).empty());
  EXPECT_EQ(audit::new_tiles(0, 0, 256), (std::vector<Tile>{{0, 0, 256}}));
  EXPECT_EQ(audit::new_tiles(1, 0, 256), (std::vector<Tile>{{1, 0, 1}}));
  EXPECT_TRUE(audit::new_tiles(8, 0, ~std::uint64_t{0}).empty());
  EXPECT_EQ(audit::new_tiles(7, 0, ~std::uint64_t{0}).size(), 1U);
}

TEST(Tiles, OfAGrowingTreeAreAllMadeOnce) {
  std::set<std::string> grown;
  std::uint64_t size = 0;
  for (const std::uint64_t next : {1U, 1U, 200U, 256U, 257U, 700U, 66'000U}) {
    for (unsigned level = 0; level < audit::kTileLevels; ++level)
      for (const Tile& tile : audit::new_tiles(level, size, next))
        EXPECT_TRUE(grown.insert(audit::tile_path(tile)).second) << audit::tile_path(tile);
    for (unsigned level = 0; level < audit::kTileLevels; ++level)
      for (const Tile& tile : audit::new_tiles(level, 0, next))
        EXPECT_TRUE(grown.contains(audit::tile_path(tile))) << audit::tile_path(tile);
    size = next;
  }
}

// A client: all the hashes that it has are those of the tiles.
class TileClient final : public audit::HashSource {
 public:
  TileClient(const audit::HashTree& log, std::uint64_t size) {
    for (unsigned level = 0; level < audit::kTileLevels; ++level)
      for (const Tile& tile : audit::new_tiles(level, 0, size)) {
        const auto bytes = *audit::tile_bytes(log, tile);
        for (std::size_t i = 0; i < tile.width; ++i)
          std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * 32), 32,
                      hashes_[{level, tile.index * 256 + i}].begin());
      }
  }
  [[nodiscard]] coefficient::Result<Hash> node(unsigned level, std::uint64_t index) const override {
    if (const auto found = hashes_.find({level / 8, index});
        level % 8 == 0 && found != hashes_.end())
      return found->second;
    if (level % 8 == 0) return coefficient::Error{ErrorCode::kNotFound, "no such tile"};
    const auto left = node(level - 1, 2 * index);
    const auto right = node(level - 1, 2 * index + 1);
    if (!left) return left;
    if (!right) return right;
    return audit::node_hash(*left, *right);
  }

 private:
  std::map<std::pair<unsigned, std::uint64_t>, Hash> hashes_;
};

TEST(Tiles, AreEnoughForEveryProof) {
  constexpr std::uint64_t kSize = 66'000;
  const audit::HashTree log = tree_of(kSize);
  const TileClient client(log, kSize);
  EXPECT_EQ(*audit::tree_root(client, kSize), *audit::tree_root(log, kSize));
  for (std::uint64_t i = 0; i < kSize; i += 977) {
    EXPECT_EQ(*audit::prove_inclusion(client, i, kSize), *audit::prove_inclusion(log, i, kSize));
    EXPECT_EQ(*audit::prove_consistency(client, i + 1, kSize),
              *audit::prove_consistency(log, i + 1, kSize));
  }
}

TEST(Tiles, RefuseWhatIsNotThere) {
  const audit::HashTree log = tree_of(10);
  EXPECT_EQ(audit::tile_bytes(log, {0, 0, 10})->size(), 320U);
  EXPECT_EQ(audit::tile_bytes(log, {0, 0, 11}).error().code, ErrorCode::kNotFound);
  for (const Tile& bad : std::vector<Tile>{{8, 0, 1}, {0, 0, 0}, {0, 0, 257}, {0, ~0ULL, 1}})
    EXPECT_EQ(audit::tile_bytes(log, bad).error().code, ErrorCode::kInvalidArgument);
  std::vector<std::byte> bundle;
  ASSERT_TRUE(audit::append_entry(std::vector<std::byte>(65'535, std::byte{7}), bundle));
  EXPECT_EQ(bundle.size(), 65'537U);
  EXPECT_EQ(bundle[0], std::byte{0xFF});
  EXPECT_FALSE(audit::append_entry(std::vector<std::byte>(65'536), bundle));
}

}  // namespace
