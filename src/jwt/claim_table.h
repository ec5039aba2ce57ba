#ifndef COEFFICIENT_SRC_JWT_CLAIM_TABLE_H_
#define COEFFICIENT_SRC_JWT_CLAIM_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/jwt/export.h"
#include "coefficient/version.h"

// Private to the module; exported for its tests and fuzzers.
COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

enum class ClaimKind : unsigned char { kText, kTexts, kNumber, kTrue, kFalse, kNull, kOther };

/// A member of the payload's object. The views are into ClaimTable.
struct Claim {
  std::string_view name = {};  ///< Unescaped.
  std::string_view json = {};  ///< The value as it stands in the text.
  std::string_view text = {};  ///< kText: unescaped.
  std::size_t first = 0;       ///< kTexts: the elements of ClaimTable::elements.
  std::size_t count = 0;
  ClaimKind kind = ClaimKind::kOther;
};

struct ClaimLimits {
  std::size_t max_depth = 16;
  std::size_t max_members = 64;
};

/// What was read of a payload. Not movable: the views are into it.
struct COEFFICIENT_JWT_EXPORT ClaimTable {
  ClaimTable() = default;
  ClaimTable(const ClaimTable&) = delete;
  ClaimTable& operator=(const ClaimTable&) = delete;
  ~ClaimTable() = default;

  std::unique_ptr<char[]> storage;  ///< What `json` views, if it must be kept.
  std::string_view json;
  std::string unescaped;  ///< Names and texts that had escapes; never grows beyond its capacity.
  std::vector<Claim> claims;
  std::vector<std::string_view> elements;

  // The registered claims, by read_claims(); times are in seconds since 1970, from 0 to kMaxTime.
  const Claim* iss = nullptr;
  const Claim* sub = nullptr;
  const Claim* aud = nullptr;
  const Claim* jti = nullptr;
  const Claim* scope = nullptr;
  std::optional<std::int64_t> exp;
  std::optional<std::int64_t> nbf;
  std::optional<std::int64_t> iat;

  [[nodiscard]] const Claim* find(std::string_view name) const noexcept;
  /// Returns the elements of an array of strings, or the one string.
  [[nodiscard]] std::span<const std::string_view> texts_of(const Claim& claim) const noexcept;
};

inline constexpr std::int64_t kMaxTime = 253402300799;  // 9999-12-31T23:59:59Z

/// Reads `table.json` into the rest of the table: one strict JSON object (RFC 8259, no duplicate
/// names) within the limits. Both start from an empty table.
///
/// parse_claims() is the reference, on json::Reader. scan_claims() is one pass over what nearly all
/// tokens look like: no escapes, ASCII, no nested values but arrays of strings, integers. It
/// returns false for everything else, valid or not; what it accepts, parse_claims() reads alike.
COEFFICIENT_JWT_EXPORT bool parse_claims(ClaimTable& table, const ClaimLimits& limits);
COEFFICIENT_JWT_EXPORT bool scan_claims(ClaimTable& table, const ClaimLimits& limits);

/// Reads `table.json` by the quicker of the two that does, and checks the types of the registered
/// claims. Returns false if the payload is malformed.
COEFFICIENT_JWT_EXPORT bool read_claims(ClaimTable& table, const ClaimLimits& limits);

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_CLAIM_TABLE_H_
