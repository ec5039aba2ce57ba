// The quick reader of claims agrees with the strict one: what it accepts, the strict one accepts
// and reads alike; and what either accepts, the strict JSON checker does, too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/json.h"
#include "jwt/claim_table.h"

using namespace coefficient;
using namespace coefficient::jwt::detail;

namespace {

bool same(const ClaimTable& a, const ClaimTable& b) {
  if (a.claims.size() != b.claims.size() || a.elements != b.elements) return false;
  for (std::size_t i = 0; i < a.claims.size(); ++i) {
    const Claim& x = a.claims[i];
    const Claim& y = b.claims[i];
    if (x.name != y.name || x.json != y.json || x.text != y.text || x.kind != y.kind ||
        x.count != y.count || (x.count != 0 && x.first != y.first))
      return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // The first bytes choose limits: small ones, which are reached, or the usual ones.
  ClaimLimits limits;
  if (data[0] % 4 != 0) limits.max_depth = 1 + data[0] % 5;
  if (data[1] % 4 != 0) limits.max_members = 1 + data[1] % 9;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  ClaimTable quick;
  quick.json = text;
  ClaimTable strict;
  strict.json = text;
  const bool scanned = scan_claims(quick, limits);
  const bool parsed = parse_claims(strict, limits);
  if (scanned && !(parsed && same(quick, strict))) std::abort();
  ClaimTable both;
  both.json = text;
  if (read_claims(both, limits) && !parsed) std::abort();
  if (!parsed) return 0;
  // The checker also refuses numbers beyond double precision, which claims keep as text.
  const auto checked = json::check(text, {.max_bytes = text.size(), .max_depth = limits.max_depth});
  if (!checked && checked.error().message.find("double") == std::string::npos) std::abort();
  return 0;
}
