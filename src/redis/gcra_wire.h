#ifndef COEFFICIENT_SRC_REDIS_GCRA_WIRE_H_
#define COEFFICIENT_SRC_REDIS_GCRA_WIRE_H_

#include <hiredis/hiredis.h>

#include <optional>
#include <string>
#include <string_view>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/backend.h"
#include "coefficient/version.h"

// Private to the library: never installed. What goes to the script of gcra_script.h and comes back.
COEFFICIENT_BEGIN_NAMESPACE
namespace redis {

/// How the script is called: EVALSHA and its digest, or EVAL and its text.
struct ScriptCall {
  std::string_view command;
  std::string_view script;
};

/// Returns nothing if Redis can count `policy`; kInvalidArgument.
Result<> check_countable(const ratelimit::Policy& policy);

/// Returns nothing if `ask` is within its bounds; kInvalidArgument.
Result<> check_ask(const ratelimit::Ask& ask);

/// Returns the time by `clock` as the script takes it; without one nothing: the server's decides.
/// Error: kInvalidArgument before 1970 and after the year 2184, where doubles are not exact.
Result<std::string> now_text(const Clock* clock);

/// Appends the call for `ask`, which check_ask() accepted and whose policies check_countable(), at
/// the time that now_text() returned.
void append_ask(std::string& out, const ScriptCall& call, std::string_view prefix,
                const ratelimit::Ask& ask, std::string_view now);

/// Returns what the script answered to `ask`. Errors: error_of(); kInternal for another answer.
Result<ratelimit::Grant> read_grant(const redisReply& reply, const ratelimit::Ask& ask);

/// Returns whether the server does not know the script (any more).
bool is_unknown_script(const redisReply& reply) noexcept;
/// Returns whether the server only copies another one: the link leads to the wrong server.
bool is_replica_refusal(const redisReply& reply) noexcept;

/// Returns the error that a reply of type error stands for, or nothing. The message has the
/// error's name, and nothing else that the server said.
std::optional<Error> error_of(const redisReply& reply);

}  // namespace redis
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_REDIS_GCRA_WIRE_H_
