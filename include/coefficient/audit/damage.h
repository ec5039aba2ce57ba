#ifndef COEFFICIENT_AUDIT_DAMAGE_H_
#define COEFFICIENT_AUDIT_DAMAGE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// What is wrong with a log.
enum class DamageKind {
  kTruncated,  ///< Records are missing at the end: there are fewer than somebody vouched for.
  kForked,     ///< It is another log than the one that somebody vouched for.
  kCorrupt,    ///< Bytes are damaged, or files are missing, repeated or out of place.
};

/// Returns "truncated", "forked" or "corrupt".
COEFFICIENT_AUDIT_EXPORT std::string_view to_string(DamageKind kind) noexcept;

struct Damage {
  DamageKind kind = DamageKind::kCorrupt;
  /// The first record that is wrong or missing lies in [first_index, end_index); where it is known
  /// exactly, end_index is one more.
  std::uint64_t first_index = 0;
  std::uint64_t end_index = 0;
  std::string what;  ///< For people; holds nothing of a record.
};

/// What an anchor outside of the log's directory vouches for: the log had these records once.
struct Anchor {
  std::uint64_t size = 0;
  Hash root{};
};

/// Called with the bytes done and those to do; false stops the work.
using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_DAMAGE_H_
