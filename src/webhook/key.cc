#include "webhook/key.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {
namespace {

Error bad(const Key& key, std::string_view what) {
  return Error{ErrorCode::kInvalidArgument, "key '" + key.name + "': " + std::string(what)};
}

Result<SecretBytes> decode(SecretEncoding encoding, std::string_view text) {
  if (encoding == SecretEncoding::kRaw) return SecretBytes::copy_of(text);
  auto bytes = encoding == SecretEncoding::kHex ? hex_decode(text) : base64_decode(text);
  if (!bytes) return bytes.error();
  SecretBytes secret = SecretBytes::copy_of(*bytes);
  wipe(*bytes);
  return secret;
}

// The variant whose prefix the secret starts with; the longest prefix wins.
std::optional<std::size_t> choose_variant(const Scheme& scheme, std::string_view secret) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < scheme.variants.size(); ++i) {
    const std::string& prefix = scheme.variants[i].secret_prefix;
    if (secret.starts_with(prefix) &&
        (!best || prefix.size() > scheme.variants[*best].secret_prefix.size()))
      best = i;
  }
  return best;
}

std::string expected_prefixes(const Scheme& scheme) {
  std::string all;
  for (const SignatureVariant& v : scheme.variants)
    all += (all.empty() ? "" : " or ") + v.secret_prefix;
  return all;
}

Result<> set_material(CompiledKey& out, const Key& key, Algorithm algorithm,
                      std::span<const std::byte> secret) {
  switch (algorithm) {
    case Algorithm::kHmacSha256:
    case Algorithm::kHmacSha512: {
      auto hmac = crypto::HmacKey::create(algorithm == Algorithm::kHmacSha256
                                              ? crypto::DigestAlgorithm::kSha256
                                              : crypto::DigestAlgorithm::kSha512,
                                          secret);
      if (!hmac) return bad(key, hmac.error().message);
      out.hmac.emplace(*std::move(hmac));
      return {};
    }
    case Algorithm::kEd25519: {
      auto public_key = crypto::PublicKey::ed25519(secret);
      if (!public_key) return bad(key, public_key.error().message);
      out.public_key.emplace(*std::move(public_key));
      return {};
    }
    case Algorithm::kSharedToken: {
      auto hash = crypto::sha256({secret});
      if (!hash) return hash.error();
      out.token_hash = *hash;
      return {};
    }
  }
  return bad(key, "unknown algorithm");
}

}  // namespace

bool is_uniform(std::span<const std::byte> secret) noexcept {
  return std::all_of(secret.begin(), secret.end(), [&](std::byte b) { return b == secret[0]; });
}

Result<CompiledKey> compile_key(const Scheme& scheme, const Key& key,
                                std::size_t min_secret_bytes) {
  if (key.secret.empty()) return bad(key, "the secret is empty");
  const std::span<const std::byte> exposed = key.secret.expose();
  std::string_view text(reinterpret_cast<const char*>(exposed.data()), exposed.size());
  const auto variant = choose_variant(scheme, text);
  if (!variant) return bad(key, "the secret must start with " + expected_prefixes(scheme));
  const SignatureVariant& v = scheme.variants[*variant];
  text.remove_prefix(v.secret_prefix.size());
  const Result<SecretBytes> secret = decode(v.secret_encoding, text);
  if (!secret) return bad(key, "the secret is " + secret.error().message);
  if (v.algorithm != Algorithm::kEd25519) {
    if (secret->size() < min_secret_bytes)
      return bad(key, "the secret is shorter than " + std::to_string(min_secret_bytes) + " bytes");
    if (is_uniform(secret->expose())) return bad(key, "the secret repeats one byte");
  }
  CompiledKey out;
  out.variant = *variant;
  if (const auto ok = set_material(out, key, v.algorithm, secret->expose()); !ok) return ok.error();
  return out;
}

Result<> check_key_names(const std::vector<std::string>& names) {
  if (names.empty()) return Error{ErrorCode::kInvalidArgument, "at least one key is needed"};
  if (names.size() > kMaxKeys)
    return Error{ErrorCode::kInvalidArgument, "more than 8 keys; retire old ones"};
  for (auto it = names.begin(); it != names.end(); ++it) {
    if (it->size() > kMaxKeyName)
      return Error{ErrorCode::kInvalidArgument, "a key name is longer than 64 bytes"};
    if (std::find(names.begin(), it, *it) != it)
      return Error{ErrorCode::kInvalidArgument, "two keys are named '" + *it + "'"};
  }
  return {};
}

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE
