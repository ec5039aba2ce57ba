#include "payload/pseudonym.h"

#include <array>
#include <span>

#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload::detail {

Result<std::string> pseudonym(const crypto::HmacKey& key, ValueType type, std::string_view value) {
  // The domain keeps these MACs apart from all others that the host may make with its key.
  static constexpr std::string_view kDomain{"coefficient/payload/hmac/1\0", 27};
  static_assert(kDomain.back() == '\0');
  const std::array<char, 2> tag{static_cast<char>(type), '\0'};
  crypto::Hmac mac(key);
  mac.update(std::as_bytes(std::span(kDomain)));
  mac.update(std::as_bytes(std::span(tag)));
  mac.update(std::as_bytes(std::span(value)));
  std::array<std::byte, crypto::kSha256Bytes> out{};
  if (!mac.finish(out)) return Error{ErrorCode::kInternal, "HMAC-SHA-256 failed"};
  return hex_encode(out);
}

}  // namespace payload::detail
COEFFICIENT_END_NAMESPACE
