#include "coefficient/vault/kek_provider.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

KekProvider::~KekProvider() = default;

std::string_view to_string(KekFault fault) noexcept {
  switch (fault) {
    case KekFault::kRetryable:
      return "retryable";
    case KekFault::kDenied:
      return "denied";
    case KekFault::kNotFound:
      return "not_found";
    case KekFault::kDestroyed:
      return "destroyed";
    case KekFault::kIntegrity:
      return "integrity";
    case KekFault::kConfig:
      return "config";
  }
  return "unknown";
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
