#ifndef COEFFICIENT_SRC_AUDIT_OWN_RECORDS_H_
#define COEFFICIENT_SRC_AUDIT_OWN_RECORDS_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/audit/record.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// What a log says of itself in its records: what was pruned, and which legal holds are open. What
/// would permit something counts only if the log's writer wrote it: behind the last checkpoint,
/// whoever can write the directory can have added records. A writer that finds such records signs
/// them with all others, and says in a log.recovered behind them that they were not confirmed.
///
/// Thread safety: distinct objects only.
class OwnRecords {
 public:
  /// Looks at a record; others, and texts that are none, are passed over.
  void see(std::uint64_t index, std::string_view text);
  /// Returns below which index records may be missing, by records below `confirmed`.
  [[nodiscard]] std::uint64_t pruned(std::uint64_t confirmed) const noexcept;
  /// Returns whether a record at `confirmed` or behind it says that more was pruned.
  [[nodiscard]] bool pruned_since(std::uint64_t confirmed) const noexcept;
  /// Returns the names of the holds that no record below `confirmed` released.
  [[nodiscard]] std::set<std::string, std::less<>> holds(std::uint64_t confirmed) const;

  /// Records from `begin` to before `end`, of which the record `end` says that no checkpoint
  /// covered them when the log was opened.
  struct Unconfirmed {
    std::uint64_t begin;
    std::uint64_t end;
  };
  /// Returns those that records below `confirmed` tell of, in order.
  [[nodiscard]] std::vector<Unconfirmed> unconfirmed(std::uint64_t confirmed) const;

 private:
  struct Hold {
    std::uint64_t index;
    bool released;
    std::string name;
  };
  std::vector<std::pair<std::uint64_t, std::uint64_t>> pruned_;  // index, first kept
  std::vector<Hold> holds_;
  std::vector<Unconfirmed> recoveries_;  // as they say
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_OWN_RECORDS_H_
