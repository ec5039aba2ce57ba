#include "sqlite/file_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

FileCalls::~FileCalls() = default;

int FileCalls::open(int at, const char* name, int flags, mode_t mode) {
  return ::openat(at, name, flags, mode);
}
ssize_t FileCalls::read(int fd, void* out, std::size_t size) {
  return ::read(fd, out, size);
}
ssize_t FileCalls::write(int fd, const void* data, std::size_t size) {
  return ::write(fd, data, size);
}
int FileCalls::fsync(int fd) {
  return ::fsync(fd);
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

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
