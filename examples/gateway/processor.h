#ifndef COEFFICIENT_GATEWAY_PROCESSOR_H_
#define COEFFICIENT_GATEWAY_PROCESSOR_H_

#include <optional>
#include <string_view>

#include "coefficient/diff/minimizer.h"
#include "diff_source.h"
#include "inbox.h"
#include "result.h"

namespace gateway {

/// Returns the pull request of a GitHub `pull_request` payload and its action; only the ten members
/// that are needed are ever built. Errors: kInvalidArgument names the member that is missing or of
/// the wrong type.
struct PullRequestEvent {
  std::string action;
  PullRequest pull_request;
};
Result<PullRequestEvent> parse_pull_request_event(std::string_view payload);

/// Returns what is to be stored for a leased delivery: a minimized change, or why it is ignored.
/// Errors: those of parse_pull_request_event, DiffSource::diff and diff::Minimizer::minimize.
Result<Outcome> process(const Lease& lease, const DiffSource& source,
                        const coefficient::diff::Minimizer& minimizer);

/// Returns whether an error of process() will be the same at the next attempt.
bool is_permanent(ErrorCode code);

/// Returns whether an error of process() says nothing of the delivery: the gateway lacked what it
/// takes to ask.
bool is_own_shortage(ErrorCode code);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_PROCESSOR_H_
