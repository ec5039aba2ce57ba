#include "coefficient/jwt/claim_set.h"

#include "core/json.h"
#include "jwt/claim_table.h"
#include "jwt/quoted.h"
#include "jwt/signing_limits.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace {

constexpr std::size_t kMaxJsonBytes = std::size_t{64} * 1024;

}  // namespace

ClaimSet::ClaimSet() : json_("{") {
  json_.reserve(256);
}

Result<ClaimSet> ClaimSet::from_json(std::string_view text) {
  detail::ClaimTable table;
  table.json = text;
  if (text.size() > kMaxJsonBytes || !detail::read_claims(table, detail::kSigningLimits))
    return Error{ErrorCode::kInvalidArgument,
                 "the claims are not one strict JSON object with claims of their types"};
  ClaimSet claims;
  claims.json_ = text.substr(0, text.rfind('}'));
  // Whatever is added comes after a comma, unless there is nothing before it.
  if (table.claims.empty()) claims.json_ = "{";
  return claims;
}

void ClaimSet::begin(std::string_view name) {
  if (json_.size() > 1) json_ += ',';
  detail::append_quoted(name, json_);
  json_ += ':';
}

ClaimSet& ClaimSet::text(std::string_view name, std::string_view value) {
  begin(name);
  detail::append_quoted(value, json_);
  return *this;
}

ClaimSet& ClaimSet::integer(std::string_view name, std::int64_t value) {
  begin(name);
  json_ += std::to_string(value);
  return *this;
}

ClaimSet& ClaimSet::boolean(std::string_view name, bool value) {
  begin(name);
  json_ += value ? "true" : "false";
  return *this;
}

ClaimSet& ClaimSet::texts(std::string_view name, std::span<const std::string> values) {
  begin(name);
  json_ += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) json_ += ',';
    detail::append_quoted(values[i], json_);
  }
  json_ += ']';
  return *this;
}

ClaimSet& ClaimSet::json(std::string_view name, std::string_view value) {
  // Not left to to_json(): two values and a name between them would be one object there.
  fault_ = fault_ || !json::check(value, {.max_bytes = kMaxJsonBytes});
  begin(name);
  json_ += value;
  return *this;
}

std::string ClaimSet::closed() const {
  std::string whole;
  whole.reserve(json_.size() + 1);
  whole += json_;
  whole += '}';
  return whole;
}

Result<std::string> ClaimSet::to_json() const {
  std::string whole = closed();
  detail::ClaimTable table;
  table.json = whole;
  if (fault_ || !detail::read_claims(table, detail::kSigningLimits))
    return Error{ErrorCode::kInvalidArgument, "a claim is not of its type, set twice or not UTF-8"};
  return whole;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
