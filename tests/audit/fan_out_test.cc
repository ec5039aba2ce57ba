#include "coefficient/audit/fan_out.h"

#include <deque>
#include <mutex>
#include <thread>

#include "log_support.h"

using namespace coefficient;
using namespace coefficient::audit;
using namespace std::chrono_literals;
using test::event;

namespace {

/// A sink that answers at once, with an error, or not before it is told to.
class TestSink final : public Sink {
 public:
  enum class Kind { kWorks, kRefuses, kHangs };
  explicit TestSink(Kind kind) : kind_(kind) {}
  void offer(std::shared_ptr<const Delivery> delivery, Done done) override {
    texts.push_back(delivery->text);
    if (kind_ == Kind::kWorks) return done({});
    if (kind_ == Kind::kRefuses) return done(Error{ErrorCode::kUnavailable, "no"});
    waiting.push_back(std::move(done));
  }
  void answer_all() {
    for (; !waiting.empty(); waiting.pop_front()) waiting.front()({});
  }
  std::vector<std::string> texts;
  std::deque<Done> waiting;

 private:
  Kind kind_;
};
using Kind = TestSink::Kind;

class FanOutTest : public test::LogTest {
 protected:
  std::shared_ptr<TestSink> add(Kind kind, std::chrono::milliseconds deadline = 1h,
                                std::size_t max_in_flight = 1000) {
    auto sink = std::make_shared<TestSink>(kind);
    places_.push_back({std::to_string(places_.size()), sink, deadline, max_in_flight});
    return sink;
  }
  std::unique_ptr<FanOut> make(std::size_t required) {
    return FanOut::create(places_, required, clock_).value();
  }
  std::vector<SinkPlace> places_;
};

}  // namespace

TEST_F(FanOutTest, AHungSinkHoldsUpNobody) {
  const auto hung = add(Kind::kHangs);
  const auto healthy = add(Kind::kWorks);
  const auto fan_out = make(1);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(fan_out->append(event()));  // its deadline is an hour
  EXPECT_EQ(healthy->texts.size(), 10U);
  EXPECT_EQ(hung->texts, healthy->texts) << "the same ids and times";
  EXPECT_EQ(fan_out->counts()[0].in_flight, 10U);
  hung->answer_all();
  EXPECT_EQ(fan_out->counts()[0].delivered, 10U);
}

TEST_F(FanOutTest, TooFewInTimeIsAnError) {
  add(Kind::kHangs, 0ms);
  add(Kind::kWorks);
  EXPECT_EQ(make(2)->append(event()).error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(FanOutTest, TooManyThatRefuseIsAnErrorAtOnce) {
  add(Kind::kHangs);
  add(Kind::kRefuses);
  add(Kind::kRefuses);
  const auto fan_out = make(2);
  EXPECT_EQ(fan_out->append(event()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(fan_out->counts()[1].failed, 1U);
  Record none;
  EXPECT_EQ(fan_out->append(none).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(FanOutTest, ASinkWithTooManyUnansweredIsNotAsked) {
  const auto hung = add(Kind::kHangs, 1h, 3);
  add(Kind::kWorks);
  const auto fan_out = make(1);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(fan_out->append(event()));
  EXPECT_EQ(hung->texts.size(), 3U);
  EXPECT_EQ(fan_out->counts()[0].skipped, 2U);
  hung->answer_all();
  ASSERT_TRUE(fan_out->append(event()));
  EXPECT_EQ(hung->texts.size(), 4U);
}

TEST_F(FanOutTest, AnswersMayComeAfterItsEnd) {
  const auto hung = add(Kind::kHangs);
  add(Kind::kWorks);
  {
    const auto fan_out = make(1);
    ASSERT_TRUE(fan_out->append(event()));
  }
  hung->answer_all();
}

TEST_F(FanOutTest, ALogIsASinkOnTheHostsThreads) {
  auto log = create();
  std::vector<std::thread> threads;
  auto sink = std::make_shared<LogSink>(*log, [&](std::function<void()> work) {
    threads.emplace_back(std::move(work));
    return true;
  });
  places_.push_back({"log", sink, 1h, 1000});
  add(Kind::kHangs);
  const auto fan_out = make(1);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(fan_out->append(event("u" + std::to_string(i))));
  for (auto& thread : threads) thread.join();
  log.reset();
  const auto all = test::records(dir());
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[3].actor.id, Field("u2"));
}

TEST_F(FanOutTest, RefusesWhatCannotBe) {
  add(Kind::kWorks);
  EXPECT_FALSE(FanOut::create(places_, 0, clock_));
  EXPECT_FALSE(FanOut::create(places_, 2, clock_));
  places_.push_back({"null", nullptr});
  EXPECT_FALSE(FanOut::create(places_, 1, clock_));
}
