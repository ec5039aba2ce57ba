#include "jwt/claim_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

enum class Rounding { kDown, kUp };

// A NumericDate (RFC 7519 section 2) in whole seconds. Milliseconds, a common mistake that makes
// tokens live for millennia, are beyond the range.
std::optional<std::int64_t> numeric_date(const Claim& claim, Rounding rounding) {
  if (claim.kind != ClaimKind::kNumber) return std::nullopt;
  const char* const begin = claim.json.data();
  const char* const end = begin + claim.json.size();
  std::int64_t seconds = 0;
  const auto whole = std::from_chars(begin, end, seconds);
  if (whole.ec != std::errc() || whole.ptr != end) {
    double value = 0;
    const auto read = std::from_chars(begin, end, value);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    value = rounding == Rounding::kDown ? std::floor(value) : std::ceil(value);
    // False for a NaN, too; after it the conversion is exact.
    if (!(value >= 0 && value <= static_cast<double>(kMaxTime))) return std::nullopt;
    seconds = static_cast<std::int64_t>(value);
  }
  if (seconds < 0 || seconds > kMaxTime) return std::nullopt;
  return seconds;
}

bool is_text(const Claim& claim, const Claim*& slot) noexcept {
  slot = &claim;
  return claim.kind == ClaimKind::kText;
}

bool is_time(const Claim& claim, Rounding rounding, std::optional<std::int64_t>& slot) {
  slot = numeric_date(claim, rounding);
  return slot.has_value();
}

// Notes a registered claim; false if it is not of its type (RFC 7519 section 4.1, RFC 8693 4.2).
bool note(const Claim& claim, ClaimTable& table) {
  const std::string_view name = claim.name;
  if (name.size() == 5) return name != "scope" || is_text(claim, table.scope);
  if (name.size() != 3) return true;
  if (name == "iss") return is_text(claim, table.iss);
  if (name == "sub") return is_text(claim, table.sub);
  if (name == "jti") return is_text(claim, table.jti);
  if (name == "exp") return is_time(claim, Rounding::kDown, table.exp);
  if (name == "nbf") return is_time(claim, Rounding::kUp, table.nbf);
  if (name == "iat") return is_time(claim, Rounding::kUp, table.iat);
  if (name != "aud") return true;
  return is_text(claim, table.aud) || claim.kind == ClaimKind::kTexts;
}

}  // namespace

const Claim* ClaimTable::find(std::string_view name) const noexcept {
  const auto found = std::find_if(claims.begin(), claims.end(),
                                  [name](const Claim& claim) { return claim.name == name; });
  return found == claims.end() ? nullptr : &*found;
}

std::span<const std::string_view> ClaimTable::texts_of(const Claim& claim) const noexcept {
  if (claim.kind == ClaimKind::kText) return {&claim.text, 1};
  return std::span(elements).subspan(claim.first, claim.count);
}

bool read_claims(ClaimTable& table, const ClaimLimits& limits) {
  if (!scan_claims(table, limits)) {
    table.claims.clear();
    table.elements.clear();
    if (!parse_claims(table, limits)) return false;
  }
  return std::all_of(table.claims.begin(), table.claims.end(),
                     [&table](const Claim& claim) { return note(claim, table); });
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
