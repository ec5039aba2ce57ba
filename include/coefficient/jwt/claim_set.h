#ifndef COEFFICIENT_JWT_CLAIM_SET_H_
#define COEFFICIENT_JWT_CLAIM_SET_H_

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/jwt/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

/// The claims of a token to be signed, in the order in which they are set. Faults (a name twice,
/// text that is not UTF-8) are found when the set is signed.
///
/// Thread safety: distinct objects only.
class COEFFICIENT_JWT_EXPORT ClaimSet {
 public:
  using Time = std::chrono::sys_seconds;

  ClaimSet();

  /// Takes a JSON object as it is. Errors: kInvalidArgument if it is not one strict JSON object, or
  /// a registered claim is not of its type, or it is beyond 64 KiB, 16 levels or 4096 members.
  static Result<ClaimSet> from_json(std::string_view text);

  ClaimSet& issuer(std::string_view value) { return text("iss", value); }
  ClaimSet& subject(std::string_view value) { return text("sub", value); }
  ClaimSet& audience(std::string_view value) { return text("aud", value); }
  ClaimSet& audiences(std::span<const std::string> values) { return texts("aud", values); }
  ClaimSet& id(std::string_view value) { return text("jti", value); }
  ClaimSet& expires_at(Time value) { return integer("exp", value.time_since_epoch().count()); }
  ClaimSet& not_before(Time value) { return integer("nbf", value.time_since_epoch().count()); }
  ClaimSet& issued_at(Time value) { return integer("iat", value.time_since_epoch().count()); }
  ClaimSet& scope(std::string_view words) { return text("scope", words); }
  ClaimSet& roles(std::span<const std::string> values) { return texts("roles", values); }

  ClaimSet& text(std::string_view name, std::string_view value);
  ClaimSet& integer(std::string_view name, std::int64_t value);
  ClaimSet& boolean(std::string_view name, bool value);
  ClaimSet& texts(std::string_view name, std::span<const std::string> values);
  /// Any other value: one strict JSON value of at most 14 levels.
  ClaimSet& json(std::string_view name, std::string_view value);

  /// Returns the whole object. Error: kInvalidArgument for claims that a verifier would refuse as
  /// malformed: a name twice, text that is not UTF-8, a registered claim of another type, a time
  /// before 1970 or after 9999, more than 16 levels or 4096 members.
  [[nodiscard]] Result<std::string> to_json() const;

 private:
  friend class Signer;
  void begin(std::string_view name);
  [[nodiscard]] std::string closed() const;

  std::string json_;    // without the closing brace
  bool fault_ = false;  // a value given to json() was none
};

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_CLAIM_SET_H_
