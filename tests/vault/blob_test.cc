#include "coefficient/vault/blob.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "vault/support.h"

using coefficient::vault::Blob;
using test::Bytes;

namespace {

Bytes bytes_of(const Blob& blob) {
  return {blob.begin(), blob.end()};
}

}  // namespace

TEST(Blob, HoldsWhatItWasMadeOfOrWhatIsWrittenToIt) {
  const Bytes content = test::random(1000);
  const Blob copied(content);
  EXPECT_EQ(copied.size(), 1000U);
  EXPECT_EQ(bytes_of(copied), content);
  Blob written = Blob::for_overwrite(content.size());
  std::copy(content.begin(), content.end(), written.begin());
  EXPECT_EQ(written, copied);
  written.data()[999] ^= std::byte{1};
  EXPECT_NE(written, copied);
}

TEST(Blob, IsEmptyWithoutMemory) {
  for (const Blob& blob : {Blob(), Blob(Bytes()), Blob::for_overwrite(0)}) {
    EXPECT_TRUE(blob.empty());
    EXPECT_EQ(blob.data(), nullptr);
    EXPECT_EQ(blob.begin(), blob.end());
    EXPECT_EQ(blob, Blob());
    EXPECT_NE(blob, Blob(Bytes(1)));
  }
}

TEST(Blob, IsCopiedAndMovedAsAValue) {
  const Bytes content = test::random(300);
  Blob blob(content);
  Blob copy = blob;
  EXPECT_NE(copy.data(), blob.data());
  EXPECT_EQ(copy, blob);
  copy.data()[0] ^= std::byte{1};
  EXPECT_EQ(bytes_of(blob), content) << "a copy is another object";
  copy = blob;
  EXPECT_EQ(copy, blob);
  const Blob& same = copy;
  copy = same;
  EXPECT_EQ(copy, blob) << "assigned to itself";

  const std::byte* const memory = blob.data();
  Blob moved = std::move(blob);
  EXPECT_EQ(moved.data(), memory);
  EXPECT_TRUE(blob.empty());  // NOLINT(bugprone-use-after-move): that it is empty is promised
  EXPECT_EQ(blob.data(), nullptr);
  blob = std::move(moved);
  EXPECT_EQ(bytes_of(blob), content);
  Blob& itself = blob;
  blob = std::move(itself);
  EXPECT_EQ(bytes_of(blob), content) << "moved to itself";
  static_assert(std::is_nothrow_move_constructible_v<Blob> &&
                std::is_nothrow_move_assignable_v<Blob>);
}
