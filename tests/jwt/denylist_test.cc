#include "coefficient/jwt/denylist.h"

#include <gtest/gtest.h>

#include <string>

#include "jwt/support.h"

using namespace coefficient;
using jwt::InMemoryDenylist;
using test::at;
using test::kNow;

TEST(JwtDenylist, RevokedUntilTheTokenDies) {
  ManualClock clock(at(kNow));
  const auto list = InMemoryDenylist::create({.grace = std::chrono::seconds(30)}, clock).value();
  ASSERT_TRUE(list->revoke("iss", "1", at(kNow + 100)));
  EXPECT_TRUE(list->is_revoked("iss", "1").value());
  EXPECT_FALSE(list->is_revoked("iss", "2").value());
  EXPECT_FALSE(list->is_revoked("is", "s1").value());
  EXPECT_FALSE(list->is_revoked("", "iss1").value());
  clock.set(at(kNow + 129));
  EXPECT_TRUE(list->is_revoked("iss", "1").value());
  clock.set(at(kNow + 130));
  EXPECT_FALSE(list->is_revoked("iss", "1").value());
  ASSERT_TRUE(list->revoke("iss", "2", at(kNow + 500)));
  EXPECT_EQ(list->size(), 1U);
}

TEST(JwtDenylist, TheLaterTimeCounts) {
  ManualClock clock(at(kNow));
  const auto list = InMemoryDenylist::create({.grace = std::chrono::seconds(0)}, clock).value();
  ASSERT_TRUE(list->revoke("i", "1", at(kNow + 100)));
  ASSERT_TRUE(list->revoke("i", "1", at(kNow + 50)));
  clock.set(at(kNow + 60));
  EXPECT_TRUE(list->is_revoked("i", "1").value());
  ASSERT_TRUE(list->revoke("i", "1", at(kNow + 200)));
  clock.set(at(kNow + 150));
  ASSERT_TRUE(list->revoke("i", "other", at(kNow + 151)));
  EXPECT_TRUE(list->is_revoked("i", "1").value());
  EXPECT_EQ(list->size(), 2U);
}

TEST(JwtDenylist, FullFailsClosed) {
  ManualClock clock(at(kNow));
  const auto list =
      InMemoryDenylist::create({.capacity = 2, .grace = std::chrono::seconds(0)}, clock).value();
  ASSERT_TRUE(list->revoke("i", "1", at(kNow + 10)));
  ASSERT_TRUE(list->revoke("i", "2", at(kNow + 20)));
  const auto full = list->revoke("i", "3", at(kNow + 30));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(list->is_revoked("i", "1").value());
  ASSERT_TRUE(list->revoke("i", "0", at(kNow - 1)));  // nothing to remember
  clock.set(at(kNow + 10));
  EXPECT_TRUE(list->revoke("i", "3", at(kNow + 30)));
  EXPECT_EQ(list->size(), 2U);
  EXPECT_FALSE(list->revoke("i", "", at(kNow + 30)));
}

// Moving an entry again and again must not take memory without bound.
TEST(JwtDenylist, MovedEntriesAreBounded) {
  ManualClock clock(at(kNow));
  const auto list = InMemoryDenylist::create({.capacity = 2}, clock).value();
  int moved = 0;
  while (moved < 100 && list->revoke("i", "1", at(kNow + moved))) ++moved;
  EXPECT_EQ(moved, 4);
  EXPECT_TRUE(list->is_revoked("i", "1").value());
}

TEST(JwtDenylist, OptionsAreChecked) {
  EXPECT_FALSE(InMemoryDenylist::create({.capacity = 0}));
  EXPECT_FALSE(InMemoryDenylist::create({.capacity = (std::size_t{1} << 24U) + 1}));
  EXPECT_FALSE(InMemoryDenylist::create({.grace = std::chrono::seconds(-1)}));
  EXPECT_TRUE(InMemoryDenylist::create());
}

namespace {

class Broken final : public jwt::Denylist {
 public:
  Result<bool> is_revoked(std::string_view, std::string_view) const override {
    return Error{ErrorCode::kUnavailable, "the database is away"};
  }
  Result<> revoke(std::string_view, std::string_view, std::chrono::sys_seconds) override {
    return Error{ErrorCode::kUnavailable, "the database is away"};
  }
};

}  // namespace

TEST(JwtDenylist, AVerifierAsksIt) {
  ManualClock clock(at(kNow));
  const std::shared_ptr<InMemoryDenylist> list = InMemoryDenylist::create({}, clock).value();
  const auto keys = test::set_of({test::secret_key()});
  const auto verifier = jwt::Verifier::create(keys, {}, clock, list).value();
  const std::string token = test::sign_payload(R"({"exp":1700000600,"iss":"i","jti":"1"})");
  EXPECT_EQ(test::outcome(verifier, token), "ok");
  ASSERT_TRUE(list->revoke("i", "1", at(kNow + 600)));
  EXPECT_EQ(test::outcome(verifier, token), "revoked");
  EXPECT_EQ(test::outcome(verifier, test::sign_payload(R"({"exp":1700000600,"iss":"i"})")),
            "missing_claim");
  EXPECT_EQ(test::outcome(verifier, test::sign_payload(R"({"exp":1700000600,"jti":""})")),
            "missing_claim");
  const auto closed =
      jwt::Verifier::create(keys, {}, clock, std::make_shared<const Broken>()).value();
  EXPECT_EQ(test::outcome(closed, token), "unavailable");
}
