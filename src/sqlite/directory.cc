#include "sqlite/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/crypto/digest.h"
#include "sqlite/store_directory.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

constexpr std::size_t kMaxNames = 1'000'000;
constexpr std::size_t kChunk = std::size_t{1} << 20;
constexpr const char* kLockName = "lock";

struct CloseDir {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

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
  return error_from_errno(errno, path_ / name);
}

Result<Directory> Directory::open(const std::filesystem::path& path, FileCalls& calls) {
  Descriptor fd(calls.open(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  if (fd.get() < 0) return error_from_errno(errno, path);
  return Directory(path, std::move(fd), calls);
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
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() == kMaxNames)
      return Error{ErrorCode::kResourceExhausted, path_.string() + ": has over a million files"};
    names.push_back(std::move(name));
  }
  if (errno != 0) return failed("");
  std::ranges::sort(names);
  return names;
}

Result<Descriptor> Directory::open_to_read(const std::string& name, std::uint64_t& size) const {
  // Not blocking, or a named pipe in place of a file would hold us here.
  Descriptor file(
      calls_->open(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0));
  if (file.get() < 0 && errno == ELOOP)
    return Error{ErrorCode::kDataLoss, (path_ / name).string() + ": is a link"};
  if (file.get() < 0) return failed(name);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed(name);
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::kDataLoss, (path_ / name).string() + ": is not a regular file"};
  size = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Result<std::size_t> Directory::read_some(const Descriptor& file, std::span<std::byte> out,
                                         const std::string& name) const {
  for (;;) {
    const ssize_t n = calls_->read(file.get(), out.data(), out.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) return failed(name);
  }
}

Result<std::vector<std::byte>> Directory::read(const std::string& name, std::size_t limit) const {
  std::uint64_t size = 0;
  auto file = open_to_read(name, size);
  if (!file) return file.error();
  if (size > limit)
    return Error{ErrorCode::kDataLoss, (path_ / name).string() + ": is larger than it may be"};
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    auto n = read_some(*file, std::span(bytes).subspan(done), name);
    if (!n) return n.error();
    if (*n == 0) break;
    done += *n;
  }
  bytes.resize(done);  // shorter if somebody truncated it meanwhile
  return bytes;
}

Result<Descriptor> Directory::create(const std::string& name) const {
  Descriptor file(calls_->open(fd_.get(), name.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return failed(name);
  return file;
}

Result<> Directory::write_all(const Descriptor& file, std::span<const std::byte> bytes,
                              const std::string& name) const {
  while (!bytes.empty()) {
    const ssize_t n = calls_->write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(name);
    if (n == 0) {
      errno = ENOSPC;
      return failed(name);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<> Directory::write(const std::string& name, std::span<const std::byte> bytes) const {
  const std::string temporary = "tmp-" + name;
  if (auto removed = remove(temporary); !removed) return removed;
  {
    auto file = create(temporary);
    if (!file) return file.error();
    if (auto written = write_all(*file, bytes, temporary); !written) return written;
  }
  return publish(temporary, name);
}

Result<> Directory::publish(const std::string& temporary, const std::string& name) const {
  {
    std::uint64_t size = 0;
    auto file = open_to_read(temporary, size);
    if (!file) return file.error();
    if (calls_->fsync(file->get()) != 0) return failed(temporary);
  }
  if (calls_->rename(fd_.get(), temporary.c_str(), name.c_str()) != 0) return failed(name);
  return sync();
}

Result<> Directory::sync() const {
  if (calls_->fsync(fd_.get()) != 0) return failed("");
  return {};
}

Result<> Directory::remove(const std::string& name) const {
  if (calls_->unlink(fd_.get(), name.c_str()) != 0 && errno != ENOENT) return failed(name);
  return {};
}

Result<std::uint64_t> Directory::size(const std::string& name) const {
  struct stat status {};
  if (::fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return failed(name);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<Directory::Content> Directory::stream(
    const std::string& name, const BytesDone& progress,
    const std::function<Result<>(std::span<const std::byte>)>& sink) const {
  std::uint64_t size = 0;
  auto file = open_to_read(name, size);
  if (!file) return file.error();
  crypto::Digest digest(crypto::DigestAlgorithm::kSha256);
  std::vector<std::byte> chunk(kChunk);
  Content content;
  for (;;) {
    auto n = read_some(*file, chunk, name);
    if (!n) return n.error();
    if (*n == 0) break;
    const auto part = std::span<const std::byte>(chunk).first(*n);
    digest.update(part);
    if (auto taken = sink(part); !taken) return taken.error();
    content.size += *n;
    if (!progress(content.size))
      return Error{ErrorCode::kDeadlineExceeded, (path_ / name).string() + ": stopped"};
  }
  if (!digest.finish(content.hash)) return Error{ErrorCode::kInternal, "SHA-256 failed"};
  return content;
}

Result<Directory::Content> Directory::hash(const std::string& name,
                                           const BytesDone& progress) const {
  return stream(name, progress, [](std::span<const std::byte>) { return Result<>(); });
}

Result<Directory::Content> Directory::copy(const std::string& name, const Directory& target,
                                           const std::string& as, const BytesDone& progress) const {
  auto file = target.create(as);
  if (!file) return file.error();
  return stream(name, progress,
                [&](std::span<const std::byte> part) { return target.write_all(*file, part, as); });
}

Result<Descriptor> Directory::lock() const {
  Descriptor file(::openat(fd_.get(), kLockName, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return failed(kLockName);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno == EWOULDBLOCK)
    return Error{ErrorCode::kUnavailable, path_.string() + ": another process works on it"};
  return failed(kLockName);
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
