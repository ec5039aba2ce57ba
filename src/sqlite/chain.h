#ifndef COEFFICIENT_SRC_SQLITE_CHAIN_H_
#define COEFFICIENT_SRC_SQLITE_CHAIN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

using Hash = std::array<std::byte, 32>;
/// Random; a restored database has a new one.
using DatabaseId = std::array<std::byte, 16>;

/// Times must fit into std::chrono::system_clock, which counts nanoseconds: the year 2255.
inline constexpr std::int64_t kMaxTimeMs = 9'000'000'000'000;

/// One recorded transaction. Times never go back from one to the next.
struct Change {
  std::int64_t seq = 0;
  std::int64_t time_ms = 0;  ///< Since 1970, of the host's clock; 0 to kMaxTimeMs.
  std::int64_t schema = 0;
  std::span<const std::byte> changeset;
};

/// Returns the hash of `change` after the one whose hash is `previous`: SHA-256 over the label
/// "coefficient.sqlite.change.v1", previous, seq, time, schema and length (64 bit, big-endian) and
/// the changeset. kInternal if OpenSSL failed.
COEFFICIENT_SQLITE_EXPORT Result<Hash> chain_hash(const Hash& previous, const Change& change);

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_CHAIN_H_
