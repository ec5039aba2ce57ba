#include "webhook/request_headers.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using coefficient::webhook::detail::is_visible;

// Each byte value at each place of texts of each length around those that are read at once.
TEST(RequestHeaders, VisibleIsExactAtEveryPlace) {
  for (std::size_t size = 1; size <= 40; ++size) {
    std::string text(size, 'v');
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        text[at] = static_cast<char>(c);
        ASSERT_EQ(is_visible(text, 40), c > 0x20 && c < 0x7F) << size << ' ' << at << ' ' << c;
      }
      text[at] = at % 2 == 0 ? '!' : '~';
    }
    EXPECT_TRUE(is_visible(text, size));
    EXPECT_FALSE(is_visible(text, size - 1));
  }
  EXPECT_FALSE(is_visible("", 40));
}

}  // namespace
