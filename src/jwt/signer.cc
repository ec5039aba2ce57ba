#include "coefficient/jwt/signer.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "coefficient/core/encoding.h"
#include "core/bytes_of.h"
#include "jwt/claim_table.h"
#include "jwt/key_state.h"
#include "jwt/quoted.h"
#include "jwt/signing_limits.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace {

constexpr std::size_t kMaxTypeBytes = 64;

constexpr std::size_t encoded_size(std::size_t bytes) noexcept {
  return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3 + 1);
}

}  // namespace

struct Signer::State {
  Key key;
  bool require_exp;
  std::string header;  // encoded, with the dot
};

Signer::Signer(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

Result<Signer> Signer::create(Key key, SignerOptions options) {
  if (!key.can_sign()) return Error{ErrorCode::kInvalidArgument, "the key cannot sign"};
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (options.type.size() > kMaxTypeBytes ||
      !std::all_of(options.type.begin(), options.type.end(), visible))
    return Error{ErrorCode::kInvalidArgument,
                 "the type is not up to 64 bytes of visible ASCII characters"};
  std::string header = R"({"alg":")" + std::string(to_string(key.algorithm())) + '"';
  if (!options.type.empty()) {
    header += R"(,"typ":)";
    detail::append_quoted(options.type, header);
  }
  if (!key.kid().empty()) {
    header += R"(,"kid":)";
    detail::append_quoted(key.kid(), header);
  }
  header += '}';
  return Signer(std::make_shared<const State>(
      State{std::move(key), options.require_exp, base64url_encode(bytes_of(header)) + '.'}));
}

Result<std::string> Signer::sign(const ClaimSet& claims) const {
  const std::string payload = claims.closed();
  detail::ClaimTable table;
  table.json = payload;
  if (claims.fault_ || !detail::read_claims(table, detail::kSigningLimits))
    return Error{ErrorCode::kInvalidArgument, "a claim is not of its type, set twice or not UTF-8"};
  if (state_->require_exp && !table.exp)
    return Error{ErrorCode::kFailedPrecondition, "the claims have no exp"};
  const detail::KeyState& key = detail::KeyAccess::state(state_->key);
  const std::size_t signed_size = state_->header.size() + encoded_size(payload.size());
  std::string token(signed_size + 1 + encoded_size(key.signature_bytes()), '.');
  std::copy(state_->header.begin(), state_->header.end(), token.begin());
  const auto out = std::as_writable_bytes(std::span(token));
  const auto put = [out](std::span<const std::byte> from, std::size_t at) {
    return base64url_encode_exact(from, out.subspan(at, encoded_size(from.size())));
  };
  std::array<std::byte, crypto::kMaxSignatureBytes> room;
  const auto signature = std::span(room).first(key.signature_bytes());
  if (!put(bytes_of(payload), state_->header.size()) ||
      !key.sign(out.first(signed_size), signature) || !put(signature, signed_size + 1))
    return Error{ErrorCode::kInternal, "OpenSSL could not sign"};
  return token;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
