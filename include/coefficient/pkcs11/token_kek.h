#ifndef COEFFICIENT_PKCS11_TOKEN_KEK_H_
#define COEFFICIENT_PKCS11_TOKEN_KEK_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/pkcs11/export.h"
#include "coefficient/vault/kek_provider.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace pkcs11 {

struct TokenKekOptions {
  std::string module;       ///< Absolute path of the PKCS#11 module, a shared library.
  std::string token_label;  ///< CK_TOKEN_INFO's label, without the padding; one token must have it.
  std::string key_label;    ///< CKA_LABEL of the key: the kek_id.
  std::string key_id;       ///< CKA_ID of the current key, in lower-case hex: the version.
  std::string provider = "pkcs11";  ///< The name in KekVersion::provider.
};

/// Key-encryption keys in a PKCS#11 token, such as an HSM. A data key is wrapped with C_Encrypt by
/// CKM_AES_GCM (PKCS#11 2.40, 2.12.3) under an AES-256 token key and bound to the AAD; it never
/// becomes an object of the token, which CKM_AES_KEY_WRAP_PAD would need, and an extractable one.
/// The wrap, WrapAlgorithm::kOpaque, is 61 bytes: 01, an IV of 12 random bytes, 32 of ciphertext, a
/// tag of 16. A key must not wrap more than 2^32 data keys.
///
/// Keys are found by label and id; each must be the only one that has them, and CKA_SENSITIVE, not
/// CKA_EXTRACTABLE, of 32 bytes, with CKA_ENCRYPT and CKA_DECRYPT, or it is refused (kConfig). To
/// rotate, make a key with the same label and another id, and create a provider with that id; the
/// old one unwraps for as long as it is in the token. Tokens that insist on making the IV
/// themselves, as some do in a FIPS 140 mode, do not work.
///
/// The module stays loaded and initialized until the process ends, because other code of the host
/// may use it too; C_Finalize, C_Logout and C_CloseAllSessions are never called. The PIN is kept
/// until then, so that a session that was lost (the device was removed, the host logged out) is
/// opened anew; a PIN that the token refused is not tried again, lest it be locked.
///
/// After fork() a provider refuses every call in the child, where the module's state is not usable;
/// make a new one there.
///
/// Thread safety: all members may be called concurrently; one call at a time is at the token.
class COEFFICIENT_PKCS11_EXPORT TokenKek final : public vault::KekProvider {
 public:
  /// Loads the module, logs in as the user and looks for the current key. Errors: kInvalidArgument
  /// for options that cannot work; kNotFound if there is no such module, token or key;
  /// kPermissionDenied if the PIN is refused; kUnavailable if the token does not answer now;
  /// kFailedPrecondition for anything else of the token's set-up.
  static Result<std::shared_ptr<TokenKek>> create(TokenKekOptions options, SecretBytes pin);
  TokenKek(const TokenKek&) = delete;
  TokenKek& operator=(const TokenKek&) = delete;
  ~TokenKek() override;

  [[nodiscard]] vault::KekVersion current() const override;
  /// Faults: kRetryable (device busy or gone, out of memory), kDenied (PIN refused, key may not be
  /// used for this), kNotFound (no such key), kDestroyed (this provider has used the key, and it is
  /// no longer in the token), kConfig (two such keys, a key that may leave the token, no such
  /// mechanism, a child of fork()).
  Result<vault::WrappedKey, vault::KekError> wrap(const vault::KekVersion& kek,
                                                  std::span<const std::byte, 32> key,
                                                  std::span<const std::byte> aad) override;
  /// Faults: those of wrap(), and kIntegrity.
  Result<void, vault::KekError> unwrap(const vault::KekVersion& kek,
                                       const vault::WrappedKey& wrapped,
                                       std::span<const std::byte> aad,
                                       std::span<std::byte, 32> key) override;

 private:
  struct State;
  explicit TokenKek(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace pkcs11
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_PKCS11_TOKEN_KEK_H_
