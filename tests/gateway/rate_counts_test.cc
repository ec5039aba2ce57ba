#include "rate_counts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fixture.h"

using namespace gateway;
using namespace std::chrono_literals;
namespace rl = coefficient::ratelimit;

namespace {

// Grants everything, or fails as it is told.
class ToldBackend final : public rl::Backend {
 public:
  [[nodiscard]] Result<> check(std::span<const rl::Policy> /*policies*/) const override {
    return {};
  }
  std::vector<Result<rl::Grant>> decide(std::span<const rl::Ask> asks) override {
    std::vector<Result<rl::Grant>> out;
    for (const rl::Ask& ask : asks) {
      if (failure) {
        out.emplace_back(Error{*failure, "CANARY"});
        continue;
      }
      rl::Grant grant{.granted = ask.cost, .decisions = {}};
      for (const rl::Policy& policy : ask.policies) {
        grant.decisions.push_back({.allowed = true, .limit = policy.limit, .remaining = 1});
      }
      out.emplace_back(std::move(grant));
    }
    return out;
  }
  std::optional<ErrorCode> failure;
};

}  // namespace

TEST(SharedRateCounts, SayOnceThatTheyAreLostAndThatTheyAreBack) {
  const test::TempDir temp;
  const std::filesystem::path path = temp.path() / "log";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  coefficient::ManualClock clock(std::chrono::sys_days(std::chrono::year(2026) / 2 / 3));
  Log log(fd, clock);
  const auto config = parse_config(initial_config(0, {.kek_file = "/k", .shred_ledger = "/s"}));
  ASSERT_TRUE(config.problems.empty());
  const auto backend = std::make_shared<ToldBackend>();
  auto counts = shared_rate_counts(config.config.rate_limits, backend, clock, &log);
  ASSERT_TRUE(counts) << counts.error().message;
  const auto ask = [&] {
    for (int i = 0; i < 3; ++i) {
      const std::array uses = {Use{.tier = Tier::kAddress, .key = "CANARY"},
                               Use{.tier = Tier::kRoute, .key = "github"}};
      (void)(*counts)->take(uses);
      clock.advance(2s);  // beyond the breaker's pause
    }
  };
  const auto lines = [&] {
    std::string events;
    std::istringstream in(test::read_text(path));
    for (std::string line; std::getline(in, line);) {
      const auto json = nlohmann::json::parse(line);
      events += json["event"].get<std::string>() + " " + json["tier"].get<std::string>() + " " +
                json.value("code", "") + "\n";
    }
    return events;
  };
  ask();
  EXPECT_EQ(lines(), "");
  backend->failure = ErrorCode::kDeadlineExceeded;
  ask();
  EXPECT_EQ(lines(),
            "rate_counts_failed address deadline_exceeded\n"
            "rate_counts_failed route deadline_exceeded\n");
  backend->failure.reset();
  ask();
  backend->failure = ErrorCode::kUnavailable;
  ask();
  EXPECT_EQ(lines(),
            "rate_counts_failed address deadline_exceeded\n"
            "rate_counts_failed route deadline_exceeded\n"
            "rate_counts_recovered address \n"
            "rate_counts_recovered route \n"
            "rate_counts_failed address unavailable\n"
            "rate_counts_failed route unavailable\n");
  EXPECT_EQ(test::read_text(path).find("CANARY"), std::string::npos);
  ::close(fd);
}
