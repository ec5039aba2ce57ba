#ifndef COEFFICIENT_SRC_SQLITE_FILE_CALLS_H_
#define COEFFICIENT_SRC_SQLITE_FILE_CALLS_H_

#include <sys/types.h>

#include <cstddef>

#include "coefficient/sqlite/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// The system calls by which an archive is read and written, with their results and errno. Names
/// are relative to the directory `at`. A test replaces them to fail each in turn.
///
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_SQLITE_EXPORT FileCalls {
 public:
  FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
  virtual ~FileCalls();
  virtual int open(int at, const char* name, int flags, mode_t mode);
  virtual ssize_t read(int fd, void* out, std::size_t size);
  virtual ssize_t write(int fd, const void* data, std::size_t size);
  virtual int fsync(int fd);
  virtual int rename(int at, const char* from, const char* to);
  virtual int unlink(int at, const char* name);
};

/// Returns the calls themselves.
FileCalls& system_file_calls() noexcept;

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_FILE_CALLS_H_
