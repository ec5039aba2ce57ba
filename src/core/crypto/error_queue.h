#ifndef COEFFICIENT_SRC_CORE_CRYPTO_ERROR_QUEUE_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_ERROR_QUEUE_H_

#include <openssl/err.h>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

/// While it lives, failures add nothing lasting to OpenSSL's per-thread error queue: a host that
/// reads the queue for its own TLS must not find a failed parse or verification of ours there.
///
/// Thread safety: an object stays in the thread that made it.
struct ErrorQueueMark {
  ErrorQueueMark() noexcept { ERR_set_mark(); }
  ErrorQueueMark(const ErrorQueueMark&) = delete;
  ErrorQueueMark& operator=(const ErrorQueueMark&) = delete;
  ~ErrorQueueMark() { ERR_pop_to_mark(); }
};

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_ERROR_QUEUE_H_
