// Verification while the body is still coming.
#include <gtest/gtest.h>

#include <string>

#include "coefficient/webhook/verifier.h"
#include "webhook/senders.h"
#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using test::Delivery;
using test::kBody;
using test::kNow;
using test::make;
using test::plain;
using test::reason;
using test::Sender;
using test::senders;

TEST(Session, AnySplitOfTheBodyGivesTheSameAnswer) {
  const ManualClock clock(test::at(kNow));
  for (const Sender& s : senders()) {
    const Verifier verifier = make(s, clock);
    const Delivery d = s.sign(kBody, kNow);
    const auto headers = d.views();
    for (std::size_t cut = 0; cut <= d.body.size(); ++cut) {
      auto session = verifier.begin({.headers = headers});
      ASSERT_TRUE(session) << s.scheme.name;
      ASSERT_TRUE(session->update(std::string_view(d.body).substr(0, cut)));
      ASSERT_TRUE(session->update(std::string_view(d.body).substr(cut)));
      const auto verified = std::move(*session).finish();
      ASSERT_TRUE(verified) << s.scheme.name;
      EXPECT_EQ(verified->body(), d.body);
      EXPECT_EQ(verified->replay_key().value(), test::verify(verifier, d)->replay_key().value());
    }
  }
}

TEST(Session, RefusesHeaderFaultsBeforeTheBody) {
  const ManualClock clock(test::at(kNow));
  const Verifier verifier = make(senders()[1], clock);
  const Delivery stale = senders()[1].sign(kBody, kNow - 301);
  const auto headers = stale.views();
  EXPECT_EQ(reason(verifier.begin({.headers = headers})), "too_old");
  EXPECT_EQ(reason(verifier.begin({})), "missing_header");
  const Verifier gitlab = make(senders()[7], clock);
  const Delivery wrong = plain("X-Gitlab-Token", "not the token", "");
  const auto wrong_headers = wrong.views();
  EXPECT_EQ(reason(gitlab.begin({.headers = wrong_headers})), "bad_signature");
}

TEST(Session, StopsAtTheCapAndStaysStopped) {
  const ManualClock clock(test::at(kNow));
  for (const Sender& s : senders()) {
    const Verifier verifier = make(s, clock, {.max_body_bytes = 100});
    const Delivery d = s.sign(kBody, kNow);
    const auto headers = d.views();
    auto session = verifier.begin({.headers = headers});
    ASSERT_TRUE(session);
    EXPECT_EQ(reason(session->update(std::string(100, 'x'))), "ok");
    EXPECT_EQ(reason(session->update("y")), "body_too_large");
    EXPECT_EQ(reason(session->update("")), "body_too_large");
    EXPECT_EQ(reason(std::move(*session).finish()), "body_too_large");
  }
}

TEST(Session, CanKeepTheReplayKeyInsteadOfTheBody) {
  const ManualClock clock(test::at(kNow));
  for (const Sender& s : senders()) {
    const Verifier verifier = make(s, clock);
    const Delivery d = s.sign(kBody, kNow);
    const auto headers = d.views();
    auto session = verifier.begin({.headers = headers}, {.keep_body = false, .replay_key = true});
    ASSERT_TRUE(session->update(d.body));
    const auto verified = std::move(*session).finish();
    ASSERT_TRUE(verified) << s.scheme.name << reason(verified);
    EXPECT_FALSE(verified->has_body());
    EXPECT_TRUE(verified->body().empty());
    EXPECT_EQ(verified->replay_key().value(), test::verify(verifier, d)->replay_key().value());
    auto neither = verifier.begin({.headers = headers}, {.keep_body = false});
    ASSERT_TRUE(neither->update(d.body));
    EXPECT_EQ(std::move(*neither).finish()->replay_key().error().code,
              ErrorCode::kFailedPrecondition);
  }
}
