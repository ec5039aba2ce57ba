#ifndef COEFFICIENT_SQLITE_AUDIT_INDEX_H_
#define COEFFICIENT_SQLITE_AUDIT_INDEX_H_

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "coefficient/audit/index.h"
#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// The index of an audit log in a database file of its own, which may be deleted at any time: it is
/// then built anew from the log. It holds actors, actions, targets, times and outcomes in the
/// clear, as the log does; a field that the log has encrypted is its key's id. What is removed from
/// it is overwritten where it lies in the file.
///
/// Thread safety: one thread at a time. One process at a time writes; others wait five seconds,
/// then get kUnavailable.
class COEFFICIENT_SQLITE_EXPORT AuditIndex final : public audit::Index {
 public:
  /// Opens the file, or makes it with mode 0600. Errors: kFailedPrecondition if it is another
  /// database; kDataLoss if it is damaged or none; kUnavailable, kInternal.
  static Result<std::unique_ptr<AuditIndex>> open(const std::filesystem::path& path);
  AuditIndex(const AuditIndex&) = delete;
  AuditIndex& operator=(const AuditIndex&) = delete;
  ~AuditIndex() override;
  Result<audit::IndexPosition> position() override;
  Result<> add(std::span<const audit::IndexEntry> entries,
               const audit::IndexPosition& after) override;
  Result<std::vector<std::uint64_t>> find(const audit::Query& query) override;
  Result<> prune(std::uint64_t first_kept) override;
  Result<> clear() override;

 private:
  struct State;
  explicit AuditIndex(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SQLITE_AUDIT_INDEX_H_
