#ifndef COEFFICIENT_TESTS_AUDIT_FAULTS_H_
#define COEFFICIENT_TESTS_AUDIT_FAULTS_H_

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "audit/file_calls.h"

namespace test {

/// Makes the n-th call fail that changes a file. A sync that does not fail does nothing, for speed:
/// what was written is in the page cache, which is all that a killed process needs.
class FaultyCalls final : public coefficient::audit::FileCalls {
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
  /// While on, no file grows.
  void fill_disk(bool on) { full_ = on; }
  [[nodiscard]] long calls() const { return calls_; }
  [[nodiscard]] long syncs() const { return syncs_; }

  int create(int at, const char* name, int flags, mode_t mode) override {
    return fails() ? -1 : FileCalls::create(at, name, flags, mode);
  }
  ssize_t pwrite(int fd, const void* data, std::size_t size, off_t offset) override {
    struct stat status {};
    if (full_ && ::fstat(fd, &status) == 0 && offset + static_cast<off_t>(size) > status.st_size) {
      errno = ENOSPC;
      return -1;
    }
    if (!fails()) return FileCalls::pwrite(fd, data, size, offset);
    if (kind_ != Kind::kShortWrite) return -1;
    // Short without an error, as POSIX has it; a lasting one then fails.
    if (lasting_ && calls_ > at_) return -1;
    return FileCalls::pwrite(fd, data, (size + 1) / 2, offset);
  }
  int fdatasync(int) override {
    ++syncs_;
    return fails() ? -1 : 0;
  }
  int fsync(int) override {
    ++syncs_;
    return fails() ? -1 : 0;
  }
  int ftruncate(int fd, off_t size) override {
    return fails() ? -1 : FileCalls::ftruncate(fd, size);
  }
  int rename(int at, const char* from, const char* to) override {
    return fails() ? -1 : FileCalls::rename(at, from, to);
  }
  int unlink(int at, const char* name) override {
    return fails() ? -1 : FileCalls::unlink(at, name);
  }

 private:
  bool fails() {
    const long call = ++calls_;
    if (at_ == 0 || (call != at_ && !(lasting_ && call > at_))) return false;
    errno = kind_ == Kind::kIo ? EIO : ENOSPC;
    return true;
  }
  std::atomic<long> at_ = 0;
  std::atomic<long> calls_ = 0;
  std::atomic<long> syncs_ = 0;
  std::atomic<bool> full_ = false;
  Kind kind_ = Kind::kIo;
  bool lasting_ = false;
};

/// Each n-th case only, where COEFFICIENT_FAULT_STRIDE asks for that, as sanitizer runs do.
inline long fault_stride() {
  const char* text = std::getenv("COEFFICIENT_FAULT_STRIDE");
  return text == nullptr ? 1 : std::max(1L, std::strtol(text, nullptr, 10));
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_AUDIT_FAULTS_H_
