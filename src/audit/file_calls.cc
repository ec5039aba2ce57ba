#include "audit/file_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

FileCalls::~FileCalls() = default;

int FileCalls::create(int at, const char* name, int flags, mode_t mode) {
  return ::openat(at, name, flags, mode);
}
ssize_t FileCalls::pwrite(int fd, const void* data, std::size_t size, off_t offset) {
  return ::pwrite(fd, data, size, offset);
}
int FileCalls::fdatasync(int fd) {
  return ::fdatasync(fd);
}
int FileCalls::fsync(int fd) {
  return ::fsync(fd);
}
int FileCalls::ftruncate(int fd, off_t size) {
  return ::ftruncate(fd, size);
}
int FileCalls::rename(int at, const char* from, const char* to) {
  return ::renameat(at, from, at, to);
}
int FileCalls::unlink(int at, const char* name) {
  return ::unlinkat(at, name, 0);
}

FileCalls& system_file_calls() noexcept {
  static FileCalls calls;  // has no state
  return calls;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
