#ifndef COEFFICIENT_SRC_WEBHOOK_KEY_H_
#define COEFFICIENT_SRC_WEBHOOK_KEY_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/webhook/scheme.h"
#include "coefficient/webhook/verifier.h"
#include "core/crypto/hmac.h"
#include "core/crypto/public_key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

inline constexpr std::size_t kMaxKeys = 8;
inline constexpr std::size_t kMaxKeyName = 64;

/// A configured key, ready to verify: exactly one of the three is set, by the variant's algorithm.
struct CompiledKey {
  std::size_t variant = 0;  ///< Index into Scheme::variants.
  std::optional<crypto::HmacKey> hmac;
  std::optional<crypto::PublicKey> public_key;
  std::optional<std::array<std::byte, crypto::kSha256Bytes>> token_hash;
};

/// Errors: kInvalidArgument; the message names the key, never its bytes.
Result<CompiledKey> compile_key(const Scheme& scheme, const Key& key, std::size_t min_secret_bytes);

/// Checks the number of keys and their names. Errors: kInvalidArgument.
Result<> check_key_names(const std::vector<std::string>& names);

/// Returns whether all bytes are the same (or there are none): such a secret is a placeholder.
bool is_uniform(std::span<const std::byte> secret) noexcept;

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_KEY_H_
