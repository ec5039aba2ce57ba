#ifndef COEFFICIENT_SRC_VAULT_KEY_TEXT_H_
#define COEFFICIENT_SRC_VAULT_KEY_TEXT_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/vault/export.h"
#include "coefficient/version.h"

// Exported for tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

inline constexpr std::size_t kMaxKeyTextBytes = 64 + 1 + 43 + 1 + 8;

/// Reads `id:base64url(32 bytes):checksum` (local_kek.h has the form), writes the key to `key` and
/// returns the id. Error: kInvalidArgument, and `key` is zeros.
COEFFICIENT_VAULT_EXPORT Result<std::string> parse_key_text(std::span<const std::byte> text,
                                                            std::span<std::byte, 32> key);

/// Writes that text. Errors: kInvalidArgument on the id, kInternal if OpenSSL failed.
COEFFICIENT_VAULT_EXPORT Result<SecretBytes> format_key_text(std::string_view id,
                                                             std::span<const std::byte, 32> key);

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_KEY_TEXT_H_
