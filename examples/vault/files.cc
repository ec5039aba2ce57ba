#include "files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"

namespace vault_tool {
namespace {

namespace fs = std::filesystem;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using coefficient::SecretBytes;

constexpr std::size_t kMaxText = std::size_t{64} * 1024;
constexpr std::size_t kMaxSecret = std::size_t{16} * 1024 * 1024;

// Fills `room` as far as there is something to read; errno says what went wrong.
bool read_up_to(int fd, std::span<std::byte> room, std::size_t& size) {
  size = 0;
  while (size < room.size()) {
    const ssize_t n = ::read(fd, room.data() + size, room.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  return true;
}

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

// Makes a file of mode 0600 whose content is durable, though not yet its name. Returns errno, or 0.
int write_new(const fs::path& path, std::span<const std::byte> content) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  const Descriptor fd(::open(path.c_str(), flags, 0600));
  if (fd.get() < 0) return errno;
  return write_all(fd.get(), content) && ::fsync(fd.get()) == 0 ? 0 : errno;
}

fs::path parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Result<> sync_directory(const fs::path& directory) {
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return error_of_errno(directory, errno);
  return {};
}

// As the library does it for key files and ledgers: what was opened is judged, not its name.
Result<> check_owner_and_mode(int fd, const fs::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return error_of_errno(path, errno);
  const auto refused = [&path](const char* why) {
    return Error{ErrorCode::kPermissionDenied, path.string() + why};
  };
  if (!S_ISREG(status.st_mode)) return refused(": is not a regular file");
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return refused(": belongs to another user");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refused(": can be written by group or others");
  return {};
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Error error_of_errno(const fs::path& path, int number) {
  ErrorCode code = ErrorCode::kUnavailable;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EEXIST || number == ENOTEMPTY) code = ErrorCode::kAlreadyExists;
  if (number == EACCES || number == EPERM || number == EROFS || number == ELOOP)
    code = ErrorCode::kPermissionDenied;
  return Error{code, path.string() + ": " + std::generic_category().message(number)};
}

Result<std::string> read_text(const fs::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return error_of_errno(path, errno);
  if (auto checked = check_owner_and_mode(fd.get(), path); !checked) return checked.error();
  std::string text(kMaxText + 1, '\0');
  std::size_t size = 0;
  if (!read_up_to(fd.get(), std::as_writable_bytes(std::span(text)), size))
    return error_of_errno(path, errno);
  if (size > kMaxText)
    return Error{ErrorCode::kResourceExhausted, path.string() + ": is larger than 64 KiB"};
  text.resize(size);
  return text;
}

Result<> make_file(const fs::path& path, std::span<const std::byte> content) {
  // It gets its name when it is whole, by link(2), which replaces nothing.
  std::array<std::byte, 4> random{};
  if (auto drawn = coefficient::random_bytes(random); !drawn) return drawn;
  const fs::path fresh = path.string() + "." + coefficient::hex_encode(random) + ".new";
  int number = write_new(fresh, content);
  if (number == 0 && ::link(fresh.c_str(), path.c_str()) != 0) number = errno;
  ::unlink(fresh.c_str());
  if (number != 0) return error_of_errno(path, number);
  auto synced = sync_directory(parent_of(path));
  if (!synced) ::unlink(path.c_str());
  return synced;
}

Result<> sync_file(const fs::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return error_of_errno(path, errno);
  auto synced = sync_directory(parent_of(path));
  // Whoever may not list the directory has not made the file in it.
  if (!synced && synced.error().code == ErrorCode::kPermissionDenied) return {};
  return synced;
}

Result<> replace_file(const fs::path& path, std::string_view text) {
  // One name, so that what a process leaves that dies here is gone with the next call; the lock
  // says that it is not at work.
  const fs::path fresh = path.string() + ".new";
  ::unlink(fresh.c_str());
  int number = write_new(fresh, std::as_bytes(std::span(text)));
  if (number == 0 && ::rename(fresh.c_str(), path.c_str()) != 0) number = errno;
  if (number == 0) return sync_directory(parent_of(path));
  ::unlink(fresh.c_str());
  return error_of_errno(path, number);
}

Result<> make_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(parent_of(path));
  if (errno != EEXIST) return error_of_errno(path, errno);
  return {};
}

Result<Input> read_secret(const std::string& path) {
  if (path.empty() && ::isatty(STDIN_FILENO) != 0)
    return Error{ErrorCode::kInvalidArgument,
                 "standard input is a terminal, which would show the secret: use a pipe or --in"};
  const Descriptor file(path.empty() ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!path.empty() && file.get() < 0) return error_of_errno(path, errno);
  Input input{SecretBytes::for_overwrite(kMaxSecret + 1), 0};
  const int fd = path.empty() ? STDIN_FILENO : file.get();
  if (!read_up_to(fd, input.room.expose_for_writing(), input.size))
    return error_of_errno(path.empty() ? "standard input" : path, errno);
  return input;
}

Result<> write_to_stdout(std::span<const std::byte> bytes) {
  if (!write_all(STDOUT_FILENO, bytes)) return error_of_errno("standard output", errno);
  return {};
}

Result<DirectoryLock> DirectoryLock::acquire(const fs::path& directory, Mode mode) {
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return error_of_errno(directory, errno);
  int locked = -1;
  do locked = ::flock(fd.get(), mode == Mode::kShared ? LOCK_SH : LOCK_EX);
  while (locked != 0 && errno == EINTR);
  if (locked != 0) return error_of_errno(directory, errno);
  return DirectoryLock(std::move(fd));
}

}  // namespace vault_tool
