// Any bytes as a key text: what is accepted is the one text of its id and key, and a refusal leaves
// no key. A text made of the input (id, then key) is accepted unless it must not be, and not with
// a byte changed.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "vault/key_text.h"

using namespace coefficient;
using namespace coefficient::vault;

namespace {

bool zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = std::as_bytes(std::span(data, size));
  std::array<std::byte, 32> key{};
  if (const auto id = parse_key_text(text, key)) {
    const auto again = format_key_text(*id, key);
    if (zero(key) || !again || !std::ranges::equal(again->expose(), text)) std::abort();
  } else if (!zero(key)) {
    std::abort();
  }

  std::array<std::byte, 32> made{};
  std::copy_n(text.begin(), std::min<std::size_t>(size, made.size()), made.begin());
  const std::string id(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 70));
  const auto formatted = format_key_text(id, made);
  if (!formatted) return 0;
  if (formatted->size() > kMaxKeyTextBytes) std::abort();
  const auto parsed = parse_key_text(formatted->expose(), key);
  if (parsed.has_value() == zero(made)) std::abort();
  if (parsed && (*parsed != id || key != made)) std::abort();
  std::vector<std::byte> changed(formatted->expose().begin(), formatted->expose().end());
  changed[std::to_integer<std::size_t>(text.back()) % changed.size()] ^= std::byte{1};
  if (parse_key_text(changed, key)) std::abort();
  return 0;
}
