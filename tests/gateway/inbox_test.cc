#include "inbox.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "fixture.h"

using namespace gateway;
using namespace std::chrono_literals;

namespace {

class InboxTest : public testing::Test {
 protected:
  InboxTest() {
    EXPECT_TRUE(Inbox::create(path_));
    inbox_ = open();
  }
  std::unique_ptr<Inbox> open() {
    auto inbox = Inbox::open(path_, clock_, {.lease = 60s, .max_attempts = 3});
    EXPECT_TRUE(inbox) << inbox.error().message;
    return std::move(*inbox);
  }
  static Delivery delivery(int key, std::optional<std::string> id = {}, bool id_signed = false,
                           std::string endpoint = "github") {
    Delivery d{.endpoint = std::move(endpoint),
               .replay_key = {},
               .delivery_id = std::move(id),
               .delivery_id_signed = id_signed,
               .event = "pull_request",
               .key_name = "github",
               .payload = "{\"n\":" + std::to_string(key) + "}",
               .defect = {}};
    d.replay_key[0] = static_cast<std::byte>(key);
    return d;
  }
  Admission admit(const Delivery& d) {
    auto admitted = inbox_->admit({&d, 1});
    EXPECT_TRUE(admitted) << admitted.error().message;
    return admitted->front();
  }
  std::optional<Lease> lease(std::string_view owner = "w") {
    auto taken = inbox_->lease(owner);
    EXPECT_TRUE(taken) << taken.error().message;
    return *taken;
  }
  InboxCounts counts() { return *inbox_->counts(); }

  test::TempDir temp_;
  std::filesystem::path path_{temp_.path() / "gateway.db"};
  coefficient::ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 1)};
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace

TEST_F(InboxTest, IsPrivateAndDurable) {
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat((path_.string() + "-wal").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(*inbox_->pragma("journal_mode"), "wal");
  EXPECT_EQ(*inbox_->pragma("synchronous"), "2");
  EXPECT_EQ(*inbox_->check(), "ok");
}

TEST_F(InboxTest, RefusesToMakeOverAFile) {
  EXPECT_EQ(Inbox::create(path_).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Inbox::create(temp_.path() / "no" / "such").error().code, ErrorCode::kNotFound);
}

TEST_F(InboxTest, OpensOnlyAnInboxOfItsVersion) {
  const auto code = [&](const std::filesystem::path& p) {
    return Inbox::open(p, clock_).error().code;
  };
  EXPECT_EQ(code(temp_.path() / "absent"), ErrorCode::kNotFound);
  std::ofstream(temp_.path() / "text") << std::string(8192, 'x');
  EXPECT_EQ(code(temp_.path() / "text"), ErrorCode::kDataLoss);
  std::ofstream(temp_.path() / "empty").flush();
  EXPECT_EQ(code(temp_.path() / "empty"), ErrorCode::kDataLoss);
  ASSERT_TRUE(Database::open(path_)->execute("PRAGMA user_version = 3"));
  EXPECT_EQ(code(path_), ErrorCode::kFailedPrecondition);
}

TEST_F(InboxTest, BringsVersion1UpToDate) {
  admit(delivery(1));
  const auto held = lease();
  ASSERT_TRUE(inbox_->complete(*held, {.status = Outcome::Status::kMinimized,
                                       .reason = {},
                                       .minimized = "{}",
                                       .report = "{}",
                                       .receipt = "{}"}));
  inbox_.reset();
  ASSERT_TRUE(Database::open(path_)->execute(
      "ALTER TABLE results DROP COLUMN receipt; PRAGMA user_version = 1"));
  for (int time = 0; time < 2; ++time) {
    auto opened = Inbox::open(path_, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    const auto receipts = (*opened)->receipts();
    ASSERT_TRUE(receipts);
    ASSERT_EQ(receipts->size(), 1U);
    EXPECT_EQ(receipts->front().minimized, "{}");
    EXPECT_EQ(receipts->front().manifest, "");
  }
}

TEST_F(InboxTest, TheReplayKeyDecidesWhateverTheUnsignedId) {
  EXPECT_EQ(admit(delivery(1, "id-a")), Admission::kAccepted);
  EXPECT_EQ(admit(delivery(1, "id-a")), Admission::kDuplicate);
  EXPECT_EQ(admit(delivery(1, "id-b")), Admission::kDuplicate);
  EXPECT_EQ(admit(delivery(1)), Admission::kDuplicate);
  // Two apps see one event under one id; and nobody can block an id by using it first.
  EXPECT_EQ(admit(delivery(2, "id-a")), Admission::kAccepted);
  EXPECT_EQ(counts().queued, 2);
}

TEST_F(InboxTest, ASignedIdIsSeenOncePerEndpoint) {
  EXPECT_EQ(admit(delivery(1, "Ev1", true, "slack")), Admission::kAccepted);
  EXPECT_EQ(admit(delivery(2, "Ev1", true, "slack")), Admission::kDuplicate);
  EXPECT_EQ(admit(delivery(3, "Ev1", true, "paystack")), Admission::kAccepted);
  EXPECT_EQ(admit(delivery(4, "Ev1", false, "slack")), Admission::kAccepted);
}

TEST_F(InboxTest, ABatchFindsItsOwnDuplicatesAndIsAllOrNothing) {
  const std::vector<Delivery> batch = {delivery(1), delivery(2), delivery(1)};
  EXPECT_EQ(*inbox_->admit(batch),
            (std::vector{Admission::kAccepted, Admission::kAccepted, Admission::kDuplicate}));
  ASSERT_TRUE(Database::open(path_)->execute(
      "CREATE TRIGGER fault BEFORE INSERT ON inbox WHEN NEW.replay_key = "
      "X'0400000000000000000000000000000000000000000000000000000000000000' "
      "BEGIN SELECT RAISE(ABORT, 'fault'); END"));
  const std::vector<Delivery> faulty = {delivery(3), delivery(4)};
  EXPECT_FALSE(inbox_->admit(faulty));
  EXPECT_EQ(counts().queued, 2);
  EXPECT_EQ(admit(delivery(3)), Admission::kAccepted);  // the connection is usable again
}

TEST_F(InboxTest, SurvivesReopening) {
  EXPECT_EQ(admit(delivery(1)), Admission::kAccepted);
  inbox_ = open();
  EXPECT_EQ(admit(delivery(1)), Admission::kDuplicate);
  EXPECT_EQ(lease()->payload, "{\"n\":1}");
}

TEST_F(InboxTest, LeasesTheOldestOnce) {
  admit(delivery(1, "first"));
  clock_.advance(1ms);
  admit(delivery(2, "second"));
  const auto a = lease();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->delivery_id, "first");
  EXPECT_EQ(a->attempt, 1U);
  EXPECT_EQ(lease()->delivery_id, "second");
  EXPECT_FALSE(lease());
}

TEST_F(InboxTest, CompletingStoresTheResultOnceAndDropsThePayload) {
  admit(delivery(1));
  const auto held = lease();
  const Outcome outcome{.status = Outcome::Status::kMinimized,
                        .reason = {},
                        .minimized = "{\"m\":1}",
                        .report = "{}",
                        .receipt = "{\"schema\":1}"};
  ASSERT_TRUE(inbox_->complete(*held, outcome));
  EXPECT_EQ(inbox_->complete(*held, outcome).error().code, ErrorCode::kFailedPrecondition);
  const auto receipts = inbox_->receipts();
  ASSERT_TRUE(receipts);
  ASSERT_EQ(receipts->size(), 1U);
  EXPECT_EQ(receipts->front().minimized, "{\"m\":1}");
  EXPECT_EQ(receipts->front().manifest, "{\"schema\":1}");
  EXPECT_EQ(inbox_->receipts(receipts->front().id + 1).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(counts().done, 1);
  auto database = Database::open(path_);
  EXPECT_EQ(*database->value("SELECT payload IS NULL FROM inbox"), "1");
  EXPECT_EQ(admit(delivery(1)), Admission::kDuplicate);
}

TEST_F(InboxTest, AnOldHolderIsFencedOffAfterATakeover) {
  admit(delivery(1));
  const auto slow = lease("slow");
  clock_.advance(59s);
  EXPECT_FALSE(lease("quick"));
  clock_.advance(2s);
  const auto quick = lease("quick");
  ASSERT_TRUE(quick);
  EXPECT_GT(quick->fence, slow->fence);
  EXPECT_EQ(inbox_->complete(*slow, {}).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(inbox_->fail(*slow, "late", true).error().code, ErrorCode::kFailedPrecondition);
  ASSERT_TRUE(inbox_->complete(*quick, {}));
  EXPECT_EQ(counts().done, 1);
}

TEST_F(InboxTest, TheSameOwnerIsFencedOffTooWhenItsLeaseWasRenewed) {
  admit(delivery(1));
  const auto before = lease("w");
  clock_.advance(61s);
  const auto after = lease("w");
  EXPECT_FALSE(inbox_->complete(*before, {}));
  EXPECT_TRUE(inbox_->complete(*after, {}));
}

TEST_F(InboxTest, FailuresBackOffAndEndAsAVisibleDeadLetter) {
  admit(delivery(1, "d1"));
  for (const auto pause : {2s, 4s}) {
    const auto held = lease();
    ASSERT_TRUE(held);
    EXPECT_FALSE(*inbox_->fail(*held, "no commit yet", false));
    clock_.advance(pause - 1ms);
    EXPECT_FALSE(lease());
    clock_.advance(1ms);
  }
  const auto last = lease();
  ASSERT_TRUE(last);
  EXPECT_TRUE(*inbox_->fail(*last, "no commit yet", false));
  clock_.advance(24h);
  EXPECT_FALSE(lease());
  const auto letters = *inbox_->dead_letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].error, "no commit yet");
  EXPECT_EQ(letters[0].attempts, 3U);
  // The claim stays: the same content again is a duplicate, not a new chance.
  EXPECT_EQ(admit(delivery(1, "d2")), Admission::kDuplicate);
  ASSERT_TRUE(inbox_->requeue(letters[0].id));
  EXPECT_EQ(lease()->attempt, 1U);
  EXPECT_EQ(inbox_->requeue(letters[0].id).error().code, ErrorCode::kNotFound);
}

TEST_F(InboxTest, WhatIsPutBackHasUsedUpNoAttempt) {
  admit(delivery(1));
  for (int i = 0; i < 10; ++i) {  // of 3
    const auto held = lease();
    ASSERT_TRUE(held);
    EXPECT_EQ(held->attempt, 1U);
    ASSERT_TRUE(inbox_->put_back(*held, "pipe2: Too many open files"));
    EXPECT_EQ(inbox_->put_back(*held, "again").error().code, ErrorCode::kFailedPrecondition);
    EXPECT_FALSE(lease()) << "not at once";
    clock_.advance(2s);
  }
  EXPECT_EQ(counts().queued, 1);
}

// What docs/gateway.md says of a commit that is fetched within the hour.
TEST_F(InboxTest, TheBuiltInAttemptsSpanOverAnHour) {
  inbox_ = *Inbox::open(path_, clock_);
  admit(delivery(1));
  const auto begin = clock_.now();
  auto last = begin;
  for (int attempt = 1; counts().dead == 0; ++attempt) {
    ASSERT_LE(attempt, 100);
    while (clock_.now() < *(*inbox_->next_due())) clock_.advance(1s);
    const auto held = lease();
    ASSERT_TRUE(held);
    last = clock_.now();
    ASSERT_TRUE(inbox_->fail(*held, "no such commit", false));
  }
  EXPECT_EQ(last - begin, 63min + 30s);
}

TEST_F(InboxTest, APermanentFailureIsDeadAtOnce) {
  admit(delivery(1));
  EXPECT_TRUE(*inbox_->fail(*lease(), "bad", true));
  EXPECT_EQ(counts().dead, 1);
}

TEST_F(InboxTest, ADeliveryThatKillsItsProcessEachTimeBecomesADeadLetter) {
  admit(delivery(1));
  admit(delivery(2));
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(lease()->payload, "{\"n\":1}");
    inbox_ = open();  // the process died with the lease in its hand
    ASSERT_TRUE(inbox_->expire_leases());
  }
  EXPECT_EQ(lease()->payload, "{\"n\":2}");
  EXPECT_EQ(counts().dead, 1);
}

TEST_F(InboxTest, AnUnreadablePayloadIsKeptAsADeadLetter) {
  Delivery d = delivery(1);
  d.payload = std::string("\xff\0raw", 5);
  d.defect = "payload: not JSON";
  EXPECT_EQ(admit(d), Admission::kAccepted);
  EXPECT_FALSE(lease());
  EXPECT_EQ(inbox_->dead_letters()->front().error, "payload: not JSON");
}

TEST_F(InboxTest, SaysWhenSomethingIsDue) {
  EXPECT_FALSE(*inbox_->next_due());
  admit(delivery(1));
  EXPECT_EQ(**inbox_->next_due(), clock_.now());
  const auto held = lease();
  EXPECT_EQ(**inbox_->next_due(), clock_.now() + 60s);
  ASSERT_TRUE(inbox_->complete(*held, {}));
  EXPECT_FALSE(*inbox_->next_due());
}

TEST_F(InboxTest, ManyThreadsAdmitAndLeaseEachDeliveryOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  std::atomic<int> accepted = 0;
  std::atomic<int> completed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const Delivery d = delivery(i);  // every thread the same ones
        auto admitted = inbox_->admit({&d, 1});
        if (admitted && admitted->front() == Admission::kAccepted) ++accepted;
        auto held = inbox_->lease("w" + std::to_string(t));
        if (held && *held && inbox_->complete(**held, {})) ++completed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, kEach);
  EXPECT_EQ(completed, kEach);
  EXPECT_EQ(counts().done, kEach);
}
