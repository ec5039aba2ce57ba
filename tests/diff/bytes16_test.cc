#include "diff/bytes16.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "support/seed.h"

namespace {

namespace bytes16 = coefficient::diff::detail::bytes16;

std::size_t counted(const std::string& text, char wanted) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), wanted));
}

TEST(Bytes16, CountsWhatStdCountDoes) {
  std::mt19937 random(test::seed());
  for (std::size_t size = 0; size < 9000; size = size < 300 ? size + 1 : size * 2 + 1) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random() % 4 == 0 ? '\n' : random());
    for (const char wanted : {'\n', '\0', '\xff', 'a'})
      EXPECT_EQ(bytes16::count(text, wanted), counted(text, wanted)) << size;
  }
}

TEST(Bytes16, ALaneDoesNotOverflow) {
  for (const std::size_t size : {4079U, 4080U, 4081U, 4096U, 100'000U})
    EXPECT_EQ(bytes16::count(std::string(size, '\n'), '\n'), size);
}

}  // namespace
