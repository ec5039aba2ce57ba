#ifndef COEFFICIENT_CORE_RANDOM_H_
#define COEFFICIENT_CORE_RANDOM_H_

#include <cstddef>
#include <span>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE

/// Fills `out` with bytes from OpenSSL's DRBG, fit for keys and nonces. Requests of up to 256
/// bytes come from a pool that each thread owns, because RAND_bytes of 24 bytes costs as much as
/// of 1024; bytes that were handed out are erased from it. After fork() the child's pool is empty
/// (MADV_WIPEONFORK; where the kernel lacks it there is no pool), so parent and child never
/// share a byte.
///
/// Error: kInternal if OpenSSL cannot deliver; `out` is then zeros and must not be used.
/// Thread safety: may be called concurrently.
COEFFICIENT_CORE_EXPORT Result<> random_bytes(std::span<std::byte> out);

COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_CORE_RANDOM_H_
