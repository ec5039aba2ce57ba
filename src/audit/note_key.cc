#include "audit/note_key.h"

#include <algorithm>
#include <array>

#include "coefficient/audit/note.h"
#include "coefficient/core/encoding.h"
#include "core/bytes_of.h"
#include "core/crypto/digest.h"
#include "core/utf8.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

// The Unicode spaces beyond ASCII (property White_Space), in UTF-8.
constexpr std::array<std::string_view, 19> kWideSpaces = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

}  // namespace

bool is_note_text(std::string_view text, bool line_feeds) noexcept {
  const auto control = [line_feeds](char c) {
    return static_cast<unsigned char>(c) < 0x20 && !(line_feeds && c == '\n');
  };
  return std::none_of(text.begin(), text.end(), control) && utf8::is_valid(text);
}

bool is_key_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > kMaxKeyNameBytes || !is_note_text(name, false)) return false;
  if (name.find_first_of(" +") != std::string_view::npos) return false;
  return std::none_of(kWideSpaces.begin(), kWideSpaces.end(), [name](std::string_view space) {
    return name.find(space) != std::string_view::npos;
  });
}

Result<std::uint32_t> note_key_id(std::string_view name, std::span<const std::byte> material) {
  std::array<std::byte, crypto::kSha256Bytes> hash{};
  if (!crypto::sha256({bytes_of(name), bytes_of("\n"), material}, hash))
    return Error{ErrorCode::kInternal, "SHA-256 failed"};
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = (id << 8U) | std::to_integer<std::uint32_t>(hash[i]);
  return id;
}

std::string key_id_text(std::uint32_t id) {
  std::array<std::byte, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(id >> (24 - 8 * i));
  return hex_encode(bytes);
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
