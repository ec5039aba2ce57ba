#include "coefficient/jwt/claims.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "jwt/claim_table.h"
#include "jwt/claims_access.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace {

std::optional<std::string_view> text_of(const detail::Claim* claim) noexcept {
  if (claim == nullptr || claim->kind != detail::ClaimKind::kText) return std::nullopt;
  return claim->text;
}

std::optional<Claims::Time> time_of(std::optional<std::int64_t> seconds) noexcept {
  if (!seconds) return std::nullopt;
  return Claims::Time(std::chrono::seconds(*seconds));
}

// Calls visit(word) for each word between spaces until it returns true; returns whether it did.
template <class Visit>
bool any_word(std::string_view words, Visit visit) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (!word.empty() && visit(word)) return true;
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  return false;
}

}  // namespace

Claims::Claims(std::unique_ptr<const detail::ClaimTable> table) noexcept
    : table_(std::move(table)) {}
Claims::Claims(Claims&&) noexcept = default;
Claims& Claims::operator=(Claims&&) noexcept = default;
Claims::~Claims() = default;

Claims detail::ClaimsAccess::make(std::unique_ptr<const ClaimTable> table) noexcept {
  return Claims(std::move(table));
}

std::optional<std::string_view> Claims::issuer() const noexcept {
  return text_of(table_->iss);
}

std::optional<std::string_view> Claims::subject() const noexcept {
  return text_of(table_->sub);
}

std::optional<std::string_view> Claims::id() const noexcept {
  return text_of(table_->jti);
}

std::span<const std::string_view> Claims::audiences() const noexcept {
  if (table_->aud == nullptr) return {};
  return table_->texts_of(*table_->aud);
}

bool Claims::has_audience(std::string_view audience) const noexcept {
  for (const std::string_view one : audiences())
    if (one == audience) return true;
  return false;
}

std::optional<Claims::Time> Claims::expires_at() const noexcept {
  return time_of(table_->exp);
}

std::optional<Claims::Time> Claims::not_before() const noexcept {
  return time_of(table_->nbf);
}

std::optional<Claims::Time> Claims::issued_at() const noexcept {
  return time_of(table_->iat);
}

std::vector<std::string_view> Claims::scopes() const {
  std::vector<std::string_view> words;
  any_word(text_of(table_->scope).value_or(""), [&words](std::string_view word) {
    words.push_back(word);
    return false;
  });
  return words;
}

bool Claims::has_scope(std::string_view scope) const noexcept {
  return any_word(text_of(table_->scope).value_or(""),
                  [scope](std::string_view word) { return word == scope; });
}

std::span<const std::string_view> Claims::roles() const noexcept {
  return texts("roles").value_or(std::span<const std::string_view>{});
}

bool Claims::has(std::string_view name) const noexcept {
  return table_->find(name) != nullptr;
}

std::optional<std::string_view> Claims::text(std::string_view name) const noexcept {
  return text_of(table_->find(name));
}

std::optional<std::int64_t> Claims::integer(std::string_view name) const noexcept {
  const detail::Claim* const claim = table_->find(name);
  if (claim == nullptr || claim->kind != detail::ClaimKind::kNumber) return std::nullopt;
  const char* const end = claim->json.data() + claim->json.size();
  std::int64_t value = 0;
  const auto read = std::from_chars(claim->json.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

std::optional<bool> Claims::boolean(std::string_view name) const noexcept {
  const detail::Claim* const claim = table_->find(name);
  if (claim == nullptr) return std::nullopt;
  if (claim->kind == detail::ClaimKind::kTrue) return true;
  if (claim->kind == detail::ClaimKind::kFalse) return false;
  return std::nullopt;
}

std::optional<std::span<const std::string_view>> Claims::texts(
    std::string_view name) const noexcept {
  const detail::Claim* const claim = table_->find(name);
  if (claim == nullptr || claim->kind != detail::ClaimKind::kTexts) return std::nullopt;
  return table_->texts_of(*claim);
}

std::optional<std::string_view> Claims::json(std::string_view name) const noexcept {
  const detail::Claim* const claim = table_->find(name);
  if (claim == nullptr) return std::nullopt;
  return claim->json;
}

std::vector<std::string_view> Claims::names() const {
  std::vector<std::string_view> all;
  all.reserve(table_->claims.size());
  for (const detail::Claim& claim : table_->claims) all.push_back(claim.name);
  return all;
}

std::string_view Claims::raw_json() const noexcept {
  return table_->json;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
