#ifndef COEFFICIENT_JWT_CLAIMS_H_
#define COEFFICIENT_JWT_CLAIMS_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/jwt/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

namespace detail {
struct ClaimsAccess;
struct ClaimTable;
}  // namespace detail

/// The claims of a token that a Verifier accepted; nothing else makes one. Text is unescaped UTF-8.
/// All views live as long as this object, also when it is moved.
///
/// Thread safety: const members may be called concurrently.
class COEFFICIENT_JWT_EXPORT Claims {
 public:
  using Time = std::chrono::sys_seconds;

  Claims(Claims&&) noexcept;
  Claims& operator=(Claims&&) noexcept;
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;
  ~Claims();

  /// Registered claims (RFC 7519 section 4.1); nothing where absent.
  [[nodiscard]] std::optional<std::string_view> issuer() const noexcept;
  [[nodiscard]] std::optional<std::string_view> subject() const noexcept;
  [[nodiscard]] std::optional<std::string_view> id() const noexcept;  ///< jti
  /// Returns the elements of aud, which may also be a single string; empty where absent.
  [[nodiscard]] std::span<const std::string_view> audiences() const noexcept;
  [[nodiscard]] bool has_audience(std::string_view audience) const noexcept;
  /// Fractions of seconds make exp earlier, nbf and iat later.
  [[nodiscard]] std::optional<Time> expires_at() const noexcept;
  [[nodiscard]] std::optional<Time> not_before() const noexcept;
  [[nodiscard]] std::optional<Time> issued_at() const noexcept;

  /// Returns the words of "scope" (RFC 8693 section 4.2, RFC 9068); empty where absent.
  [[nodiscard]] std::vector<std::string_view> scopes() const;
  [[nodiscard]] bool has_scope(std::string_view scope) const noexcept;
  /// Returns "roles" (RFC 9068 section 2.2.3.1) if it is an array of strings; else empty.
  [[nodiscard]] std::span<const std::string_view> roles() const noexcept;

  /// Any claim by its name; nothing if it is absent or of another type.
  [[nodiscard]] bool has(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<bool> boolean(std::string_view name) const noexcept;
  /// An array of strings.
  [[nodiscard]] std::optional<std::span<const std::string_view>> texts(
      std::string_view name) const noexcept;
  /// The value of any type as it stands in the token: strict JSON.
  [[nodiscard]] std::optional<std::string_view> json(std::string_view name) const noexcept;
  /// Returns the names in the order of the token.
  [[nodiscard]] std::vector<std::string_view> names() const;
  /// Returns the whole payload as it was signed: one strict JSON object.
  [[nodiscard]] std::string_view raw_json() const noexcept;

 private:
  friend struct detail::ClaimsAccess;
  explicit Claims(std::unique_ptr<const detail::ClaimTable> table) noexcept;
  std::unique_ptr<const detail::ClaimTable> table_;
};

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_CLAIMS_H_
