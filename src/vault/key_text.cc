#include "vault/key_text.h"
#include <algorithm>
#include <array>

#include "coefficient/core/encoding.h"
#include "core/bytes_of.h"
#include "core/crypto/digest.h"
#include "vault/pae.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kKeyChars = 43;
constexpr std::size_t kChecksumChars = 8;

bool is_id(std::string_view id) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), allowed);
}

Result<std::string> checksum(std::string_view id, std::span<const std::byte, 32> key) {
  // PAE(id, key) in pieces, so that the key is not copied into a vector.
  const Pae empty({bytes_of(id), {}});
  const std::array<std::byte, 8> length{std::byte{32}};
  const auto hash =
      crypto::sha256({bytes_of("coefficient.vault.key-text.v1"),
                      empty.bytes().first(empty.bytes().size() - length.size()), length, key});
  if (!hash) return hash.error();
  return hex_encode(std::span(*hash).first<kChecksumChars / 2>());
}

Error bad(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

}  // namespace

Result<std::string> parse_key_text(std::span<const std::byte> text, std::span<std::byte, 32> key) {
  wipe(key);
  const std::string_view whole(reinterpret_cast<const char*>(text.data()), text.size());
  const std::size_t colon = whole.find(':');
  if (colon == std::string_view::npos) return bad("a key text is id:key:checksum");
  const std::string_view id = whole.substr(0, colon);
  if (!is_id(id)) return bad("the id of a key is 1 to 64 characters of A-Z a-z 0-9 . _ -");
  const std::string_view rest = whole.substr(colon + 1);
  if (rest.size() != kKeyChars + 1 + kChecksumChars || rest[kKeyChars] != ':')
    return bad("a key text has 43 characters of key and 8 of checksum, and no blanks");
  const auto refuse = [key](const char* what) {
    wipe(key);
    return bad(what);
  };
  if (!base64url_decode_exact(rest.substr(0, kKeyChars), key))
    return refuse("the key is not 32 bytes as base64url without padding");
  if (std::all_of(key.begin(), key.end(), [](std::byte b) { return b == std::byte{0}; }))
    return refuse("the key is zeros");
  const auto sum = checksum(id, key);
  if (!sum) {
    wipe(key);
    return sum.error();
  }
  if (rest.substr(kKeyChars + 1) != *sum) return refuse("the checksum of the key is wrong");
  return std::string(id);
}

Result<SecretBytes> format_key_text(std::string_view id, std::span<const std::byte, 32> key) {
  if (!is_id(id)) return bad("the id of a key is 1 to 64 characters of A-Z a-z 0-9 . _ -");
  const auto sum = checksum(id, key);
  if (!sum) return sum.error();
  SecretBytes out = SecretBytes::for_overwrite(id.size() + 1 + kKeyChars + 1 + kChecksumChars);
  auto to = out.expose_for_writing();
  const auto put = [&to](std::string_view part) {
    std::copy_n(bytes_of(part).begin(), part.size(), to.begin());
    to = to.subspan(part.size());
  };
  put(id);
  put(":");
  if (!base64url_encode_exact(key, to.first(kKeyChars)))
    return Error{ErrorCode::kInternal, "a key did not encode"};
  to = to.subspan(kKeyChars);
  put(":");
  put(*sum);
  return out;
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
