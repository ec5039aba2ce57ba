#ifndef COEFFICIENT_VAULT_KEK_PROVIDER_H_
#define COEFFICIENT_VAULT_KEK_PROVIDER_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/rows.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// What went wrong with a key-encryption key, by what the caller can do about it.
/// Values are stable; new ones may be appended.
enum class KekFault : int {
  kRetryable = 1,  ///< Not now: timeout, throttled, device busy. The vault: kUnavailable.
  kDenied = 2,     ///< The provider knows us and refuses. kPermissionDenied.
  kNotFound = 3,   ///< The provider has no such key or version. kFailedPrecondition.
  kDestroyed = 4,  ///< It had it, and it is gone for good. kFailedPrecondition.
  kIntegrity = 5,  ///< The wrap does not open under this key and AAD. kDataLoss.
  kConfig = 6,     ///< The provider is set up wrongly. kFailedPrecondition.
};

/// Returns the spelling of `fault`, e.g. "retryable"; "unknown" for a value outside the enum.
COEFFICIENT_VAULT_EXPORT std::string_view to_string(KekFault fault) noexcept;

/// A fault, and for people what it was about. The message holds no key.
struct KekError {
  KekFault fault = KekFault::kConfig;
  std::string message;
};

/// For Result's abort message.
inline const char* describe(const KekError& error) noexcept {
  return error.message.c_str();
}

struct WrappedKey {
  WrapAlgorithm algorithm = WrapAlgorithm::kOpaque;
  std::vector<std::byte> bytes;  ///< At most 64 KiB.
};

/// Where key-encryption keys live: a file, an HSM, a key management service. It wraps 32-byte keys,
/// by a key version that is named each time; nothing is ever tried with another one.
///
/// `aad` is bound to the wrap: unwrap() with other bytes fails as kIntegrity. (kAesKwp has no AAD
/// and may ignore it; the vault's key check value stands in.) It is not secret.
///
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_VAULT_EXPORT KekProvider {
 public:
  KekProvider() = default;
  KekProvider(const KekProvider&) = delete;
  KekProvider& operator=(const KekProvider&) = delete;
  virtual ~KekProvider();

  /// Returns the version that new wraps use. Its `provider` is this provider's name and never
  /// changes; the rest may, when the key is rotated outside.
  [[nodiscard]] virtual KekVersion current() const = 0;

  /// Wraps `key` under `kek`, a version that current() gave. Errors: any fault but kIntegrity.
  virtual Result<WrappedKey, KekError> wrap(const KekVersion& kek,
                                            std::span<const std::byte, 32> key,
                                            std::span<const std::byte> aad) = 0;

  /// Unwraps into `key`, which is zeros after an error. Errors: any fault.
  virtual Result<void, KekError> unwrap(const KekVersion& kek, const WrappedKey& wrapped,
                                        std::span<const std::byte> aad,
                                        std::span<std::byte, 32> key) = 0;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_KEK_PROVIDER_H_
