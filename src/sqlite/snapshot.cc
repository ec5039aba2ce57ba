#include "sqlite/snapshot.h"

#include <memory>

#include "sqlite/archive_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

constexpr int kPagesAtOnce = 256;  // 1 MiB

struct Finish {
  // Repeats the error of the last step, already reported.
  void operator()(sqlite3_backup* backup) const noexcept { (void)sqlite3_backup_finish(backup); }
};

Result<> copy_pages(Connection& from, Connection& to, const ProgressCallback& progress) {
  const std::unique_ptr<sqlite3_backup, Finish> backup(
      sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
  if (backup == nullptr) return error_from(sqlite3_extended_errcode(to.handle()), to.handle());
  for (;;) {
    const int status = sqlite3_backup_step(backup.get(), kPagesAtOnce);
    if (status == SQLITE_DONE) return {};
    if (status != SQLITE_OK) return error_from(status, nullptr);
    const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup.get()));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup.get()));
    if (auto go_on = report(progress, Progress::Step::kSnapshot, total - left, total); !go_on)
      return go_on;
  }
}

}  // namespace

Result<History> copy_database(const std::filesystem::path& from, const std::filesystem::path& to,
                              std::chrono::milliseconds busy, const ProgressCallback& progress) {
  auto source = Connection::open(from, Connection::Mode::kReadOnly, busy);
  if (!source) return source.error();
  // The backup reads within this transaction, so that a commit does not make it start again.
  auto snapshot = Transaction::begin(*source, "BEGIN");
  if (!snapshot) return snapshot.error();
  auto history = read_history(*source);
  if (!history) return history;
  auto target = Connection::open(to, Connection::Mode::kReadWrite, busy);
  if (!target) return target.error();
  // Nobody needs the copy if it is not finished.
  if (auto set = target->execute("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"); !set)
    return set.error();
  if (auto copied = copy_pages(*source, *target, progress); !copied) return copied.error();
  return history;
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
