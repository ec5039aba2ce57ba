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
  /// Holds vault.db.
  [[nodiscard]] std::filesystem::path vault() const { return root_ / "vault"; }
  /// Where the former layout had its secrets in plain files; `gateway secret import` ends it.
  [[nodiscard]] std::filesystem::path former_secrets() const { return root_ / "secrets"; }
  [[nodiscard]] std::filesystem::path database() const { return root_ / "gateway.db"; }
  /// The audit log of a gateway that serves.
  [[nodiscard]] std::filesystem::path audit() const { return root_ / "audit"; }
  /// That of the commands, which run beside it.
  [[nodiscard]] std::filesystem::path command_audit() const { return root_ / "audit-cli"; }
  [[nodiscard]] std::filesystem::path lock() const { return root_ / "lock"; }

 private:
  std::filesystem::path root_;
};

/// Returns the content of a regular file of at most `max_bytes`. Errors: kNotFound,
/// kPermissionDenied, kResourceExhausted if it is larger, kInvalidArgument if it is no regular
/// file.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes);

/// The longest webhook secret that is taken, in bytes.
inline constexpr std::size_t kMaxSecretBytes = 4096;

/// Returns the secret in `path`: its bytes without one trailing newline. Errors: those of
/// read_file; kPermissionDenied if anyone but the owner may read or write it.
Result<coefficient::SecretBytes> read_secret_file(const std::filesystem::path& path);

/// Returns the secret that can be read from `fd` to its end, without one trailing newline. Errors:
/// kResourceExhausted if it is longer than kMaxSecretBytes, kInternal.
Result<coefficient::SecretBytes> read_secret(int fd);

/// Makes an empty directory, mode 0700; one that exists passes if it is empty. Errors:
/// kAlreadyExists if there is anything else at that path, kNotFound, kPermissionDenied.
Result<> make_empty_directory(const std::filesystem::path& path);

/// Writes a file that did not exist, mode 0600; file and name are durable on return. Errors:
/// kAlreadyExists, kPermissionDenied.
Result<> write_new_file(const std::filesystem::path& path, std::string_view text);

/// The same, and the file is never there with half of its text.
Result<> publish_new_file(const std::filesystem::path& path, std::string_view text);

/// The same for a file that may exist: whoever reads it finds the old or the new text, also after a
/// crash. Errors: kPermissionDenied, kInternal.
Result<> replace_file(const std::filesystem::path& path, std::string_view text);

/// Makes the names in a directory durable.
Result<> sync_directory(const std::filesystem::path& path);

/// Returns `error` with where it happened in front of it.
Error at(const std::string& where, const Error& error);

/// The right to serve a directory: one process at a time holds it, and the kernel takes it back
/// when that process ends, however it ends.
class DirectoryLock {
 public:
  /// Errors: kFailedPrecondition if another process holds it and goes on doing so for half a
  /// second, kNotFound, kPermissionDenied.
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
