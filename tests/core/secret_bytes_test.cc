#include "coefficient/core/secret_bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <type_traits>
#include <utility>

using coefficient::SecretBytes;
static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, std::string_view>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);

TEST(SecretBytes, ComparesByContents) {
  EXPECT_TRUE(constant_time_equal(SecretBytes::copy_of("abc"), SecretBytes::copy_of("abc")));
  EXPECT_FALSE(constant_time_equal(SecretBytes::copy_of("abc"), SecretBytes::copy_of("abd")));
  EXPECT_FALSE(constant_time_equal(SecretBytes::copy_of("abc"), SecretBytes::copy_of("ab")));
  EXPECT_TRUE(constant_time_equal(SecretBytes{}, SecretBytes::copy_of("")));
}

TEST(SecretBytes, EachBitAtEachPlaceIsCompared) {
  for (std::size_t size = 1; size <= 65; ++size) {
    const std::string text(size, 'x');
    std::string other = text;
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      const auto flip = [&] { other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8); };
      flip();
      ASSERT_FALSE(constant_time_equal(SecretBytes::copy_of(text), SecretBytes::copy_of(other)));
      flip();
    }
    ASSERT_TRUE(constant_time_equal(SecretBytes::copy_of(text), SecretBytes::copy_of(other)));
  }
}

TEST(SecretBytes, MovesLeaveAnEmptySecretBehind) {
  SecretBytes a = SecretBytes::copy_of("secret");
  SecretBytes b = std::move(a);
  EXPECT_EQ(a.size(), 0U);  // NOLINT(bugprone-use-after-move): the moved-from state is documented
  EXPECT_EQ(b.size(), 6U);
  b = SecretBytes::copy_of("x");
  EXPECT_EQ(b.expose().size(), 1U);
  SecretBytes& self = b;
  b = std::move(self);
  EXPECT_EQ(b.size(), 1U);
}

TEST(SecretBytes, WipeOverwrites) {
  std::array<std::byte, 4> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  coefficient::wipe(bytes);
  EXPECT_EQ(bytes, (std::array<std::byte, 4>{}));
}

TEST(SecretBytes, IsWrittenInPlace) {
  SecretBytes made = SecretBytes::for_overwrite(3);
  ASSERT_EQ(made.expose_for_writing().size(), 3U);
  for (std::byte& b : made.expose_for_writing()) b = std::byte{'x'};
  EXPECT_TRUE(constant_time_equal(made, SecretBytes::copy_of("xxx")));
  EXPECT_TRUE(SecretBytes::for_overwrite(0).empty());
}
