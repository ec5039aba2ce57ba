#include "jwt/header.h"

#include <array>

#include "jwt/segments.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

// Extensions that change what the rest means, and the marks of an encrypted token. A header that
// has one is refused whatever its value: b64 needs crit (RFC 7797 section 6), and no extension
// that crit may name is implemented.
constexpr std::array<std::string_view, 4> kUnsupported{"crit", "b64", "enc", "zip"};

}  // namespace

std::string normal_type(std::string_view type) {
  constexpr std::string_view kApplication = "application/";
  std::string lower(type);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (lower.starts_with(kApplication) && lower.find('/', kApplication.size()) == std::string::npos)
    lower.erase(0, kApplication.size());
  return lower;
}

Result<Header, Refusal> read_header(std::string_view segment, const ClaimLimits& limits) {
  // A header is a small strict object, as the claims are.
  ClaimTable table;
  if (!decode_segment(segment, table.storage, table.json)) return Refusal{Reason::kMalformedToken};
  if (!scan_claims(table, limits)) {
    table.claims.clear();
    table.elements.clear();
    if (!parse_claims(table, limits)) return Refusal{Reason::kMalformedHeader};
  }
  for (const std::string_view name : kUnsupported)
    if (table.find(name) != nullptr) return Refusal{Reason::kUnsupportedHeader};
  Header header;
  const Claim* const alg = table.find("alg");
  if (alg == nullptr) return Refusal{Reason::kMalformedHeader};
  for (const std::string_view name : {"alg", "kid", "typ", "cty"}) {
    const Claim* const claim = table.find(name);
    if (claim == nullptr) continue;
    if (claim->kind != ClaimKind::kText) return Refusal{Reason::kMalformedHeader};
    if (name == "kid") header.kid.emplace(claim->text);
    if (name == "typ") {
      header.type = normal_type(claim->text);
      if (header.type.empty()) return Refusal{Reason::kMalformedHeader};
    }
    if (name == "cty" && normal_type(claim->text) == "jwt")
      return Refusal{Reason::kUnsupportedHeader};
  }
  header.algorithm = parse_algorithm(alg->text);
  return header;
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
