#ifndef COEFFICIENT_SRC_DIFF_SECRET_SHAPE_H_
#define COEFFICIENT_SRC_DIFF_SECRET_SHAPE_H_

#include <cstddef>
#include <string_view>

#include "coefficient/version.h"
#include "diff/secret_rules.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Returns the length of the placeholder that starts at `at`, 0 if none does.
std::size_t placeholder_at(std::string_view text, std::size_t at) noexcept;

/// Returns whether `at` is within a placeholder.
bool is_in_placeholder(std::string_view text, std::size_t at) noexcept;

/// Returns whether `value` stands for a secret without being one: one byte repeated ("xxx"),
/// a name to be replaced (`${VAR}`, `$VAR`, `{{ var }}`, `#{var}`, `%(var)s`, `<var>`), or a
/// placeholder of ours.
bool is_stand_in(std::string_view value) noexcept;

/// Returns whether a value that was assigned to something called a secret may be one: it is no
/// stand-in, and has a digit or a word that is not of those code is full of (plain_words.h). Only
/// other scripts have words that nobody here knows.
bool looks_secret(std::string_view value) noexcept;

/// Returns whether a piece of base64 is more likely of a key than a name in code. A guess, for
/// lines behind the marker of a key.
bool looks_random(std::string_view text) noexcept;

/// Returns whether `token` has a checksum that is right. The rules whose tokens have one that is
/// known: github-token and npm (CRC-32 of 30 characters, in base 62, in the last 6).
bool has_valid_checksum(SecretRule rule, std::string_view token) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_SECRET_SHAPE_H_
