#include "ratelimit/wide.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

#include "support/seed.h"

using coefficient::ratelimit::quotient;
using coefficient::ratelimit::reciprocal_of;

TEST(Wide, QuotientIsWhatDivisionGives) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint64_t> edges{0, 1, 2, 3, 5, 7, 10, 1'000'000'007, kLargest, kLargest - 1};
  for (int bit = 2; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    edges.insert(edges.end(), {power - 1, power, power + 1});
  }
  for (const std::uint64_t b : edges) {
    if (b == 0) continue;
    for (const std::uint64_t a : edges)
      for (const std::uint64_t near : {a, a - a % b, a - a % b - 1})
        ASSERT_EQ(quotient(near, b, reciprocal_of(b)), near / b) << near << " / " << b;
  }
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 1'000'000; ++i) {
    const std::uint64_t b = (random() >> random() % 64) | 1U;
    const std::uint64_t a = random() >> random() % 64;
    ASSERT_EQ(quotient(a, b, reciprocal_of(b)), a / b) << a << " / " << b;
  }
}
