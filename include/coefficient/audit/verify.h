#ifndef COEFFICIENT_AUDIT_VERIFY_H_
#define COEFFICIENT_AUDIT_VERIFY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coefficient/audit/damage.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

struct VerifyOptions {
  /// The log's root key (see KeyChain), as it was noted down elsewhere. Empty: that in the
  /// directory, and then whoever wrote the directory may have made it.
  std::string root_key = {};
  std::optional<Anchor> expected_min_checkpoint = {};
  bool parse_records = false;  ///< Also that each payload is a record, in canonical form.
  Progress progress = {};
};

struct VerifyReport {
  std::string origin;
  std::string root_key;
  std::uint64_t records = 0;     ///< Valid ones, from the first on.
  std::uint64_t first_kept = 0;  ///< Of those before it only the hashes are there.
  std::uint64_t segments = 0;
  Hash root{};                    ///< Of all of them.
  std::uint64_t checkpoints = 0;  ///< Genuine ones, each compared with the records.
  std::uint64_t confirmed = 0;    ///< The size of the largest that fits.
  std::uint64_t torn_bytes = 0;   ///< What an interrupted write left behind the last record.
  std::uint64_t open_intents = 0;
  std::vector<Damage> damages;  ///< At most kMaxDamages, the first bad record first.
  /// What is not excluded even so, in sentences.
  std::vector<std::string> limits;
  /// What an interrupted write left behind the last checkpoint.
  std::uint64_t torn_checkpoint_bytes = 0;

  static constexpr std::size_t kMaxDamages = 100;
  [[nodiscard]] bool intact() const noexcept { return damages.empty(); }
};

/// Reads a whole log and checks: each record's checksum and place, the roots in the segments'
/// headers, that a record's seq is its index, the chain of keys, the signature of each checkpoint
/// and that the records are those that it vouches for, that none is of a smaller tree than the one
/// before, and behind the last nothing but the beginning of one, the same for the anchor, and that
/// what was pruned is named by a record that a checkpoint covers. Changes nothing and takes no
/// lock: of a log that is written to, it sees the state at some moment, perhaps with an unfinished
/// record.
///
/// Errors: kNotFound if there is no such directory, or no root key in it and none was given;
/// kPermissionDenied, kUnavailable: it cannot be read; kInvalidArgument if its root key is none;
/// kUnauthenticated if the directory has another root key; kDeadlineExceeded if `progress` stopped
/// it; kInternal. What is wrong with the log is in the report.
/// Thread safety: may be called concurrently.
COEFFICIENT_AUDIT_EXPORT Result<VerifyReport> verify_log(const std::string& directory,
                                                         const VerifyOptions& options = {});

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_VERIFY_H_
