#include "jwt/foreign_key.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "coefficient/core/encoding.h"
#include "coefficient/core/secret_bytes.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Whether `bytes` are one DER SEQUENCE, whole, of which the first element is a SEQUENCE or an
// INTEGER: SubjectPublicKeyInfo, PKCS#1, PKCS#8, SEC 1, a certificate.
bool is_der_key(std::span<const std::byte> bytes) noexcept {
  const auto at = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  if (bytes.size() < 16 || at(0) != 0x30) return false;
  std::size_t head = 2;
  std::size_t length = at(1);
  if (length >= 0x80) {
    const std::size_t count = length - 0x80;
    if (count == 0 || count > 4) return false;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8U | at(head + i);
    head += count;
  }
  return length == bytes.size() - head && (at(head) == 0x30 || at(head) == 0x02);
}

// The same behind base64, as PEM has it without its first and last line.
bool is_base64_der_key(std::string_view text) {
  SecretBytes compact = SecretBytes::for_overwrite(text.size());
  const auto out = compact.expose_for_writing();
  std::size_t size = 0;
  for (const char c : text)
    if (!is_blank(c)) out[size++] = static_cast<std::byte>(c);
  const std::string_view digits(reinterpret_cast<const char*>(out.data()), size);
  if (size == 0 || size % 4 != 0) return false;
  const std::size_t padding = digits.ends_with("==") ? 2 : digits.ends_with('=') ? 1 : 0;
  SecretBytes decoded = SecretBytes::for_overwrite(size / 4 * 3 - padding);
  return base64_decode_exact(digits, decoded.expose_for_writing()) && is_der_key(decoded.expose());
}

}  // namespace

bool looks_like_foreign_key(std::span<const std::byte> secret) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  constexpr std::array<std::string_view, 4> kSsh{"ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-",
                                                 "ssh-dss "};
  if (is_der_key(secret)) return true;
  std::string_view text(reinterpret_cast<const char*>(secret.data()), secret.size());
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\0')) text.remove_suffix(1);
  if (text.find("-----BEGIN ") != std::string_view::npos) return true;
  if (text.starts_with('{') && text.find("\"kty\"") != std::string_view::npos) return true;
  return std::any_of(kSsh.begin(), kSsh.end(),
                     [text](std::string_view start) { return text.starts_with(start); }) ||
         is_base64_der_key(text);
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
