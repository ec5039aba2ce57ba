#ifndef COEFFICIENT_TESTS_SQLITE_FAULTS_H_
#define COEFFICIENT_TESTS_SQLITE_FAULTS_H_

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "sqlite/file_calls.h"

namespace test {

/// Makes the n-th call fail that changes a file: write, fsync, truncate, rename, unlink; those of
/// SQLite (through FaultVfs) and those of an archive (through FaultyCalls) are counted together.
/// An fsync that does not fail does nothing, for speed: what was written is in the page cache,
/// which is all that a killed process needs.
class FaultPlan {
 public:
  enum class Kind { kIo, kNoSpace, kShortWrite };
  /// From now on call number `at` (from 1) fails; all later ones too if `lasting`. 0: none.
  void arm(long at, Kind kind, bool lasting) {
    at_ = at;
    kind_ = kind;
    lasting_ = lasting;
    calls_ = 0;
  }
  void disarm() { at_ = 0; }
  /// Counts a call; returns whether it must fail.
  bool next() {
    const long call = ++calls_;
    return at_ != 0 && (call == at_ || (lasting_ && call > at_));
  }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] long calls() const { return calls_; }

 private:
  std::atomic<long> at_ = 0;
  std::atomic<long> calls_ = 0;
  Kind kind_ = Kind::kIo;
  bool lasting_ = false;
};

/// While it lives, the default VFS of SQLite is one that follows `plan` and remembers what of each
/// file was made durable. One at a time.
class FaultVfs {
 public:
  explicit FaultVfs(FaultPlan& plan);
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs();

  /// Writes into `directory` what a power cut at this moment would leave of the files in `from`, if
  /// everything was lost that no fsync had covered.
  void power_cut(const std::filesystem::path& from, const std::filesystem::path& directory);
  /// Keeps the durable contents of files from now on.
  void remember(bool on) { remember_ = on; }

  FaultPlan& plan;
  std::atomic<bool> remember_ = false;
  std::mutex mutex;
  std::map<std::string, std::string> durable;
};

/// The calls of an archive, following `plan`.
class FaultyCalls final : public coefficient::sqlite::FileCalls {
 public:
  explicit FaultyCalls(FaultPlan& plan) : plan_(plan) {}
  ssize_t write(int fd, const void* data, std::size_t size) override;
  int fsync(int fd) override;
  int rename(int at, const char* from, const char* to) override;
  int unlink(int at, const char* name) override;

 private:
  bool fails();
  FaultPlan& plan_;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_SQLITE_FAULTS_H_
