#ifndef COEFFICIENT_CORE_ENCODING_H_
#define COEFFICIENT_CORE_ENCODING_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// Strict RFC 4648 encodings. A decoder accepts exactly what the encoder could have written:
/// no blanks, no line breaks, no other alphabet, no missing or surplus padding, no spare bits set.
/// So two different texts never decode to the same bytes (hex accepts both cases, see below).
///
/// The decoders are not constant-time in the text: use them for signatures and public values, and
/// for secrets only where the text itself is not measured by an attacker (configuration).
///
/// Thread safety: pure functions.
COEFFICIENT_BEGIN_NAMESPACE

/// Returns lower-case hex, two characters a byte (RFC 4648 section 8).
COEFFICIENT_CORE_EXPORT std::string hex_encode(std::span<const std::byte> bytes);
/// Returns the bytes of `text`; upper and lower case are accepted. kInvalidArgument on an odd
/// length or any other character.
COEFFICIENT_CORE_EXPORT Result<std::vector<std::byte>> hex_decode(std::string_view text);
/// Decodes `text` into `out` and returns true only if it encodes exactly out.size() bytes.
/// Allocates nothing; `out` is unspecified on false.
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool hex_decode_exact(std::string_view text,
                                                            std::span<std::byte> out) noexcept;

/// The same for lower-case hex only: one text for each value, as signature headers want it.
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool lower_hex_decode_exact(
    std::string_view text, std::span<std::byte> out) noexcept;

/// Returns base64 with padding (RFC 4648 section 4).
COEFFICIENT_CORE_EXPORT std::string base64_encode(std::span<const std::byte> bytes);
/// Returns the bytes of `text`. kInvalidArgument if it is not canonical padded base64.
COEFFICIENT_CORE_EXPORT Result<std::vector<std::byte>> base64_decode(std::string_view text);
/// Like hex_decode_exact, for padded base64.
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool base64_decode_exact(std::string_view text,
                                                               std::span<std::byte> out) noexcept;

/// Returns base64url without padding (RFC 4648 section 5, as RFC 7515 uses it).
COEFFICIENT_CORE_EXPORT std::string base64url_encode(std::span<const std::byte> bytes);
/// Writes the same text to `out` and returns true only if it fills `out` exactly. Allocates
/// nothing, so that no copy of a secret stays behind.
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool base64url_encode_exact(
    std::span<const std::byte> bytes, std::span<std::byte> out) noexcept;
/// Returns the bytes of `text`. kInvalidArgument if it is not canonical unpadded base64url.
COEFFICIENT_CORE_EXPORT Result<std::vector<std::byte>> base64url_decode(std::string_view text);
/// Like hex_decode_exact, for unpadded base64url.
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool base64url_decode_exact(
    std::string_view text, std::span<std::byte> out) noexcept;

COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_CORE_ENCODING_H_
