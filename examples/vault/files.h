#ifndef EXAMPLES_VAULT_FILES_H_
#define EXAMPLES_VAULT_FILES_H_

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"

namespace vault_tool {

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// kNotFound, kAlreadyExists, kPermissionDenied or kUnavailable, by errno.
coefficient::Error error_of_errno(const std::filesystem::path& path, int number);

/// Returns a small file of text that is believed: a regular one, owned by root or the effective
/// user, which neither group nor others may write. Errors: those of errno; kPermissionDenied;
/// kResourceExhausted over 64 KiB.
coefficient::Result<std::string> read_text(const std::filesystem::path& path);
/// Replaces a file by a complete one of mode 0600, durably. Hold the directory's lock.
coefficient::Result<> replace_file(const std::filesystem::path& path, std::string_view text);
/// Makes a file of mode 0600, durably: whole, or, after any error or crash, not there (but after a
/// crash perhaps a `path`.XXXXXXXX.new). Error: kAlreadyExists, also for a link.
coefficient::Result<> make_file(const std::filesystem::path& path,
                                std::span<const std::byte> content);
/// Makes durable a file that is there, which a process that died may have made.
coefficient::Result<> sync_file(const std::filesystem::path& path);

/// Makes a directory of mode 0700, durably, unless it is there.
coefficient::Result<> make_directory(const std::filesystem::path& path);

/// A secret as it was read, in a buffer that is wiped.
struct Input {
  coefficient::SecretBytes room;
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::byte> bytes() const { return room.expose().first(size); }
};
/// Reads all of a file, or of standard input if `path` is empty, up to one byte more than a vault
/// takes. Errors: those of errno; kInvalidArgument if standard input is a terminal, which would
/// show what is typed.
coefficient::Result<Input> read_secret(const std::string& path);
/// Writes exactly these bytes to standard output. Error: kUnavailable.
coefficient::Result<> write_to_stdout(std::span<const std::byte> bytes);

/// A lock on a directory, held by processes that change what vault.json says (exclusive) or that
/// open the vault by it (shared), so that no one meets a KEK in the database that is not in
/// vault.json yet. It ends with the object or the process.
class DirectoryLock {
 public:
  enum class Mode { kShared, kExclusive };
  /// Waits for it. Errors: those of errno.
  static coefficient::Result<DirectoryLock> acquire(const std::filesystem::path& directory,
                                                    Mode mode);

 private:
  explicit DirectoryLock(Descriptor fd) noexcept : fd_(std::move(fd)) {}
  Descriptor fd_;
};

}  // namespace vault_tool

#endif  // EXAMPLES_VAULT_FILES_H_
