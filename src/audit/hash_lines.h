#ifndef COEFFICIENT_SRC_AUDIT_HASH_LINES_H_
#define COEFFICIENT_SRC_AUDIT_HASH_LINES_H_

#include <span>
#include <string>

#include "coefficient/audit/merkle.h"
#include "coefficient/core/encoding.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Appends each hash in base64 and a line feed, as all C2SP formats write a proof.
inline void append_hash_lines(std::span<const Hash> hashes, std::string& out) {
  for (const Hash& hash : hashes) out += base64_encode(hash) + "\n";
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_HASH_LINES_H_
