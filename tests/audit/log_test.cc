// A log that is written, closed, opened.
#include "coefficient/audit/log.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "audit/segment.h"
#include "coefficient/audit/verify.h"
#include "log_support.h"

using namespace coefficient;
using namespace coefficient::audit;
using namespace std::chrono_literals;
using test::actions;
using test::event;
using test::LogTest;
using test::records;
using test::segments;
using Strings = std::vector<std::string>;

TEST_F(LogTest, FillsInWhatItKnows) {
  auto log = create({.service = "gateway", .host = "h1"});
  Record record = event();
  record.seq = 77;
  record.boot = "mine";
  const auto receipt = log->append(record);
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->index, 1U);
  const auto written = records(dir());
  ASSERT_EQ(written.size(), 2U);
  EXPECT_EQ(written[0].action, "log.created");
  const Record& read = written[1];
  EXPECT_EQ(read.seq, 1U);
  EXPECT_EQ(read.id.size(), 26U);
  EXPECT_EQ(read.time, now());
  EXPECT_EQ(read.service, "gateway");
  EXPECT_EQ(read.host, "h1");
  EXPECT_NE(read.boot, "mine");
  EXPECT_TRUE(read.mono);
  EXPECT_EQ(receipt->leaf, leaf_hash(std::as_bytes(std::span(test::texts(dir())[1]))).value());
}

// 2^53 nanoseconds are 104 days: a host may be up for longer.
TEST_F(LogTest, IsWrittenHoweverLongTheHostHasBeenUp) {
  using std::chrono::nanoseconds;
  auto log = create({.heartbeat_every = 0s});
  const std::vector<std::pair<nanoseconds (*)(), std::uint64_t>> cases = {
      {[] { return nanoseconds((1LL << 53) - 1); }, (1ULL << 53) - 1},
      {[] { return nanoseconds(1LL << 53); }, 0},
      {[] { return nanoseconds((1LL << 53) + 1); }, 1},
      {[] { return nanoseconds(std::chrono::years(80)); },
       static_cast<std::uint64_t>(nanoseconds(std::chrono::years(80)).count()) % (1ULL << 53)}};
  for (const auto& [since_boot, mono] : cases) {
    LogAccess::state(*log).since_boot = since_boot;
    const auto receipt = log->append(event());
    ASSERT_TRUE(receipt) << receipt.error().message;
    EXPECT_EQ(records(dir()).back().mono, mono);
  }
}

TEST_F(LogTest, KeepsWhatTheRecordSays) {
  auto log = create({.service = "gateway"});
  Record record = event();
  record.id = "mine";
  record.service = "other";
  record.details = {{"seq", 0}, {"x", "\",\"seq\":0"}};
  record.reason = ",\"seq\":0";
  record.time = *parse_time("2020-01-01T00:00:00.000000Z");
  ASSERT_TRUE(log->append(record));
  const Record read = records(dir()).at(1);
  EXPECT_EQ(read.id, "mine");
  EXPECT_EQ(read.service, "other");
  EXPECT_EQ(read.time, record.time);
  EXPECT_EQ(read.details, record.details);
  EXPECT_EQ(read.seq, 1U);
}

TEST_F(LogTest, GoesOnAfterClosing) {
  for (int round = 0; round < 3; ++round) {
    auto log = round == 0 ? create() : open();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(log->append(event()));
    if (round == 1) {
      ASSERT_TRUE(log->close());
      EXPECT_FALSE(log->append(event()));
    }
  }
  EXPECT_EQ(records(dir()).size(), 16U);
  expect_intact(16);
  EXPECT_EQ(std::filesystem::file_size(path(segments(temp_.path()).at(0))) % 4096 != 0, true);
}

TEST_F(LogTest, RefusesARecordThatIsNone) {
  auto log = create();
  Record record = event();
  record.action = "";
  EXPECT_EQ(log->append(record).error().code, ErrorCode::kInvalidArgument);
  record = event();
  record.reason = std::string(65'000, 'x');
  EXPECT_TRUE(log->append(record));
  record.reason = std::string(66'000, 'x');
  EXPECT_EQ(log->append(record).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(log->size(), 2U);
}

TEST_F(LogTest, RefusesWhatOnlyTheLogItselfMaySay) {
  auto log = create({.on_failure = OnFailure::kFailOpenCounted});
  Record own = event(std::string(kLogActorId));
  own.actor.type = kLogActorType;
  std::vector<Record> reserved{own};
  for (const char* action : {"audit.dropped", "log.created", "log.full", "log.heartbeat",
                             "log.hold", "log.pruned", "log.recovered", "log.release"}) {
    reserved.push_back(event());
    reserved.back().action = action;
  }
  for (const Record& record : reserved)
    EXPECT_EQ(log->append(record).error().code, ErrorCode::kInvalidArgument) << record.action;
  EXPECT_EQ(log->dropped(), 0U);
  own.actor.type = "user";
  own.action = "log.searched";
  EXPECT_TRUE(log->append(own)) << "of a tool that reads logs";
}

TEST_F(LogTest, IsNotMadeTwice) {
  create();
  const auto again = Log::create(dir(), test::kOrigin, clock_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().error.code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Log::create(dir() + "/none", test::kOrigin, clock_).error().error.code,
            ErrorCode::kNotFound);
  EXPECT_EQ(Log::open(dir() + "/none", clock_).error().error.code, ErrorCode::kNotFound);
  test::TempDir other;
  EXPECT_EQ(Log::create(other.string(), "a b", clock_).error().error.code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Log::create(other.string(), "a", clock_, {.max_segment_bytes = 1}).error().error.code,
            ErrorCode::kInvalidArgument);
}

// Between what was read and what is looked at next, records come: that is no damage.
TEST_F(LogTest, IsVerifiedWhileItIsWrittenTo) {
  for (const auto durability : {Durability::kDurable, Durability::kBuffered}) {
    test::TempDir temp;
    auto log = Log::create(temp.string(), test::kOrigin, clock_, {.durability = durability});
    ASSERT_TRUE(log);
    std::uint64_t size = (*log)->size();
    for (const std::size_t length : {std::size_t{10}, std::size_t{60'000}}) {
      Record record = event();
      record.reason = std::string(length, 'x');
      int times = 0;
      const auto grow = [&](std::uint64_t, std::uint64_t) {
        if (++times > 20) return true;
        for (int i = 0; i < 3; ++i) EXPECT_TRUE((*log)->append(record));
        EXPECT_TRUE((*log)->sync());
        return true;
      };
      const auto report = verify_log(temp.string(), {.progress = grow});
      ASSERT_TRUE(report) << report.error().message;
      for (const Damage& damage : report->damages) ADD_FAILURE() << damage.what;
      EXPECT_GE(report->records, size);
      EXPECT_LE(report->records, (*log)->size());
      size = (*log)->size();
    }
    log->reset();
    EXPECT_EQ(verify_log(temp.string())->records, size);
  }
}

TEST_F(LogTest, HasOneWriter) {
  auto log = create();
  const auto second = try_open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error.code, ErrorCode::kUnavailable);
  log.reset();
  EXPECT_TRUE(try_open());
}

TEST_F(LogTest, AChildOfForkWritesNothing) {
  auto log = create();
  ASSERT_TRUE(log->append(event()));
  const pid_t child = ::fork();
  if (child == 0) {
    const bool refused = !log->append(event()) && !log->checkpoint() && !log->close() &&
                         log->append(event()).error().code == ErrorCode::kFailedPrecondition;
    log.reset();  // must not seal the parent's file
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(log->append(event()));
  log.reset();
  expect_intact(3);
}

TEST_F(LogTest, StartsANewSegmentBySizeAndByTime) {
  auto log = create({.max_segment_bytes = 65'536});
  Record record = event();
  record.reason = std::string(20'000, 'x');
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(log->append(record));
  EXPECT_EQ(segments(temp_.path()).size(), 4U);
  ASSERT_TRUE(log->tick(now()));
  ASSERT_TRUE(log->tick(now() + 25h));
  EXPECT_EQ(segments(temp_.path()).size(), 5U);
  ASSERT_TRUE(log->rotate());  // of a segment that has no record yet, none is made
  const auto count = segments(temp_.path()).size();
  ASSERT_TRUE(log->rotate());
  EXPECT_EQ(segments(temp_.path()).size(), count);
  const std::uint64_t size = log->size();
  log.reset();
  expect_intact(size);
  EXPECT_EQ(open()->size(), size);
}

TEST_F(LogTest, ASegmentGrowsOldWhileTheLogIsOpenedAnew) {
  create();
  for (int hour = 1; hour <= 30; ++hour) {
    clock_.advance(1h);
    auto log = open({.max_segment_age = 24h});
    ASSERT_TRUE(log->append(event()));
    ASSERT_TRUE(log->tick(now()));
    EXPECT_EQ(segments(temp_.path()).size(), hour < 24 ? 1U : 2U) << hour;
  }
  // A time that a caller set does not keep it young.
  auto log = open();
  ASSERT_TRUE(log->rotate());
  Record record = event();
  record.time = now() + 10000h;
  ASSERT_TRUE(log->append(record));
  log.reset();
  log = open();
  ASSERT_TRUE(log->tick(now() + 25h));
  EXPECT_EQ(segments(temp_.path()).size(), 4U);
}

TEST_F(LogTest, TicksSignAndBeat) {
  auto log = create({.checkpoint_every = 10s, .heartbeat_every = 60s, .new_key_every = 0s});
  const auto checkpoints = [&] {
    const std::string text = test::read_all(path("checkpoints"));
    return split_notes(text).notes.size();
  };
  const Timestamp start = now();
  EXPECT_EQ(checkpoints(), 1U);
  ASSERT_TRUE(log->append(event()));
  ASSERT_TRUE(log->tick(start + 5s));
  EXPECT_EQ(checkpoints(), 1U);
  ASSERT_TRUE(log->tick(start + 10s));
  EXPECT_EQ(checkpoints(), 2U);
  ASSERT_TRUE(log->tick(start + 30s));
  EXPECT_EQ(checkpoints(), 2U);  // nothing new
  ASSERT_TRUE(log->tick(start + 65s));
  EXPECT_EQ(checkpoints(), 3U);
  EXPECT_EQ(actions(dir()), (Strings{"log.created", "secret.read", "log.heartbeat"}));
  ASSERT_TRUE(log->tick(start + 70s));
  EXPECT_EQ(checkpoints(), 3U);
  ASSERT_TRUE(log->tick(start + 130s));
  EXPECT_EQ(checkpoints(), 4U);
  log.reset();
  expect_intact(4);
}

// A clock that was ahead and is set right again delays what is due by twice its interval at most.
TEST_F(LogTest, TicksGoOnAfterTheClockIsSetBack) {
  clock_.advance(std::chrono::hours(24) * 3650);
  auto log = create();
  const std::string key = test::read_all(path("key"));
  clock_.advance(-std::chrono::hours(24) * 3650);
  const auto checkpoints = [&] {
    return split_notes(test::read_all(path("checkpoints"))).notes.size();
  };
  ASSERT_TRUE(log->append(event()));
  ASSERT_TRUE(log->rotate());
  ASSERT_TRUE(log->append(event()));
  ASSERT_TRUE(log->tick(now()));
  EXPECT_EQ(checkpoints(), 2U);
  EXPECT_NE(test::read_all(path("key")), key);
  // A little back is not ahead of what is due.
  ASSERT_TRUE(log->append(event()));
  ASSERT_TRUE(log->tick(now() - 5s));
  EXPECT_EQ(checkpoints(), 2U);
  ASSERT_TRUE(log->tick(now() + 10s));
  EXPECT_EQ(checkpoints(), 3U);
}

TEST_F(LogTest, ChangesKeys) {
  auto log = create({.heartbeat_every = 0s, .new_key_every = 24h});
  const std::string root_key = log->root_key();
  for (int day = 1; day <= 3; ++day) {
    ASSERT_TRUE(log->append(event()));
    const auto ticked = log->tick(now() + day * 25h);
    ASSERT_TRUE(ticked) << ticked.error().message;
  }
  ASSERT_TRUE(log->append(event()));
  log.reset();
  expect_intact(5);
  EXPECT_NE(test::read_all(path("keys")).find("\n3\n"), std::string::npos);
  EXPECT_EQ(open({.root_key = root_key})->root_key(), root_key);
  auto other = try_open({.root_key = "other"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().error.code, ErrorCode::kUnauthenticated);
}

TEST_F(LogTest, ACheckpointIsOfWhatIsThere) {
  auto log = create();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->append(event()));
  const auto note = log->checkpoint();
  ASSERT_TRUE(note);
  EXPECT_EQ(log->checkpoint().value(), *note);
  const auto key = NoteVerifier::parse(log->root_key());
  ASSERT_TRUE(key);
  const auto checkpoint = open_checkpoint(*note, test::kOrigin, std::span(&*key, 1));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  Frontier tree;
  for (const std::string& text : test::texts(dir()))
    ASSERT_TRUE(tree.append(leaf_hash(std::as_bytes(std::span(text))).value()));
  EXPECT_EQ(checkpoint->size, 21U);
  EXPECT_EQ(checkpoint->root, tree.root().value());
}

TEST_F(LogTest, AnOpenIntentBecomesUnknown) {
  auto log = create();
  Record intent = event();
  intent.outcome = Outcome::kIntent;
  intent.id = "first";
  ASSERT_TRUE(log->append(intent));
  intent.id = "second";
  intent.action = "secret.delete";
  ASSERT_TRUE(log->append(intent));
  Record outcome = event();
  outcome.intent = "first";
  ASSERT_TRUE(log->append(outcome));
  Record decoy = event();
  decoy.reason = R"("outcome":"intent")";
  decoy.details = {{"outcome", "intent"}, {"intent", "second"}};
  ASSERT_TRUE(log->append(decoy));
  log.reset();
  const auto report = verify_log(dir());
  EXPECT_EQ(report->open_intents, 1U);
  log = open();
  const Record unknown = records(dir()).back();
  EXPECT_EQ(unknown.outcome, Outcome::kUnknown);
  EXPECT_EQ(unknown.intent, "second");
  EXPECT_EQ(unknown.action, "secret.delete");
  EXPECT_EQ(unknown.target, intent.target);
  const std::uint64_t size = log->size();
  log.reset();
  EXPECT_EQ(open()->size(), size);
}

// What closes an intent is a longer record than the intent may be.
TEST_F(LogTest, AnOpenIntentOfAnyLengthBecomesUnknown) {
  const std::vector<std::pair<std::size_t, bool>> cases = {
      {300, true}, {1024, true}, {1025, false}, {65'200, false}};
  auto log = create();
  for (const auto& [size, kept] : cases) {
    Record intent = event();
    intent.outcome = Outcome::kIntent;
    intent.id = "i" + std::to_string(size);
    intent.host = "h1";
    intent.target = {.type = "t", .id = std::string(size, 'a')};
    const auto receipt = log->append(intent);
    ASSERT_TRUE(receipt) << receipt.error().message;
    log.reset();
    // A name of the host's that leaves no room for even a short target.
    log = open({.host = size == 300 ? std::string(65'000, 'h') : ""});
    ASSERT_TRUE(log);
    const Record unknown = records(dir()).back();
    EXPECT_EQ(unknown.intent, intent.id);
    EXPECT_EQ(unknown.outcome, Outcome::kUnknown);
    EXPECT_EQ(unknown.action, intent.action);
    const bool fits = kept && size != 300;
    EXPECT_EQ(unknown.target, fits ? intent.target : Target{});
  }
}

TEST_F(LogTest, ABufferedLogIsDurableOnceSynced) {
  auto log = create({.durability = Durability::kBuffered});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(log->append(event()));
  EXPECT_LT(test::texts(dir()).size(), 11U) << "in memory";
  ASSERT_TRUE(log->sync());
  EXPECT_EQ(test::texts(dir()).size(), 11U);
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(log->append(event()));
  EXPECT_GT(test::texts(dir()).size(), 4000U);
  log.reset();
  expect_intact(5011);
  log = open();  // durable from here on: in a segment of its own
  ASSERT_TRUE(log->append(event()));
  EXPECT_EQ(segments(temp_.path()).size(), 2U);
  log.reset();
  expect_intact(5012);
}
