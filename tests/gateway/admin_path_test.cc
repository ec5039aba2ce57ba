#include "admin_path.h"

#include <gtest/gtest.h>

#include <string>

using namespace gateway;

TEST(AdminPath, MatchesItsPathsAndNoOthers) {
  const auto list = match_admin_path("/admin/deliveries");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->permission, "delivery:list");
  EXPECT_EQ(list->method, "GET");
  const auto receipt = match_admin_path("/admin/receipts/123456789012345678");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->permission, "receipt:read");
  EXPECT_EQ(receipt->id, 123456789012345678);
  const auto requeue = match_admin_path("/admin/deliveries/7/requeue");
  ASSERT_TRUE(requeue);
  EXPECT_EQ(requeue->permission, "delivery:requeue");
  EXPECT_EQ(requeue->method, "POST");
  EXPECT_EQ(requeue->id, 7);
  for (const char* path : {"",
                           "/",
                           "/admin",
                           "/admin/",
                           "/admin/deliveries/",
                           "/admin/deliveries/7",
                           "/admin/deliveries/7/requeue/",
                           "/admin/deliveries//requeue",
                           "/admin/deliveries/requeue",
                           "/admin/deliveries/0/requeue",
                           "/admin/deliveries/07/requeue",
                           "/admin/deliveries/+7/requeue",
                           "/admin/receipts",
                           "/admin/receipts/",
                           "/admin/receipts/0",
                           "/admin/receipts/-1",
                           "/admin/receipts/1 ",
                           "/admin/receipts/0x1",
                           "/admin/receipts/1234567890123456789",
                           "/admin/receipts/%31",
                           "/Admin/deliveries",
                           "//admin/deliveries"}) {
    EXPECT_FALSE(match_admin_path(path)) << path;
  }
}

TEST(AdminPath, ReadsPages) {
  EXPECT_EQ(parse_delivery_page("")->limit, 50U);
  EXPECT_EQ(parse_delivery_page("limit=1")->limit, 1U);
  EXPECT_EQ(parse_delivery_page("limit=100")->limit, 100U);
  EXPECT_EQ(parse_delivery_page("before=9")->before, 9);
  const auto both = parse_delivery_page("before=9&limit=2");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->limit, 2U);
  EXPECT_EQ(both->before, 9);
  for (const char* query :
       {"limit", "limit=", "limit=0", "limit=101", "limit=1&limit=1", "before=1&before=1",
        "before=0", "before=-1", "before=x", "limit=1&", "&limit=1", "limit=1&&before=1", "x=1",
        "limit=1;before=2", "limit=%31", "&", "=", "limit=99999999999999999999"}) {
    EXPECT_FALSE(parse_delivery_page(query)) << query;
  }
}

TEST(AdminPath, FindsTheToken) {
  EXPECT_EQ(bearer_token("Bearer x.y.z"), "x.y.z");
  EXPECT_EQ(bearer_token("bEaReR   x"), "x");
  // More than a token is not cut: the verifier refuses it.
  EXPECT_EQ(bearer_token("Bearer x y"), "x y");
  for (const char* value : {"", "Bearer", "Bearer ", "Bearer    ", "Bearerx", "Basic x", "x",
                            " Bearer x", "Bearer\tx"}) {
    EXPECT_FALSE(bearer_token(value)) << value;
  }
}
