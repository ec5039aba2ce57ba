// A decision in a Redis server on a Unix socket, and 256 of them in one exchange (times are of
// one). Floor: PING through the same link, a round trip that decides nothing. Peer:
// redis-benchmark, which sends the same script with one client, and so is the most that the server
// gives one link.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "coefficient/ratelimit/shared_limiter.h"
#include "coefficient/redis/ratelimit_backend.h"
#include "redis/address.h"
#include "redis/gcra_script.h"
#include "redis/link.h"
#include "redis/server.h"

namespace {

using namespace coefficient;
using ratelimit::Ask;

constexpr std::size_t kBatch = 256;
constexpr auto kDeadline = std::chrono::seconds(10);

test::RedisServer* server() {
  static const std::unique_ptr<test::RedisServer> one = test::RedisServer::start();
  return one.get();
}

// A bucket that hardly ever empties: both answers cost alike, and this one writes.
const std::vector<ratelimit::Policy>& policies() {
  static const std::vector<ratelimit::Policy> all{
      {.name = "p", .limit = 1'000'000, .period = std::chrono::seconds(1), .burst = 1'000'000}};
  return all;
}

void ours(benchmark::State& state, std::size_t batch) {
  if (server() == nullptr) return state.SkipWithError("redis-server is not installed");
  auto backend =
      redis::RatelimitBackend::create({.server = server()->address(), .deadline = kDeadline})
          .value();
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < batch; ++i) keys.push_back("key" + std::to_string(i));
  std::vector<Ask> asks;
  for (const std::string& key : keys)
    asks.push_back({Ask::Operation::kTake, key, policies(), 1, 0});
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(batch)))
    for (const auto& grant : backend->decide(asks))
      if (!grant) return state.SkipWithError("a decision failed");
}

void pings(benchmark::State& state, std::size_t batch) {
  if (server() == nullptr) return state.SkipWithError("redis-server is not installed");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  auto link =
      redis::Link::open(redis::parse_address(server()->address()).value(), deadline).value();
  std::string commands;
  for (std::size_t i = 0; i < batch; ++i)
    redis::append_command(commands, std::array<std::string_view, 1>{"PING"});
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(batch)))
    if (!link.exchange(commands, batch, deadline)) return state.SkipWithError("PING failed");
}

// Runs redis-benchmark once and returns how many calls a second it made; 0 if it did not run.
double calls_a_second(std::size_t pipeline, std::size_t calls) {
  const std::string id = server()->command({"SCRIPT", "LOAD", redis::kGcraScript});
  const std::string command = "redis-benchmark -s '" + server()->address().substr(5) +
                              "' -c 1 --csv -n " + std::to_string(calls) + " -P " +
                              std::to_string(pipeline) + " evalsha " + id +
                              " 1 ratelimit:peer '' 1 1 p 1 1000000 0 2>/dev/null";
  FILE* const pipe = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): our own words
  if (pipe == nullptr) return 0;
  std::string text;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  pclose(pipe);
  // The last line: "<command>","<calls a second>",...
  const std::size_t number = text.rfind("\n\"");
  const std::size_t begin = text.find("\",\"", number == std::string::npos ? 0 : number);
  if (begin == std::string::npos) return 0;
  return std::strtod(text.c_str() + begin + 3, nullptr);
}

void redis_benchmark(benchmark::State& state, std::size_t pipeline) {
  if (server() == nullptr) return state.SkipWithError("redis-server is not installed");
  for (auto _ : state) {
    const double rate = calls_a_second(pipeline, pipeline == 1 ? 20'000 : 200'000);
    if (rate <= 0) return state.SkipWithError("redis-benchmark did not run");
    state.SetIterationTime(1 / rate);
  }
}

void remembered(benchmark::State& state) {
  if (server() == nullptr) return state.SkipWithError("redis-server is not installed");
  auto backend =
      redis::RatelimitBackend::create({.server = server()->address(), .deadline = kDeadline})
          .value();
  auto limiter = ratelimit::SharedLimiter::create(
                     std::shared_ptr<ratelimit::Backend>(std::move(backend)),
                     {{.name = "p", .limit = 1, .period = std::chrono::hours(24), .burst = 1}})
                     .value();
  benchmark::DoNotOptimize(limiter.check("refused"));
  benchmark::DoNotOptimize(limiter.check("refused"));
  for (auto _ : state)
    if (limiter.check("refused").source != ratelimit::SharedDecision::Source::kRemembered)
      return state.SkipWithError("it was not remembered");
}

BENCHMARK_CAPTURE(ours, one, 1)->Name("redis_decision/ours")->UseRealTime();
BENCHMARK_CAPTURE(pings, one, 1)->Name("redis_decision/floor")->UseRealTime();
BENCHMARK_CAPTURE(redis_benchmark, one, 1)
    ->Name("redis_decision/peer:redis-benchmark")
    ->UseManualTime()
    ->Iterations(1);
BENCHMARK_CAPTURE(ours, many, kBatch)->Name("redis_decision_batch_of_256/ours")->UseRealTime();
BENCHMARK_CAPTURE(pings, many, kBatch)->Name("redis_decision_batch_of_256/floor")->UseRealTime();
BENCHMARK_CAPTURE(redis_benchmark, many, kBatch)
    ->Name("redis_decision_batch_of_256/peer:redis-benchmark")
    ->UseManualTime()
    ->Iterations(1);
BENCHMARK(remembered)->Name("redis_refusal_remembered/ours")->UseRealTime();

}  // namespace
