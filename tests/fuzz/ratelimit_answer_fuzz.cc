// Input: lines. `G` or `S` and a status, then `name: value` fields; an empty line, then a body up
// to a line `--`, where the next answer begins. Whatever services say: what is read is within
// bounds, reading twice gives the same, and nobody waits longer than the limiter's longest_wait.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "coefficient/ratelimit/client_limiter.h"

using namespace coefficient;
using namespace coefficient::ratelimit;

namespace {

constexpr std::chrono::seconds kLongest(7200);

std::string_view cut_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

void check(const RateAdvice& advice, const Answer& answer) {
  const auto is_bounded = [](std::optional<std::chrono::seconds> time) {
    return !time || (time->count() >= 0 && time->count() <= 315'576'000);
  };
  if (!is_bounded(advice.wait) || !is_bounded(advice.reset_in)) std::abort();
  if (advice.resource.size() > 64) std::abort();
  for (const char c : advice.resource)
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-') std::abort();
  if (advice.limited != RateAdvice::Limited::kNo && answer.status != 403 && answer.status != 429)
    std::abort();
  if (answer.status == 429 && advice.limited == RateAdvice::Limited::kNo) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto service = rest.starts_with('S') ? Service::kSlack : Service::kGithub;
  ManualClock clock{std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000))};
  auto limiter = ClientLimiter::create(
                     {.service = service, .longest_wait = kLongest, .max_resources = 3}, clock)
                     .value();
  while (!rest.empty()) {
    std::string_view first = cut_line(rest);
    Answer answer;
    first.remove_prefix(std::min<std::size_t>(1, first.size()));
    (void)std::from_chars(first.data(), first.data() + first.size(), answer.status);
    std::vector<AnswerField> fields;
    for (std::string_view line = cut_line(rest); !line.empty(); line = cut_line(rest)) {
      const std::size_t colon = std::min(line.find(": "), line.size());
      fields.push_back({line.substr(0, colon), line.substr(std::min(colon + 2, line.size()))});
    }
    const std::size_t end = std::min(rest.find("\n--\n"), rest.size());
    answer.fields = fields;
    answer.body = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 4, rest.size()));

    const RateAdvice advice = read_rate_advice(service, answer, clock.now());
    check(advice, answer);
    const std::string_view resource = first.substr(0, 8);
    const auto before = limiter.before_request(resource);
    if (before.count() < 0 || before > kLongest) std::abort();
    const RateAdvice again = limiter.after_answer(resource, answer);
    if (again.limited != advice.limited || again.wait != advice.wait ||
        again.remaining != advice.remaining || again.reset_in != advice.reset_in)
      std::abort();
    const auto wait = limiter.before_request(resource);
    if (wait.count() < 0 || wait > kLongest) std::abort();
    clock.advance(std::chrono::seconds(answer.fields.size() * 30));
  }
  clock.advance(kLongest);
  if (limiter.before_request("any").count() != 0) std::abort();
  return 0;
}
