#ifndef COEFFICIENT_SRC_AUDIT_FORK_MARK_H_
#define COEFFICIENT_SRC_AUDIT_FORK_MARK_H_

#include <sys/types.h>

#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Knows whether this process is a child, by fork(), of the one that made the mark: a child shares
/// the descriptors and the lock, and would write into the same places. The kernel wipes the mark in
/// a child, which costs nothing to look at; without MADV_WIPEONFORK, the pid is asked for.
///
/// Thread safety: const members may be called concurrently.
class ForkMark {
 public:
  ForkMark() noexcept;
  ForkMark(const ForkMark&) = delete;
  ForkMark& operator=(const ForkMark&) = delete;
  ~ForkMark();
  [[nodiscard]] bool forked() const noexcept;

 private:
  pid_t pid_;
  unsigned char* page_;  // null if the kernel does not wipe
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_FORK_MARK_H_
