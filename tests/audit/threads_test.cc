// Many writers at once: each record once, in the order in which it was acknowledged, and one wait
// for the disk serves many.
#include <atomic>
#include <set>
#include <thread>

#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/verify.h"
#include "faults.h"
#include "log_support.h"

using namespace coefficient;
using namespace coefficient::audit;
using namespace std::chrono_literals;
using test::event;

namespace {

constexpr int kThreads = 64;

class ThreadsTest : public test::LogTest {};

}  // namespace

TEST_F(ThreadsTest, SixtyFourWritersShareTheirWaits) {
  constexpr int kEach = 30;
  auto log = create({.max_segment_bytes = 65'536, .heartbeat_every = 0s});
  std::atomic<bool> stop = false;
  std::thread ticker([&] {
    for (int i = 1; !stop; ++i) {
      EXPECT_TRUE(log->tick(now() + i * 11s));
      EXPECT_TRUE(log->checkpoint());
      if (i % 5 == 0) {
        EXPECT_TRUE(log->rotate());
      }
    }
  });
  std::vector<std::vector<std::uint64_t>> indices(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto receipt = log->append(event("t" + std::to_string(t)));
        ASSERT_TRUE(receipt) << receipt.error().message;
        indices[static_cast<std::size_t>(t)].push_back(receipt->index);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  stop = true;
  ticker.join();
  const std::uint64_t syncs = LogAccess::state(*log).journal->syncs();
  EXPECT_EQ(log->size(), 1U + kThreads * kEach);
  log.reset();
  const auto all = test::records(dir());
  std::set<std::uint64_t> seen;
  for (int t = 0; t < kThreads; ++t) {
    std::uint64_t before = 0;
    for (const std::uint64_t index : indices[static_cast<std::size_t>(t)]) {
      EXPECT_GT(index, before);
      before = index;
      EXPECT_TRUE(seen.insert(index).second);
      EXPECT_EQ(all.at(index).actor.id, Field("t" + std::to_string(t)));
    }
  }
  EXPECT_LT(syncs, static_cast<std::uint64_t>(kThreads * kEach));
  EXPECT_TRUE(verify_log(dir(), {.parse_records = true})->intact());
}

// With each tick there are new keys, and checkpoints that they signed.
TEST_F(ThreadsTest, ALogIsVerifiedWhileItsKeysChange) {
  auto log = create({.max_segment_bytes = 65'536});
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 1; i <= 80 && !stop; ++i) {
      EXPECT_TRUE(log->append(event()));
      EXPECT_TRUE(log->tick(now() + i * 25h));
    }
  });
  for (int i = 0; i < 40; ++i) {
    const auto report = verify_log(dir());
    ASSERT_TRUE(report) << report.error().message;
    for (const Damage& damage : report->damages) ADD_FAILURE() << damage.what;
    const auto reader = LogReader::open(dir());
    EXPECT_TRUE(reader) << reader.error().message;
    if (HasFailure()) break;
  }
  stop = true;
  writer.join();
}

TEST_F(ThreadsTest, AFailureIsTheAnswerToAllWhoWait) {
  for (const bool buffered : {false, true}) {
    test::TempDir temp;
    test::FaultyCalls calls;
    LogOptions options{.max_segment_bytes = 65'536, .heartbeat_every = 0s};
    if (buffered) options.durability = Durability::kBuffered;
    auto log = LogAccess::create(temp.string(), test::kOrigin, clock_, options, calls);
    ASSERT_TRUE(log);
    calls.arm(60, test::FaultyCalls::Kind::kIo, true);
    std::atomic<int> acknowledged = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        while ((*log)->append(event())) ++acknowledged;
      });
    }
    for (auto& thread : threads) thread.join();
    calls.disarm();
    log->reset();
    auto again = Log::open(temp.string(), clock_, options);
    ASSERT_TRUE(again) << again.error().error.message;
    if (!buffered) {
      EXPECT_GE((*again)->size(), static_cast<std::uint64_t>(acknowledged.load()));
    }
    EXPECT_TRUE(verify_log(temp.string())->intact());
  }
}

TEST_F(ThreadsTest, BufferedWritersDoNotLoseAnything) {
  auto log = create({.durability = Durability::kBuffered, .heartbeat_every = 0s});
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) ASSERT_TRUE(log->append(event()));
    });
  }
  for (auto& thread : threads) thread.join();
  log.reset();
  const auto report = verify_log(dir());
  EXPECT_TRUE(report->intact());
  EXPECT_EQ(report->records, 16'001U);
}
