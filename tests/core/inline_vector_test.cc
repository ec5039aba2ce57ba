#include "core/inline_vector.h"

#include <gtest/gtest.h>

#include <memory>

using coefficient::detail::InlineVector;

TEST(InlineVector, HoldsAndDestroysWhatWasPutIn) {
  const auto alive = std::make_shared<int>(7);
  {
    struct Element {
      std::shared_ptr<int> p;
      int n;
    };
    InlineVector<Element, 4> v;
    EXPECT_TRUE(v.empty());
    v.emplace_back(alive, 1);
    EXPECT_EQ(v.emplace_back(alive, 2).n, 2);
    EXPECT_EQ(v.size(), 2U);
    EXPECT_EQ(alive.use_count(), 3);
    int sum = 0;
    for (const Element& e : v) sum += e.n;
    EXPECT_EQ(sum, 3);
  }
  EXPECT_EQ(alive.use_count(), 1);
}
