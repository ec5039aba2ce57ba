#ifndef COEFFICIENT_GATEWAY_DIFF_SOURCE_H_
#define COEFFICIENT_GATEWAY_DIFF_SOURCE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "result.h"

namespace gateway {

/// A change whose diff is wanted, as the verified payload names it: every string in it was chosen
/// by a sender.
struct PullRequest {
  std::string repository;  ///< "owner/name"
  std::uint64_t number = 0;
  std::string base_sha;
  std::string head_sha;
  std::string title;
  std::string description;
};

/// Where diffs come from.
///
/// Thread safety: implementations must be safe to call from several threads.
class DiffSource {
 public:
  DiffSource() = default;
  DiffSource(const DiffSource&) = delete;
  DiffSource& operator=(const DiffSource&) = delete;
  virtual ~DiffSource() = default;
  /// Returns whether diffs of this repository can be had at all.
  [[nodiscard]] virtual bool serves(std::string_view repository) const = 0;
  /// Returns the diff as git writes it. Errors: kInvalidArgument if the request can never work,
  /// kNotFound and kFailedPrecondition if a later attempt may (the commit is not there yet),
  /// kDeadlineExceeded, kResourceExhausted if the diff is too large; kUnavailable if the gateway
  /// has not what it takes to ask (descriptors, processes, memory), whatever the request.
  [[nodiscard]] virtual Result<std::string> diff(const PullRequest& pull_request) const = 0;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DIFF_SOURCE_H_
