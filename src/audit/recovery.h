#ifndef COEFFICIENT_SRC_AUDIT_RECOVERY_H_
#define COEFFICIENT_SRC_AUDIT_RECOVERY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "audit/directory.h"
#include "audit/scan.h"
#include "coefficient/audit/damage.h"
#include "coefficient/audit/key_chain.h"
#include "coefficient/audit/log.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Compares a growing tree with what somebody vouched for.
///
/// Thread safety: distinct objects only.
class Vouched {
 public:
  /// Adds a tree that somebody vouched for; `by` is what it is called in messages.
  void add(const Anchor& anchor, std::string by);
  /// Adds the trees at which the keys changed: who has the key in office cannot sign them anew.
  void add(const KeyChain& keys);
  /// To be called with the tree after each leaf, and once before the first. False after a mismatch,
  /// or if OpenSSL failed.
  bool check(const Frontier& tree);
  /// Returns whether a check() was false because OpenSSL failed.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// Returns what does not fit; `tree` is the final one.
  [[nodiscard]] std::optional<Damage> result(const Frontier& tree) const;
  /// Returns the size of the largest tree that was found to fit.
  [[nodiscard]] std::uint64_t confirmed() const noexcept { return confirmed_; }
  /// Returns what a scan found, without the records that were found to fit: if those are all that a
  /// segment's header contradicts, it is the header that is damaged.
  [[nodiscard]] Damage without_confirmed(Damage damage) const;

 private:
  std::multimap<std::uint64_t, std::pair<Hash, std::string>> anchors_;  // not checked yet
  std::uint64_t next_ = 0;                                              // no anchor is smaller
  std::uint64_t confirmed_ = 0;
  bool failed_ = false;
  std::optional<Damage> damage_;
};

/// Returns the damage if records below `first_kept` are missing, and signed records of the log
/// allow for those below `pruned` only.
std::optional<Damage> unrecorded_pruning(std::uint64_t first_kept, std::uint64_t pruned);

/// What is said again of an intent when it is closed for want of an outcome.
struct OpenIntent {
  std::string action;
  Target target;  ///< Empty if it is long.
};

/// Finds the intents that nothing closed.
///
/// Thread safety: distinct objects only.
class OpenIntents {
 public:
  /// Beyond so many at once, the newest are not found.
  static constexpr std::size_t kMaxOpen = 100'000;
  /// A target of more bytes is not kept.
  static constexpr std::size_t kMaxTargetBytes = 1024;
  /// Looks at a record; texts that are none are passed over.
  void see(std::string_view text);
  /// Returns them by id.
  [[nodiscard]] const std::map<std::string, OpenIntent>& open() const noexcept { return open_; }

 private:
  std::map<std::string, OpenIntent> open_;
};

/// What recovery found in the directory of a log that may be written to again.
struct Recovered {
  ScanResult scan;
  std::uint64_t checkpoint_bytes = 0;       ///< Of whole notes.
  std::uint64_t torn_checkpoint_bytes = 0;  ///< Behind those.
  std::uint64_t checkpoint_size = 0;        ///< What the last one says.
  std::string last_note;
  std::uint64_t confirmed = 0;  ///< How many records something signed fits; the rest may be forged.
  std::map<std::string, OpenIntent> open_intents;
  std::set<std::string, std::less<>> holds;  ///< Legal holds that are open by the records.
};

/// Reads the whole log and compares it with its last checkpoint, the trees at which the keys
/// changed and the anchor, and what is missing of it with what is on record as pruned. Changes
/// nothing.
/// Errors as Log::open() has them.
Result<Recovered, OpenError> recover(const Directory& directory, const KeyChain& keys,
                                     const std::optional<Anchor>& anchor, const Progress& progress);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_RECOVERY_H_
