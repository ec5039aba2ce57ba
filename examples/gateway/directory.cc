#include "directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "log.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using coefficient::SecretBytes;

Error from_errno(int number, const fs::path& path) {
  ErrorCode code = ErrorCode::kInternal;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EACCES || number == EPERM || number == EROFS) code = ErrorCode::kPermissionDenied;
  if (number == EEXIST || number == ENOTEMPTY) code = ErrorCode::kAlreadyExists;
  return Error{code, path.string() + ": " + std::generic_category().message(number)};
}

class File {
 public:
  explicit File(int fd) noexcept : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Fills `out` as far as `fd` reaches.
Result<std::size_t> read_up_to(int fd, std::span<std::byte> out, const fs::path& path) {
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t n = ::read(fd, &out[size], out.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, path);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  return size;
}

fs::path parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

Error too_large(const fs::path& path, std::size_t max_bytes) {
  return Error{ErrorCode::kResourceExhausted,
               path.string() + ": is larger than " + std::to_string(max_bytes) + " bytes"};
}

Result<struct stat> status_of_regular(const File& file, const fs::path& path) {
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) return from_errno(errno, path);
  if (!S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kInvalidArgument, path.string() + ": is not a regular file"};
  }
  return info;
}

Result<SecretBytes> read_secret_from(int fd, const fs::path& path) {
  SecretBytes room = SecretBytes::for_overwrite(kMaxSecretBytes + 2);
  auto size = read_up_to(fd, room.expose_for_writing(), path);
  if (!size) return size.error();
  auto secret = room.expose().first(*size);
  if (!secret.empty() && secret.back() == std::byte{'\n'}) secret = secret.first(*size - 1);
  if (secret.size() > kMaxSecretBytes) return too_large(path, kMaxSecretBytes);
  return SecretBytes::copy_of(secret);
}

// Writes `text` under a name that is free for it, which a crash may have left.
Result<fs::path> write_beside(const fs::path& path, std::string_view text) {
  fs::path fresh = path.string() + ".new";
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) return from_errno(errno, fresh);
  if (auto written = write_new_file(fresh, text); !written) return written.error();
  return fresh;
}

}  // namespace

Error at(const std::string& where, const Error& error) {
  return Error{error.code, where + ": " + error.message};
}

Result<std::string> read_file(const fs::path& path, std::size_t max_bytes) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (auto regular = status_of_regular(file, path); !regular) return regular.error();
  std::string text(max_bytes + 1, '\0');
  auto size = read_up_to(file.get(), std::as_writable_bytes(std::span(text)), path);
  if (!size) return size.error();
  if (*size > max_bytes) return too_large(path, max_bytes);
  text.resize(*size);
  return text;
}

Result<SecretBytes> read_secret_file(const fs::path& path) {
  // Mode and content come from one descriptor: what was checked is what was read.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  auto info = status_of_regular(file, path);
  if (!info) return info.error();
  if ((info->st_mode & 077U) != 0) {
    return Error{ErrorCode::kPermissionDenied, path.string() + ": is open to other users"};
  }
  return read_secret_from(file.get(), path);
}

Result<SecretBytes> read_secret(int fd) {
  return read_secret_from(fd, "standard input");
}

Result<> make_empty_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  const int number = errno;
  std::error_code ignored;
  const bool usable = fs::is_directory(path, ignored) && fs::is_empty(path, ignored) &&
                      ::chmod(path.c_str(), 0700) == 0;
  if (!usable) return from_errno(number, path);
  return {};
}

Result<> sync_directory(const fs::path& path) {
  const File directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return from_errno(errno, path);
  return {};
}

Result<> write_new_file(const fs::path& path, std::string_view text) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return from_errno(errno, path);
  if (!write_all(file.get(), text) || ::fsync(file.get()) != 0) {
    const Error error = from_errno(errno, path);
    ::unlink(path.c_str());  // half a file is no file; what stays is in the way of the next try
    return error;
  }
  return sync_directory(parent_of(path));
}

Result<> publish_new_file(const fs::path& path, std::string_view text) {
  auto fresh = write_beside(path, text);
  if (!fresh) return fresh.error();
  const bool linked = ::link(fresh->c_str(), path.c_str()) == 0;
  const int number = errno;
  if (::unlink(fresh->c_str()) != 0) return from_errno(errno, *fresh);
  if (!linked) return from_errno(number, path);
  return sync_directory(parent_of(path));
}

Result<> replace_file(const fs::path& path, std::string_view text) {
  auto fresh = write_beside(path, text);
  if (!fresh) return fresh.error();
  if (::rename(fresh->c_str(), path.c_str()) != 0) return from_errno(errno, path);
  return sync_directory(parent_of(path));
}

Result<DirectoryLock> DirectoryLock::acquire(const Directory& directory) {
  const int fd = ::open(directory.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return from_errno(errno, directory.lock());
  DirectoryLock lock(fd);
  // A gateway that was killed while it started git leaves a child that holds the lock too, for the
  // moment until it has closed what it inherited.
  constexpr int kAttempts = 50;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Error{ErrorCode::kFailedPrecondition,
               directory.root().string() + ": another gateway serves this directory"};
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace gateway
