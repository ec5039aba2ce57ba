#include "coefficient/jwt/verifier.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "coefficient/core/encoding.h"
#include "core/bytes_of.h"
#include "jwt/claims_access.h"
#include "jwt/header.h"
#include "jwt/key_set_state.h"
#include "jwt/key_state.h"
#include "jwt/policy_check.h"
#include "jwt/segments.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace detail {

struct VerifierState {
  std::optional<KeySet> keys;  // or `source`
  std::shared_ptr<const KeySource> source;
  Policy policy;
  std::string type;  // normal_type() of the policy's
  ClaimLimits limits;
  const Clock& clock;
  std::shared_ptr<const Denylist> denylist;
};

}  // namespace detail

namespace {

using detail::Segments;
using detail::VerifierState;

// Whether a token of this type is the one that is asked for.
bool is_type(const VerifierState& verifier, std::string_view type) {
  if (verifier.type.empty()) return type.empty() || type == "jwt";
  return type == verifier.type;
}

Result<void, Refusal> check_signature(const Key& key, const Segments& segments) {
  std::array<std::byte, crypto::kMaxSignatureBytes> room;
  // Before it is decoded, so that the room suffices: a signature has the length that its key says.
  const detail::KeyState& state = detail::KeyAccess::state(key);
  const auto signature = std::span(room).first(state.signature_bytes());
  if (!base64url_decode_exact(segments.signature, signature)) {
    // Another length, or not base64url; which of them, only the reason tells.
    return Refusal{base64url_decode(segments.signature) ? Reason::kBadSignature
                                                        : Reason::kMalformedToken};
  }
  if (!state.verify(bytes_of(segments.signed_text), signature))
    return Refusal{Reason::kBadSignature};
  return {};
}

// Chooses the key by the header and checks the signature with it.
Result<void, Refusal> authenticate(const VerifierState& verifier, const KeySet& keys,
                                   const Segments& segments) {
  const detail::KeySetState& set = detail::KeySetAccess::state(keys);
  if (const detail::KnownHeader* const known = set.memo.find(segments.header)) {
    if (!is_type(verifier, known->type)) return Refusal{Reason::kWrongType};
    return check_signature(set.keys[known->key], segments);
  }
  const auto header = detail::read_header(segments.header, verifier.limits);
  if (!header) return header.error();
  if (!is_type(verifier, header->type)) return Refusal{Reason::kWrongType};
  if (!header->algorithm) return Refusal{Reason::kWrongAlgorithm};
  const auto index = set.find(header->kid, *header->algorithm);
  if (!index) {
    // A newer set may have it. One more look, at a set that is then what it is.
    if (index.error().reason != Reason::kUnknownKey || !header->kid || verifier.source == nullptr)
      return index.error();
    const auto newer = verifier.source->after_unknown(*header->kid);
    if (!newer) return newer.error();
    const detail::KeySetState& newer_set = detail::KeySetAccess::state(*newer);
    const auto found = newer_set.find(header->kid, *header->algorithm);
    if (!found) return found.error();
    return check_signature(newer_set.keys[*found], segments);
  }
  const auto genuine = check_signature(set.keys[*index], segments);
  if (genuine) set.memo.remember(segments.header, header->type, *index);
  return genuine;
}

Result<void, Refusal> check_denylist(const VerifierState& verifier, const Claims& claims) {
  if (verifier.denylist == nullptr) return {};
  const auto id = claims.id();
  if (!id || id->empty()) return Refusal{Reason::kMissingClaim};
  const auto revoked = verifier.denylist->is_revoked(claims.issuer().value_or(""), *id);
  if (!revoked) return Refusal{Reason::kUnavailable};
  if (*revoked) return Refusal{Reason::kRevoked};
  return {};
}

Result<void, Refusal> authenticate(const VerifierState& verifier, const Segments& segments) {
  if (verifier.keys) return authenticate(verifier, *verifier.keys, segments);
  const auto keys = verifier.source->current();
  if (!keys) return keys.error();
  return authenticate(verifier, *keys, segments);
}

}  // namespace

Verifier::Verifier(std::shared_ptr<const detail::VerifierState> state) noexcept
    : state_(std::move(state)) {}

Result<Verifier> Verifier::create(KeySet keys, Policy policy, const Clock& clock,
                                  std::shared_ptr<const Denylist> denylist) {
  if (const auto fit = detail::check_bounds(policy); !fit) return fit.error();
  std::string type = detail::normal_type(policy.type);
  const detail::ClaimLimits limits{policy.max_depth, policy.max_members};
  return Verifier(std::make_shared<const VerifierState>(
      VerifierState{std::move(keys), nullptr, std::move(policy), std::move(type), limits, clock,
                    std::move(denylist)}));
}

Result<Verifier> Verifier::create(std::shared_ptr<const KeySource> keys, Policy policy,
                                  const Clock& clock, std::shared_ptr<const Denylist> denylist) {
  if (keys == nullptr) return Error{ErrorCode::kInvalidArgument, "there is no key source"};
  if (const auto fit = detail::check_bounds(policy); !fit) return fit.error();
  std::string type = detail::normal_type(policy.type);
  const detail::ClaimLimits limits{policy.max_depth, policy.max_members};
  return Verifier(std::make_shared<const VerifierState>(
      VerifierState{std::nullopt, std::move(keys), std::move(policy), std::move(type), limits,
                    clock, std::move(denylist)}));
}

Result<Claims, Refusal> Verifier::verify(std::string_view token) const {
  const VerifierState& verifier = *state_;
  if (token.size() > verifier.policy.max_token_bytes) return Refusal{Reason::kTokenTooLarge};
  const auto segments = detail::split(token);
  if (!segments) return Refusal{Reason::kMalformedToken};
  if (const auto genuine = authenticate(verifier, *segments); !genuine) return genuine.error();

  // Only now is the payload looked at.
  auto table = std::make_unique<detail::ClaimTable>();
  if (!detail::decode_segment(segments->payload, table->storage, table->json))
    return Refusal{Reason::kMalformedToken};
  if (!detail::read_claims(*table, verifier.limits)) return Refusal{Reason::kMalformedClaims};
  const auto now = std::chrono::floor<std::chrono::seconds>(verifier.clock.now());
  if (const auto fit = detail::check_claims(*table, verifier.policy, now); !fit) return fit.error();
  Claims claims = detail::ClaimsAccess::make(std::move(table));
  if (const auto alive = check_denylist(verifier, claims); !alive) return alive.error();
  return claims;
}

const Policy& Verifier::policy() const noexcept {
  return state_->policy;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
