#include "core/utf8.h"

#include <cstdint>
#include <cstring>

COEFFICIENT_BEGIN_NAMESPACE
namespace utf8 {

std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  return length;
}

bool is_valid(std::string_view text) noexcept {
  while (!text.empty()) {
    if (std::uint64_t block = 0; text.size() >= sizeof block) {  // eight ASCII bytes at once
      std::memcpy(&block, text.data(), sizeof block);
      if ((block & 0x8080808080808080U) == 0) {
        text.remove_prefix(sizeof block);
        continue;
      }
    }
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace utf8
COEFFICIENT_END_NAMESPACE
