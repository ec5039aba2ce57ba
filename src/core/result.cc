#include "coefficient/core/result.h"

#include <cstdio>
#include <cstdlib>

COEFFICIENT_BEGIN_NAMESPACE

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kDeadlineExceeded:
      return "deadline_exceeded";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kAlreadyExists:
      return "already_exists";
    case ErrorCode::kPermissionDenied:
      return "permission_denied";
    case ErrorCode::kResourceExhausted:
      return "resource_exhausted";
    case ErrorCode::kFailedPrecondition:
      return "failed_precondition";
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kDataLoss:
      return "data_loss";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
  }
  return "unknown";
}

namespace detail {
void bad_result_access(const char* what) noexcept {
  (void)std::fprintf(stderr, "coefficient: Result accessed without a check: %s\n", what);
  std::abort();
}
}  // namespace detail

COEFFICIENT_END_NAMESPACE
