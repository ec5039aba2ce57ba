#ifndef COEFFICIENT_GATEWAY_DIRECTORY_H_
#define COEFFICIENT_GATEWAY_DIRECTORY_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "coefficient/core/secret_bytes.h"
#include "result.h"

namespace gateway {

/// Where things stand below a gateway's directory. A value; touches no file.
class Directory {
 public:
  explicit Directory(std::filesystem::path root) : root_(std::move(root)) {}
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }
  [[nodiscard]] std::filesystem::path config() const { return root_ / "config.json"; }
  [[nodiscard]] std::filesystem::path secrets() const { return root_ / "secrets"; }
  [[nodiscard]] std::filesystem::path database() const { return root_ / "gateway.db"; }
  [[nodiscard]] std::filesystem::path lock() const { return root_ / "lock"; }

 private:
  std::filesystem::path root_;
};

/// Makes the directory (0700) with config.json, a fresh 32-byte random secret for each endpoint in
/// secrets/ (0600, as 64 hex characters) and an empty inbox. Errors: kAlreadyExists if there is
/// anything at that path but an empty directory, kPermissionDenied, kInternal.
Result<> init_directory(const Directory& directory, std::uint16_t port);

/// Returns the content of a regular file of at most `max_bytes`. Errors: kNotFound,
/// kPermissionDenied, kResourceExhausted if it is larger, kInvalidArgument if it is no regular
/// file.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes);

/// Returns the secret in `path`: its bytes without one trailing newline. Errors: those of
/// read_file; kPermissionDenied if anyone but the owner may read or write it; kInvalidArgument if
/// it is shorter than 16 bytes.
Result<coefficient::SecretBytes> read_secret(const std::filesystem::path& path);

/// Writes a file that did not exist, mode 0600. Errors: kAlreadyExists, kPermissionDenied.
Result<> write_new_file(const std::filesystem::path& path, std::string_view text);

/// The right to serve a directory: one process at a time holds it, and the kernel takes it back
/// when that process ends, however it ends.
class DirectoryLock {
 public:
  /// Errors: kFailedPrecondition if another process holds it, kNotFound, kPermissionDenied.
  static Result<DirectoryLock> acquire(const Directory& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) noexcept : fd_(fd) {}
  int fd_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DIRECTORY_H_
