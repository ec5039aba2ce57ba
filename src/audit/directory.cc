#include "audit/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kMaxNames = 1'000'000;

struct CloseDir {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

ErrorCode code_of(int number) noexcept {
  switch (number) {
    case ENOENT:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kResourceExhausted;
    default:
      return ErrorCode::kUnavailable;
  }
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}
Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Error Directory::failed(const std::string& name) const {
  const int number = errno;
  const std::string path = name.empty() ? path_ : path_ + "/" + name;
  return Error{code_of(number), path + ": " + std::generic_category().message(number)};
}

Result<Directory> Directory::open(const std::string& path, FileCalls& calls) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Directory directory(path, std::move(fd), calls);
  if (directory.fd_.get() < 0) return directory.failed("");
  return directory;
}

Result<std::vector<std::string>> Directory::names() const {
  // A descriptor of its own: reading a directory moves the position of the descriptor.
  const int fd = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed("");
  const std::unique_ptr<DIR, CloseDir> dir(::fdopendir(fd));
  if (dir == nullptr) {
    ::close(fd);
    return failed("");
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): of a stream that no other thread has
    const dirent* entry = ::readdir(dir.get());
    if (entry == nullptr) break;
    if (names.size() == kMaxNames)
      return Error{ErrorCode::kResourceExhausted, path_ + ": has over a million files"};
    names.emplace_back(entry->d_name);
  }
  if (errno != 0) return failed("");
  std::ranges::sort(names);
  return names;
}

Result<Descriptor> Directory::open_regular(const std::string& name, int flags) const {
  // Not blocking, or a named pipe in place of a file would hold us here.
  Descriptor file(::openat(fd_.get(), name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0 && errno == ELOOP)
    return Error{ErrorCode::kDataLoss, path_ + "/" + name + ": is a link"};
  if (file.get() < 0) return failed(name);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed(name);
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::kDataLoss, path_ + "/" + name + ": is not a regular file"};
  return file;
}
Result<Descriptor> Directory::open_to_read(const std::string& name) const {
  return open_regular(name, O_RDONLY);
}
Result<Descriptor> Directory::open_to_write(const std::string& name) const {
  return open_regular(name, O_RDWR);
}

Result<std::string> Directory::read(const std::string& name, std::uint64_t offset,
                                    std::size_t limit) const {
  auto file = open_to_read(name);
  if (!file) return file.error();
  const std::int64_t size = file_size(file->get());
  if (size < 0) return failed(name);
  const auto total = static_cast<std::uint64_t>(size);
  const std::uint64_t left = total - std::min(total, offset);
  if (left > limit) return Error{ErrorCode::kDataLoss, path_ + "/" + name + ": is too large"};
  std::string bytes(static_cast<std::size_t>(left), '\0');
  const std::ptrdiff_t n = read_at(file->get(), std::as_writable_bytes(std::span(bytes)), offset);
  if (n < 0) return failed(name);
  bytes.resize(static_cast<std::size_t>(n));  // shorter if somebody truncated it meanwhile
  return bytes;
}

Result<Descriptor> Directory::create(const std::string& name) const {
  if (auto removed = remove(name); !removed) return removed.error();
  Descriptor file(calls_->create(fd_.get(), name.c_str(),
                                 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return failed(name);
  return file;
}

Result<> Directory::publish(const Descriptor& file, const std::string& temporary,
                            const std::string& name) const {
  if (calls_->fsync(file.get()) != 0) return failed(temporary);
  if (calls_->rename(fd_.get(), temporary.c_str(), name.c_str()) != 0) return failed(name);
  return sync();
}

Result<> Directory::write(const std::string& name,
                          std::initializer_list<std::span<const std::byte>> parts) const {
  const std::string temporary = kTemporaryPrefix + name;
  auto file = create(temporary);
  if (!file) return file.error();
  std::uint64_t offset = 0;
  for (const auto part : parts) {
    if (!write_all(*calls_, file->get(), part, offset)) return failed(temporary);
    offset += part.size();
  }
  return publish(*file, temporary, name);
}

Result<> Directory::remove(const std::string& name) const {
  if (calls_->unlink(fd_.get(), name.c_str()) != 0 && errno != ENOENT) return failed(name);
  return {};
}

// Asks for nothing but the inode. Where the kernel has multigrain timestamps (Linux 6.13), a file
// whose times were asked for gets finer ones at the next write, so fstat() between writes makes
// each wait for a change of the inode as well: fdatasync then takes 40 % longer.
bool Directory::is_name_of(const std::string& name, const Descriptor& file) const {
  struct statx named {};
  struct statx opened {};
  return ::statx(fd_.get(), name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO, &named) == 0 &&
         ::statx(file.get(), "", AT_EMPTY_PATH, STATX_INO, &opened) == 0 &&
         (named.stx_mask & opened.stx_mask & STATX_INO) != 0 && named.stx_ino == opened.stx_ino &&
         named.stx_dev_major == opened.stx_dev_major && named.stx_dev_minor == opened.stx_dev_minor;
}

Result<> Directory::sync() const {
  if (calls_->fsync(fd_.get()) != 0) return failed("");
  return {};
}

// The directory itself: a file in it could be removed, and another one locked.
Result<Descriptor> Directory::lock() const {
  Descriptor file(::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0) return failed("");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno == EWOULDBLOCK)
    return Error{ErrorCode::kUnavailable, path_ + ": another writer has this log"};
  return failed("");
}

bool write_all(FileCalls& calls, int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = calls.pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = ENOSPC;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

std::ptrdiff_t read_at(int fd, std::span<std::byte> out, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n =
        ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return static_cast<std::ptrdiff_t>(done);
}

std::int64_t file_size(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_size : -1;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
