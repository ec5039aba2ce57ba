#ifndef COEFFICIENT_SRC_AUDIT_DIRECTORY_H_
#define COEFFICIENT_SRC_AUDIT_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "audit/file_calls.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// An open file descriptor, or none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// What the name of a file that is being written begins with.
inline constexpr const char* kTemporaryPrefix = "tmp-";

/// The directory of a log. Only regular files count; links are not followed.
///
/// Errors of all members: kNotFound, kAlreadyExists, kPermissionDenied, kResourceExhausted (the
/// disk or a quota is full), kUnavailable (any other failure of the system), each with the file's
/// path; and what each says.
/// Thread safety: const members may be called concurrently.
class Directory {
 public:
  static Result<Directory> open(const std::string& path, FileCalls& calls);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] FileCalls& calls() const noexcept { return *calls_; }
  /// Returns the names of all entries, in order; kResourceExhausted above a million.
  [[nodiscard]] Result<std::vector<std::string>> names() const;
  /// Opens a regular file to read; kDataLoss if it is something else.
  [[nodiscard]] Result<Descriptor> open_to_read(const std::string& name) const;
  /// Opens a regular file to write, without changing it; likewise.
  [[nodiscard]] Result<Descriptor> open_to_write(const std::string& name) const;
  /// Returns a file's bytes from `offset` on; kDataLoss if they are more than `limit`.
  [[nodiscard]] Result<std::string> read(const std::string& name, std::uint64_t offset,
                                         std::size_t limit) const;
  /// Makes an empty file of mode 0600, in place of what had the name.
  [[nodiscard]] Result<Descriptor> create(const std::string& name) const;
  /// Makes a file durable, gives it its final name and makes that durable.
  [[nodiscard]] Result<> publish(const Descriptor& file, const std::string& temporary,
                                 const std::string& name) const;
  /// Writes a file that has its name only once its bytes are on stable storage.
  [[nodiscard]] Result<> write(const std::string& name,
                               std::initializer_list<std::span<const std::byte>> parts) const;
  /// Removes a file; one that is not there is no error. Not yet durable.
  [[nodiscard]] Result<> remove(const std::string& name) const;
  /// Returns whether the name is that of the open file; false, too, if that is not known.
  [[nodiscard]] bool is_name_of(const std::string& name, const Descriptor& file) const;
  /// Makes durable which names there are.
  [[nodiscard]] Result<> sync() const;
  /// Takes the lock of this directory for as long as the descriptor lives; kUnavailable if somebody
  /// has it.
  [[nodiscard]] Result<Descriptor> lock() const;
  /// Returns the error that errno says.
  [[nodiscard]] Error failed(const std::string& name) const;

 private:
  Directory(std::string path, Descriptor fd, FileCalls& calls) noexcept
      : path_(std::move(path)), fd_(std::move(fd)), calls_(&calls) {}
  [[nodiscard]] Result<Descriptor> open_regular(const std::string& name, int flags) const;

  std::string path_;
  Descriptor fd_;
  FileCalls* calls_;
};

/// Writes all bytes at `offset`. False leaves errno; how much was written is not known.
[[nodiscard]] bool write_all(FileCalls& calls, int fd, std::span<const std::byte> bytes,
                             std::uint64_t offset);
/// Reads up to out.size() bytes at `offset`, fewer only at the end; -1 leaves errno.
[[nodiscard]] std::ptrdiff_t read_at(int fd, std::span<std::byte> out, std::uint64_t offset);
/// Returns the file's size; -1 leaves errno.
[[nodiscard]] std::int64_t file_size(int fd);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_DIRECTORY_H_
