#include <algorithm>
#include <charconv>
#include <cstdint>

#include "coefficient/ratelimit/client_limiter.h"
#include "ratelimit/http_date.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using Limited = RateAdvice::Limited;

constexpr std::size_t kLookedAt = 4096;  // of a body
// Seconds since 1970 up to the year 5138, so that differences do not overflow.
constexpr std::uint64_t kMostSeconds = 99'999'999'999;
// Ten years: as nanoseconds it does not overflow either.
constexpr seconds kLongestWait(315'576'000);

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_letters(char a, char b) {
  return lower(a) == lower(b);
}

bool is_named(const AnswerField& field, std::string_view name) {
  return std::equal(field.name.begin(), field.name.end(), name.begin(), name.end(), same_letters);
}

// The value of a field that stands there once, or always alike.
std::optional<std::string_view> value_of(const Answer& answer, std::string_view name) {
  std::optional<std::string_view> out;
  for (const AnswerField& field : answer.fields) {
    if (!is_named(field, name)) continue;
    if (out && *out != field.value) return std::nullopt;
    out = field.value;
  }
  return out;
}

std::optional<std::uint64_t> number_of(std::optional<std::string_view> text) {
  if (!text || text->empty() || text->size() > 19) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, failed] = std::from_chars(text->data(), end, value);
  if (failed != std::errc() || stop != end) return std::nullopt;
  return value;
}

seconds bounded(std::uint64_t value) {
  return seconds(std::min(value, kMostSeconds));
}

sys_seconds time_of(const Answer& answer, std::chrono::system_clock::time_point now) {
  if (const auto text = value_of(answer, "date"))
    if (const auto date = detail::parse_http_date(*text)) return *date;
  return std::chrono::floor<seconds>(now);
}

seconds as_wait(seconds time) {
  return std::clamp(time, seconds(0), kLongestWait);
}

// RFC 9110 section 10.2.3: seconds, or a date.
std::optional<seconds> retry_after(const Answer& answer, sys_seconds now) {
  const auto text = value_of(answer, "retry-after");
  if (const auto number = number_of(text)) return as_wait(bounded(*number));
  if (!text) return std::nullopt;
  if (const auto date = detail::parse_http_date(*text)) return as_wait(*date - now);
  return std::nullopt;
}

bool mentions(std::string_view body, std::string_view words) {
  body = body.substr(0, kLookedAt);
  return std::search(body.begin(), body.end(), words.begin(), words.end(), same_letters) !=
         body.end();
}

std::string resource_of(const Answer& answer) {
  const auto text = value_of(answer, "x-ratelimit-resource");
  if (!text || text->size() > 64) return {};
  const bool plain = std::all_of(text->begin(), text->end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return plain ? std::string(*text) : std::string();
}

RateAdvice read_github(const Answer& answer, sys_seconds now) {
  RateAdvice out;
  out.resource = resource_of(answer);
  out.remaining = number_of(value_of(answer, "x-ratelimit-remaining"));
  if (const auto reset = number_of(value_of(answer, "x-ratelimit-reset")))
    out.reset_in = as_wait(bounded(*reset) - now.time_since_epoch());
  if (answer.status != 403 && answer.status != 429) return out;
  out.wait = retry_after(answer, now);
  const bool secondary =
      mentions(answer.body, "secondary rate limit") || mentions(answer.body, "abuse detection");
  const bool used_up = out.remaining == std::uint64_t{0} && out.reset_in;
  if (used_up && *out.reset_in > seconds(0) && !secondary) {
    out.limited = Limited::kResource;
    out.wait = std::max(out.wait.value_or(seconds(0)), *out.reset_in);
  } else if (answer.status == 429 || out.wait || secondary || used_up) {
    // A window that is over already refuses nothing: whatever did, it is not known to be of this
    // resource alone.
    out.limited = Limited::kEverything;
  }  // else a 403 that forbids, and has nothing to do with rates
  return out;
}

RateAdvice read_slack(const Answer& answer, sys_seconds now) {
  RateAdvice out;
  if (answer.status != 429) return out;
  out.limited = Limited::kResource;
  out.wait = retry_after(answer, now);
  return out;
}

}  // namespace

RateAdvice read_rate_advice(Service service, const Answer& answer,
                            std::chrono::system_clock::time_point now) {
  const sys_seconds its_now = time_of(answer, now);
  return service == Service::kSlack ? read_slack(answer, its_now) : read_github(answer, its_now);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
