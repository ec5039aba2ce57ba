#ifndef COEFFICIENT_SRC_AUDIT_FILE_CALLS_H_
#define COEFFICIENT_SRC_AUDIT_FILE_CALLS_H_

#include <sys/types.h>

#include <cstddef>

#include "coefficient/audit/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// The system calls by which a log changes its files, with their results and errno. Names are
/// relative to the directory `at`. A test replaces them to fail each in turn.
///
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_AUDIT_EXPORT FileCalls {
 public:
  FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
  virtual ~FileCalls();
  virtual int create(int at, const char* name, int flags, mode_t mode);
  virtual ssize_t pwrite(int fd, const void* data, std::size_t size, off_t offset);
  virtual int fdatasync(int fd);
  virtual int fsync(int fd);
  virtual int ftruncate(int fd, off_t size);
  virtual int rename(int at, const char* from, const char* to);
  virtual int unlink(int at, const char* name);
};

/// Returns the calls themselves.
COEFFICIENT_AUDIT_EXPORT FileCalls& system_file_calls() noexcept;

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_FILE_CALLS_H_
