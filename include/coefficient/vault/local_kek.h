#ifndef COEFFICIENT_VAULT_LOCAL_KEK_H_
#define COEFFICIENT_VAULT_LOCAL_KEK_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/kek_provider.h"
#include "coefficient/vault/secret_arena.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// A key-encryption key of this machine, as the text `id:key:checksum`: an id of 1 to 64 characters
/// of A-Z a-z 0-9 . _ -, 32 bytes as base64url without padding, and the first four bytes, in
/// lower-case hex, of SHA-256("coefficient.vault.key-text.v1" | PAE(id, key)). Nothing else is
/// accepted: no blanks, no other length, no key of zeros. The checksum is against typing errors; it
/// makes no key stronger.
///
/// Errors of the three below: kInvalidArgument if the text is not of this form (the message says
/// which part, never what it is), and what SecretArena::allocate() returns.
class COEFFICIENT_VAULT_EXPORT LocalKey {
 public:
  /// Reads a key file; a final newline is allowed in it. Symbolic links are followed, since
  /// Kubernetes mounts secrets through them; the file that was opened must be a regular one, owned
  /// by root or the effective user, which neither group nor others may write.
  /// More errors: kNotFound if there is no such file, kPermissionDenied if it cannot be opened or
  /// its owner or mode is wrong, kUnavailable if reading fails.
  static Result<LocalKey> from_file(const std::string& path, SecretArena& arena);

  /// Takes the value of an environment variable, then overwrites it and removes the variable, also
  /// if it is refused. What the process was started with stays visible to its user in
  /// /proc/<pid>/environ only until then. Call it before other threads start: the environment has
  /// no lock. More errors: kNotFound if the variable is not set.
  static Result<LocalKey> from_environment(const std::string& variable, SecretArena& arena);

  /// Lets `write` put the text into the arena's own memory, 256 bytes, and return its length. More
  /// errors: those of `write`; kInvalidArgument if it returns more than it was given.
  static Result<LocalKey> from_callback(
      const std::function<Result<std::size_t>(std::span<std::byte>)>& write, SecretArena& arena);

  /// Returns the text of a new random key, for a key file. Errors: kInvalidArgument on the id,
  /// kInternal if OpenSSL failed.
  static Result<SecretBytes> generate(std::string_view id);

  [[nodiscard]] const std::string& id() const noexcept { return id_; }

 private:
  friend class LocalKek;
  LocalKey(std::string id, ArenaBytes key) noexcept;
  static Result<LocalKey> from_text(std::span<const std::byte> text, SecretArena& arena);
  std::string id_;
  ArenaBytes key_;
};

struct LocalKekOptions {
  std::string provider = "local";  ///< The name in KekVersion::provider.
  /// kCobblestone256, or kAesKwp for wraps that other programs can undo.
  WrapAlgorithm algorithm = WrapAlgorithm::kCobblestone256;
};

/// Keys held by this process, in the arena. A local key has one version, "1": rotating means a key
/// with another id, put in front of the old one until rewrap() is done.
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_VAULT_EXPORT LocalKek final : public KekProvider {
 public:
  /// The first key is the current one; all are used to unwrap. Errors: kInvalidArgument without a
  /// key, for an id twice, for a provider name that is not a text as rows.h says, for an algorithm
  /// that is none of the two.
  static Result<std::shared_ptr<LocalKek>> create(std::vector<LocalKey> keys,
                                                  LocalKekOptions options = {});
  LocalKek(const LocalKek&) = delete;
  LocalKek& operator=(const LocalKek&) = delete;
  ~LocalKek() override;

  [[nodiscard]] KekVersion current() const override;
  /// Faults: kNotFound for a version that is not held, kConfig in a child of fork() or if OpenSSL
  /// failed.
  Result<WrappedKey, KekError> wrap(const KekVersion& kek, std::span<const std::byte, 32> key,
                                    std::span<const std::byte> aad) override;
  /// Faults: those of wrap(), and kIntegrity.
  Result<void, KekError> unwrap(const KekVersion& kek, const WrappedKey& wrapped,
                                std::span<const std::byte> aad,
                                std::span<std::byte, 32> key) override;

 private:
  LocalKek(std::vector<LocalKey> keys, LocalKekOptions options) noexcept;
  [[nodiscard]] Result<std::span<const std::byte, 32>, KekError> find(const KekVersion& kek) const;
  std::vector<LocalKey> keys_;
  LocalKekOptions options_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_LOCAL_KEK_H_
