#include "directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "config.h"
#include "inbox.h"
#include "log.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

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

struct Content {
  std::string text;
  mode_t mode = 0;
};

// Mode and content come from one descriptor: what was checked is what was read.
Result<Content> read(const fs::path& path, std::size_t max_bytes) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return from_errno(errno, path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return from_errno(errno, path);
  if (!S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kInvalidArgument, path.string() + ": is not a regular file"};
  }
  Content content{.text = std::string(max_bytes + 1, '\0'), .mode = info.st_mode};
  std::size_t size = 0;
  while (size < content.text.size()) {
    const ssize_t n = ::read(file.get(), &content.text[size], content.text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, path);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > max_bytes) {
    return Error{ErrorCode::kResourceExhausted,
                 path.string() + ": is larger than " + std::to_string(max_bytes) + " bytes"};
  }
  content.text.resize(size);
  return content;
}

Result<> make_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0) return from_errno(errno, path);
  return {};
}

Result<> write_fresh_secret(const fs::path& path) {
  std::array<std::byte, 32> bytes{};
  if (auto drawn = coefficient::random_bytes(bytes); !drawn) return drawn;
  std::string text = coefficient::hex_encode(bytes) + "\n";
  auto written = write_new_file(path, text);
  coefficient::wipe(bytes);
  coefficient::wipe(std::as_writable_bytes(std::span(text)));
  return written;
}

}  // namespace

Result<std::string> read_file(const fs::path& path, std::size_t max_bytes) {
  auto content = read(path, max_bytes);
  if (!content) return content.error();
  return std::move(content->text);
}

Result<> write_new_file(const fs::path& path, std::string_view text) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return from_errno(errno, path);
  if (!write_all(file.get(), text) || ::fsync(file.get()) != 0) return from_errno(errno, path);
  return {};
}

Result<coefficient::SecretBytes> read_secret(const fs::path& path) {
  auto content = read(path, 4096);
  if (!content) return content.error();
  std::string& text = content->text;
  std::string_view secret = text;
  if (secret.ends_with('\n')) secret.remove_suffix(1);
  auto bytes = coefficient::SecretBytes::copy_of(secret);
  coefficient::wipe(std::as_writable_bytes(std::span(text)));
  if ((content->mode & 077U) != 0) {
    return Error{ErrorCode::kPermissionDenied, path.string() + ": is open to other users"};
  }
  if (bytes.size() < 16) {
    return Error{ErrorCode::kInvalidArgument, path.string() + ": is shorter than 16 bytes"};
  }
  return bytes;
}

Result<> init_directory(const Directory& directory, std::uint16_t port) {
  if (auto made = make_directory(directory.root()); !made) {
    std::error_code ignored;
    const bool usable = fs::is_directory(directory.root(), ignored) &&
                        fs::is_empty(directory.root(), ignored) &&
                        ::chmod(directory.root().c_str(), 0700) == 0;
    if (!usable) return made;
  }
  if (auto made = make_directory(directory.secrets()); !made) return made;
  for (const std::string_view endpoint : kEndpoints) {
    if (auto made = write_fresh_secret(directory.secrets() / endpoint); !made) return made;
  }
  if (auto made = Inbox::create(directory.database()); !made) return made;
  // Last, so that a directory whose init was cut short does not look complete.
  return write_new_file(directory.config(), initial_config(port));
}

Result<DirectoryLock> DirectoryLock::acquire(const Directory& directory) {
  const int fd = ::open(directory.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return from_errno(errno, directory.lock());
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorCode::kFailedPrecondition,
                 directory.root().string() + ": another gateway serves this directory"};
  }
  return lock;
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
