#include "jwt/jwk.h"

#include <algorithm>
#include <utility>

#include "coefficient/core/encoding.h"
#include "jwt/foreign_key.h"
#include "jwt/key_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

using json::Event;

Error bad(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

std::optional<std::string>* text_member(JwkMembers& jwk, std::string_view name) {
  if (name == "kty") return &jwk.kty;
  if (name == "alg") return &jwk.alg;
  if (name == "use") return &jwk.use;
  if (name == "crv") return &jwk.crv;
  if (name == "kid") return &jwk.kid;
  return nullptr;
}

std::string_view* number_member(JwkMembers& jwk, std::string_view name) {
  const std::array<std::pair<std::string_view, std::string_view*>, 11> members{{
      {"n", &jwk.n},
      {"e", &jwk.e},
      {"d", &jwk.d},
      {"p", &jwk.p},
      {"q", &jwk.q},
      {"dp", &jwk.dp},
      {"dq", &jwk.dq},
      {"qi", &jwk.qi},
      {"x", &jwk.x},
      {"y", &jwk.y},
      {"k", &jwk.k},
  }};
  for (const auto& [known, member] : members)
    if (known == name) return member;
  return nullptr;
}

// Skips the rest of the value whose first event was `event`.
bool skip(json::Reader& reader, Event event, std::size_t depth) {
  while (event != Event::kError && reader.depth() > depth) event = reader.next();
  return event != Event::kError;
}

bool read_operations(json::Reader& reader, JwkMembers& jwk) {
  const std::size_t depth = reader.depth();
  Event event = reader.next();
  if (event != Event::kBeginArray) {
    jwk.malformed = true;
    return skip(reader, event, depth);
  }
  jwk.key_ops.emplace();
  for (event = reader.next(); event == Event::kString; event = reader.next())
    jwk.key_ops->emplace_back(reader.string());
  jwk.malformed = jwk.malformed || event != Event::kEndArray;
  return skip(reader, event, depth);
}

bool read_member(json::Reader& reader, JwkMembers& jwk) {
  const std::string name(reader.name());
  if (name == "key_ops") return read_operations(reader, jwk);
  jwk.multi_prime = jwk.multi_prime || name == "oth";
  const std::size_t depth = reader.depth();
  const Event event = reader.next();
  std::optional<std::string>* const text = text_member(jwk, name);
  std::string_view* const number = number_member(jwk, name);
  if (event == Event::kString) {
    if (text != nullptr) text->emplace(reader.string());
    // Without its quotes; an escape in it is no base64url.
    if (number != nullptr) *number = reader.raw().substr(1, reader.raw().size() - 2);
    jwk.malformed = jwk.malformed || (number != nullptr && number->empty());
  } else {
    jwk.malformed = jwk.malformed || text != nullptr || number != nullptr;
  }
  return skip(reader, event, depth);
}

// RFC 7517 sections 4.2 and 4.3: a key that says it is for something else is not used for this.
Result<KeyUse> use_of(const JwkMembers& jwk, bool can_sign) {
  if (jwk.use && *jwk.use != "sig") return bad("use is not sig");
  KeyUse use;
  use.kid = jwk.kid.value_or("");
  if (!jwk.key_ops) return use;
  const auto has = [&](std::string_view operation) {
    return std::find(jwk.key_ops->begin(), jwk.key_ops->end(), operation) != jwk.key_ops->end();
  };
  use.may_verify = has("verify");
  use.may_sign = has("sign");
  if (!use.may_verify && !(can_sign && use.may_sign))
    return bad("key_ops holds neither verify nor sign");
  return use;
}

// The algorithm of a key of kty EC or OKP, which its curve decides.
Result<Algorithm> algorithm_of_curve(const JwkMembers& jwk) {
  const std::string_view curve = jwk.crv ? std::string_view(*jwk.crv) : std::string_view();
  if (*jwk.kty == "EC") {
    if (curve == "P-256") return Algorithm::kEs256;
    if (curve == "P-384") return Algorithm::kEs384;
    if (curve == "P-521") return Algorithm::kEs512;
  } else if (curve == "Ed25519") {
    return Algorithm::kEdDsa;
  }
  return bad("crv is not P-256, P-384 or P-521 of kty EC, or Ed25519 of kty OKP");
}

// The algorithm is the key's own, or that of its curve; only then the host's default. The token has
// no say (CVE-2026-22817).
Result<Algorithm> algorithm_of(const JwkMembers& jwk, std::optional<Algorithm> if_absent) {
  if (jwk.alg) if_absent = parse_algorithm(*jwk.alg);
  if (jwk.alg && !if_absent) return bad("alg is not a signature algorithm that is known");
  if (*jwk.kty == "EC" || *jwk.kty == "OKP") {
    auto algorithm = algorithm_of_curve(jwk);
    if (algorithm && if_absent.value_or(*algorithm) != *algorithm)
      return bad("the algorithm is not that of the curve");
    return algorithm;
  }
  if (!if_absent) return bad("the key has no alg");
  return *if_absent;
}

// Decodes a member; an empty one gives an empty number.
Result<SecretBytes> number_of(std::string_view text) {
  const std::size_t rest = text.size() % 4;
  SecretBytes bytes = SecretBytes::for_overwrite(text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1));
  if (!base64url_decode_exact(text, bytes.expose_for_writing()))
    return bad("a number of the key is not base64url");
  return bytes;
}

Result<crypto::AsymmetricKey> material_of(const JwkMembers& jwk, Algorithm algorithm) {
  const std::array<std::string_view, 10> texts{jwk.n,  jwk.e,  jwk.d,  jwk.p, jwk.q,
                                               jwk.dp, jwk.dq, jwk.qi, jwk.x, jwk.y};
  std::array<SecretBytes, 10> numbers;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto number = number_of(texts[i]);
    if (!number) return number.error();
    numbers[i] = *std::move(number);
  }
  const auto& [n, e, d, p, q, dp, dq, qi, x, y] = numbers;
  const crypto::KeyKind kind = kind_for(algorithm);
  if (kind == crypto::KeyKind::kRsa)
    return crypto::AsymmetricKey::rsa({n.expose(), e.expose(), d.expose(), p.expose(), q.expose(),
                                       dp.expose(), dq.expose(), qi.expose()});
  if (kind == crypto::KeyKind::kEd25519)
    return crypto::AsymmetricKey::ed25519(x.expose(), d.expose());
  return crypto::AsymmetricKey::ec(kind, x.expose(), y.expose(), d.expose());
}

}  // namespace

std::optional<JwkMembers> read_jwk(json::Reader& reader) {
  JwkMembers jwk;
  Event event = reader.next();
  for (; event == Event::kName; event = reader.next())
    if (!read_member(reader, jwk)) return std::nullopt;
  if (event != Event::kEndObject) return std::nullopt;
  return jwk;
}

Result<Key> key_from(const JwkMembers& jwk, std::optional<Algorithm> if_absent) {
  if (jwk.malformed || !jwk.kty)
    return bad("a member of the JWK is missing, empty or of a wrong type");
  const bool secret = *jwk.kty == "oct";
  if (!secret && *jwk.kty != "RSA" && *jwk.kty != "EC" && *jwk.kty != "OKP")
    return bad("kty is not oct, RSA, EC or OKP");
  if (jwk.multi_prime) return bad("an RSA key of more than two primes is not supported");
  auto use = use_of(jwk, secret || !jwk.d.empty());
  if (!use) return use.error();
  const auto algorithm = algorithm_of(jwk, if_absent);
  if (!algorithm) return algorithm.error();
  if (secret != is_symmetric(*algorithm) ||
      (*jwk.kty == "RSA") != (!secret && kind_for(*algorithm) == crypto::KeyKind::kRsa))
    return bad("the key is not of the kind of its algorithm");
  if (secret) {
    const auto bytes = number_of(jwk.k);
    if (!bytes) return bytes.error();
    if (looks_like_foreign_key(bytes->expose()))
      return bad("the HMAC secret is a key of another kind");
    return make_hmac_key(*algorithm, bytes->expose(), *std::move(use));
  }
  auto material = material_of(jwk, *algorithm);
  if (!material) return material.error();
  return make_asymmetric_key(*algorithm, *std::move(material), *std::move(use));
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
