#ifndef COEFFICIENT_RATELIMIT_CLIENT_LIMITER_H_
#define COEFFICIENT_RATELIMIT_CLIENT_LIMITER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// One field line of an answer, the name in any case, the value without surrounding blanks.
struct AnswerField {
  std::string_view name;
  std::string_view value;
};

/// What a limiter needs to see of a service's answer. Views only; nothing is kept.
struct Answer {
  int status = 0;
  std::span<const AnswerField> fields;
  /// GitHub: the body of a 403, of which the first 4 KiB are looked at; may be empty.
  std::string_view body = {};
};

/// Whose rules an answer follows.
enum class Service : int {
  /// docs.github.com, "Rate limits for the REST API": a primary limit for each resource (core,
  /// search, graphql ...) in x-ratelimit-*, and secondary limits for all that a token does.
  kGithub = 1,
  /// api.slack.com, "Rate limits": 429 with Retry-After, for one method of one workspace.
  kSlack = 2,
};

/// What an answer says of the rate. Times are 0 to 10 years: what says more is cut.
struct RateAdvice {
  enum class Limited : int {
    kNo = 1,
    kResource = 2,    ///< This resource: GitHub's primary limit, Slack's method.
    kEverything = 3,  ///< All of the token: GitHub's secondary limits.
  };
  Limited limited = Limited::kNo;
  /// How long to wait, where the answer says so; 0 if it says at once, or a time that is over.
  std::optional<std::chrono::seconds> wait = {};
  /// GitHub: how many more until `reset_in` has passed.
  std::optional<std::uint64_t> remaining = {};
  std::optional<std::chrono::seconds> reset_in = {};
  /// GitHub: x-ratelimit-resource, 1 to 64 of `a-z 0-9 _ -`; else empty.
  std::string resource = {};
};

/// Returns what `answer` says. Never fails: a field that is malformed, or stands there twice with
/// different values, is as if it were not there, but a status that refuses still refuses. `now` is
/// used where the answer has no Date; otherwise differences are taken by the service's own clock.
COEFFICIENT_RATELIMIT_EXPORT RateAdvice read_rate_advice(Service service, const Answer& answer,
                                                         std::chrono::system_clock::time_point now);

struct ClientLimiterOptions {
  Service service = Service::kGithub;
  /// The least pause after a refusal that says no time or none to come, and after one of all that a
  /// token does; it doubles with each such refusal after a pause, until one succeeds.
  std::chrono::seconds first_pause{60};
  /// The most that it doubles to.
  std::chrono::seconds longest_pause{3600};
  /// The most that an answer can make anyone wait, whatever it says.
  std::chrono::seconds longest_wait{7200};
  /// How many resources are told apart: 1 to 1 000 000. When as many are limited, what limits a
  /// further one stops all.
  std::size_t max_resources = 256;
};

/// Keeps a client within what a service allows, by what it answers: ask before each request, tell
/// each answer. For one token; a host with several has one limiter each.
///
/// Thread safety: all members may be called concurrently. Answers may come in any order: of several
/// in one window the least that remains counts, less what was sent since; and what one flight of
/// requests is refused is one refusal.
class COEFFICIENT_RATELIMIT_EXPORT ClientLimiter {
 public:
  /// Error: kInvalidArgument for a time below 1 s or above 10 years, first_pause above
  /// longest_pause, or max_resources out of range. `clock` must outlive the limiter.
  static Result<ClientLimiter> create(const ClientLimiterOptions& options,
                                      const Clock& clock = steady_clock());
  ClientLimiter(ClientLimiter&&) noexcept;
  ClientLimiter& operator=(ClientLimiter&&) noexcept;
  ClientLimiter(const ClientLimiter&) = delete;
  ClientLimiter& operator=(const ClientLimiter&) = delete;
  ~ClientLimiter();

  /// Returns 0 if a request may be sent now, which is then counted, or how long to wait before
  /// asking again. `resource` is GitHub's (`core`), or for Slack whatever names workspace and
  /// method
  /// (`T123/chat.postMessage`). Those above 128 bytes are told apart by the first 128.
  [[nodiscard]] std::chrono::nanoseconds before_request(std::string_view resource);

  /// Learns from the answer to a request of `resource`, and returns what it read in it.
  RateAdvice after_answer(std::string_view resource, const Answer& answer);

  /// Returns how many refusals with a pause there were without a success after it. A host gives up
  /// when it thinks that there were enough: GitHub may bar a client that goes on.
  [[nodiscard]] std::uint32_t refusals() const;

 private:
  struct State;
  explicit ClientLimiter(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_CLIENT_LIMITER_H_
