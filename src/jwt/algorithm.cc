#include "coefficient/jwt/algorithm.h"

#include <array>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace {

constexpr std::array<std::pair<Algorithm, std::string_view>, 13> kNames{{
    {Algorithm::kHs256, "HS256"},
    {Algorithm::kHs384, "HS384"},
    {Algorithm::kHs512, "HS512"},
    {Algorithm::kRs256, "RS256"},
    {Algorithm::kRs384, "RS384"},
    {Algorithm::kRs512, "RS512"},
    {Algorithm::kPs256, "PS256"},
    {Algorithm::kPs384, "PS384"},
    {Algorithm::kPs512, "PS512"},
    {Algorithm::kEs256, "ES256"},
    {Algorithm::kEs384, "ES384"},
    {Algorithm::kEs512, "ES512"},
    {Algorithm::kEdDsa, "EdDSA"},
}};

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept {
  for (const auto& [value, name] : kNames)
    if (value == algorithm) return name;
  return "unknown";
}

std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept {
  for (const auto& [value, spelling] : kNames)
    if (spelling == name) return value;
  return std::nullopt;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
