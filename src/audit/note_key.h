#ifndef COEFFICIENT_SRC_AUDIT_NOTE_KEY_H_
#define COEFFICIENT_SRC_AUDIT_NOTE_KEY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // em dash, space

/// Returns whether `name` can name a key: UTF-8, 1 to kMaxKeyNameBytes bytes, no Unicode space, no
/// control character and no '+'.
bool is_key_name(std::string_view name) noexcept;

/// Returns whether `text` is UTF-8 without control characters below U+0020; line feeds are allowed
/// if `line_feeds` is true.
bool is_note_text(std::string_view text, bool line_feeds) noexcept;

/// Returns the first four bytes, big-endian, of SHA-256(name | 0x0A | material), where the material
/// is the kind byte and the public key.
Result<std::uint32_t> note_key_id(std::string_view name, std::span<const std::byte> material);

/// Returns the id in 8 lower-case hex digits.
std::string key_id_text(std::uint32_t id);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_NOTE_KEY_H_
