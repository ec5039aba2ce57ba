#ifndef COEFFICIENT_SRC_WEBHOOK_MESSAGE_KEY_H_
#define COEFFICIENT_SRC_WEBHOOK_MESSAGE_KEY_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/webhook/message_signature.h"
#include "core/crypto/hmac.h"
#include "core/crypto/public_key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// The inside of a MessageKey: exactly one of the two keys is set.
struct MessageKeyMaterial {
  std::string name;
  std::string keyid;  ///< Empty: any.
  std::optional<crypto::HmacKey> hmac;
  std::optional<crypto::PublicKey> public_key;

  /// The name in the HTTP Signature Algorithms registry (RFC 9421 section 6.2.2).
  [[nodiscard]] std::string_view algorithm() const noexcept;
  [[nodiscard]] std::size_t signature_bytes() const noexcept { return hmac ? 32 : 64; }
  /// `failed` is set if the crypto library, not the signature, was the reason.
  [[nodiscard]] bool verify(std::span<const std::byte> message,
                            std::span<const std::byte> signature, bool& failed) const;
};

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_MESSAGE_KEY_H_
