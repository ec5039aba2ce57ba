#ifndef COEFFICIENT_SRC_SQLITE_DIRECTORY_H_
#define COEFFICIENT_SRC_SQLITE_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "sqlite/chain.h"
#include "sqlite/file_calls.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

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

/// Called with the number of bytes done so far; false stops.
using BytesDone = std::function<bool(std::uint64_t)>;

/// A directory whose files come into being complete and durable or not at all. Only regular files
/// count; links are not followed.
///
/// Errors of all members: kNotFound, kAlreadyExists, kPermissionDenied, kUnavailable (any other
/// failure of the system), each with the file's path; and what each says.
/// Thread safety: const members may be called concurrently.
class Directory {
 public:
  static Result<Directory> open(const std::filesystem::path& path, FileCalls& calls);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Returns the names of all entries, in order; kResourceExhausted above a million.
  [[nodiscard]] Result<std::vector<std::string>> names() const;
  /// Returns a file's bytes; kDataLoss if it is not a regular file or larger than `limit`.
  [[nodiscard]] Result<std::vector<std::byte>> read(const std::string& name,
                                                    std::size_t limit) const;
  /// Writes a new file that has its name only once its bytes are on stable storage.
  [[nodiscard]] Result<> write(const std::string& name, std::span<const std::byte> bytes) const;
  /// Makes a new, empty file of mode 0600, to be written; kAlreadyExists.
  [[nodiscard]] Result<Descriptor> create(const std::string& name) const;
  /// Makes an existing file durable and gives it its final name, replacing what had it.
  [[nodiscard]] Result<> publish(const std::string& temporary, const std::string& name) const;
  /// Makes durable which names there are.
  [[nodiscard]] Result<> sync() const;
  /// Removes a file; one that is not there is no error. Not yet durable.
  [[nodiscard]] Result<> remove(const std::string& name) const;

  /// Returns the size of what has this name; kNotFound.
  [[nodiscard]] Result<std::uint64_t> size(const std::string& name) const;

  /// A file's SHA-256 and size.
  struct Content {
    Hash hash{};
    std::uint64_t size = 0;
  };
  /// Hashes a file; kDeadlineExceeded if `progress` stopped it.
  [[nodiscard]] Result<Content> hash(const std::string& name, const BytesDone& progress) const;
  /// Copies a file to a new one in `target`, not yet durable, and returns what was copied.
  [[nodiscard]] Result<Content> copy(const std::string& name, const Directory& target,
                                     const std::string& as, const BytesDone& progress) const;
  /// Takes the lock of this directory for as long as the descriptor lives; kUnavailable if somebody
  /// has it.
  [[nodiscard]] Result<Descriptor> lock() const;

 private:
  Directory(std::filesystem::path path, Descriptor fd, FileCalls& calls) noexcept
      : path_(std::move(path)), fd_(std::move(fd)), calls_(&calls) {}
  [[nodiscard]] Error failed(const std::string& name) const;
  [[nodiscard]] Result<Descriptor> open_to_read(const std::string& name, std::uint64_t& size) const;
  [[nodiscard]] Result<> write_all(const Descriptor& file, std::span<const std::byte> bytes,
                                   const std::string& name) const;
  [[nodiscard]] Result<std::size_t> read_some(const Descriptor& file, std::span<std::byte> out,
                                              const std::string& name) const;
  [[nodiscard]] Result<Content> stream(
      const std::string& name, const BytesDone& progress,
      const std::function<Result<>(std::span<const std::byte>)>& sink) const;

  std::filesystem::path path_;
  Descriptor fd_;
  FileCalls* calls_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_DIRECTORY_H_
