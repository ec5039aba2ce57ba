#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <utility>

#include "coefficient/vault/shred_ledger.h"
#include "vault/ledger_text.h"
#include "vault/names.h"
#include "vault/owned_file.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

Error unavailable(const char* what) {
  return Error{ErrorCode::kUnavailable, what};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Excludes other processes; threads of this one are excluded by State::mutex.
class FileLock {
 public:
  explicit FileLock(int fd) noexcept : fd_(fd) {
    int result = -1;
    do result = flock(fd, LOCK_EX);
    while (result != 0 && errno == EINTR);
    held_ = result == 0;
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() {
    if (held_) flock(fd_, LOCK_UN);
  }
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  int fd_;
  bool held_ = false;
};

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Result<std::string> read_all(int fd) {
  // Each time: whoever may add a line has a tenant's keys destroyed.
  if (auto checked = check_owner_and_mode(fd, "the shred ledger"); !checked) return checked.error();
  struct stat status {};
  if (fstat(fd, &status) != 0) return unavailable("the shred ledger has no status");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > kMaxLedgerBytes) return Error{ErrorCode::kDataLoss, "the shred ledger is over 64 MiB"};
  std::string text(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t n = pread(fd, text.data() + have, size - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return unavailable("the shred ledger cannot be read");
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  text.resize(have);
  return text;
}

bool sync_directory_of(const std::string& path) {
  std::filesystem::path directory = std::filesystem::path(path).parent_path();
  if (directory.empty()) directory = ".";
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.get() >= 0 && fsync(fd.get()) == 0;
}

}  // namespace

ShredLedger::~ShredLedger() = default;

struct FileShredLedger::State {
  explicit State(int fd) noexcept : file(fd) {}
  Result<LedgerText> parse() const;
  const Descriptor file;
  std::mutex mutex;
  bool failed = false;  // whether an entry is durable is not known
};

Result<LedgerText> FileShredLedger::State::parse() const {
  const auto text = read_all(file.get());
  if (!text) return text.error();
  return parse_ledger(*text);
}

FileShredLedger::FileShredLedger(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
FileShredLedger::~FileShredLedger() = default;

Result<std::unique_ptr<FileShredLedger>> FileShredLedger::create(const std::string& path) {
  const Error exists{ErrorCode::kAlreadyExists, "there is a file " + path + " already"};
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) return exists;
  // It gets its name when it is whole: half a ledger, left by a crash, would pass for a damaged
  // one.
  const std::string unfinished = path + ".new";
  if (unlink(unfinished.c_str()) != 0 && errno != ENOENT)
    return unavailable("the shred ledger cannot be made");
  const int fd = ::open(unfinished.c_str(),
                        O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return unavailable("the shred ledger cannot be made");
  auto state = std::make_unique<State>(fd);
  const bool written = write_all(fd, kLedgerHeader) && fsync(fd) == 0;
  const bool named = written && link(unfinished.c_str(), path.c_str()) == 0;
  const bool taken = written && !named && errno == EEXIST;
  unlink(unfinished.c_str());
  if (taken) return exists;
  if (!named || !sync_directory_of(path)) {
    if (named) unlink(path.c_str());
    return unavailable("the shred ledger cannot be written");
  }
  return std::unique_ptr<FileShredLedger>(new FileShredLedger(std::move(state)));
}

Result<std::unique_ptr<FileShredLedger>> FileShredLedger::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return Error{ErrorCode::kNotFound, "there is no shred ledger " + path};
  if (fd < 0)
    return Error{ErrorCode::kPermissionDenied, "the shred ledger " + path + " cannot be opened"};
  std::unique_ptr<FileShredLedger> ledger(new FileShredLedger(std::make_unique<State>(fd)));
  if (auto entries = ledger->read(); !entries) return entries.error();
  return ledger;
}

Result<std::vector<ShredEntry>> FileShredLedger::read() {
  const std::lock_guard lock(state_->mutex);
  const FileLock file_lock(state_->file.get());
  if (!file_lock.held()) return unavailable("the shred ledger cannot be locked");
  auto text = state_->parse();
  if (!text) return text.error();
  // Keys are destroyed on the word of what is read, which may be of a process that died before its
  // fsync.
  if (fsync(state_->file.get()) != 0) return unavailable("the shred ledger may not be durable");
  return std::move(text->entries);
}

Result<> FileShredLedger::append(const ShredEntry& entry) {
  if (!is_name(entry.tenant))
    return Error{ErrorCode::kInvalidArgument, "the tenant is not a valid text"};
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  const int fd = s.file.get();
  const FileLock file_lock(fd);
  if (!file_lock.held()) return unavailable("the shred ledger cannot be locked");
  if (s.failed)
    return Error{ErrorCode::kInternal, "an earlier entry of the shred ledger may not be durable"};
  // Read anew each time: another process may have added entries. Shredding is rare.
  const auto text = read_all(fd);
  if (!text) return text.error();
  auto before = parse_ledger(*text);
  if (!before) return before.error();
  auto line = format_ledger_line(entry, before->last);
  if (!line) return line.error();
  if (!text->substr(0, before->complete).ends_with('\n')) line->insert(0, 1, '\n');
  if (before->complete + line->size() > kMaxLedgerBytes)
    return Error{ErrorCode::kResourceExhausted, "the shred ledger is full"};
  const auto cut = [fd, &before] {
    return ftruncate(fd, static_cast<off_t>(before->complete)) == 0;
  };
  if (before->complete < text->size() && !cut())
    return unavailable("the shred ledger has an unfinished line that cannot be cut off");
  const bool written = write_all(fd, *line);
  if (written && fsync(fd) == 0) return {};
  // After a failed fsync the kernel takes the pages for written, so that another one would prove
  // nothing: the line goes, and whoever comes next writes it anew.
  const bool gone = cut();
  if (!written && gone) return unavailable("the shred ledger cannot be written");
  s.failed = true;
  return Error{ErrorCode::kInternal, "the shred ledger may not be durable"};
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
