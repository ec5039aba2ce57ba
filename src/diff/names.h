#ifndef COEFFICIENT_SRC_DIFF_NAMES_H_
#define COEFFICIENT_SRC_DIFF_NAMES_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "coefficient/version.h"

// The names in diff headers: C-quoting (git's quote.c) and the prefixes before them.
COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

inline constexpr std::string_view kDevNull = "/dev/null";

/// Decodes the C-quoted name that `text` starts with, the quotes included, into `out`. Returns the
/// number of characters read; 0 if it is malformed (an unknown escape, a NUL, no closing quote).
std::size_t unquote(std::string_view text, std::string& out);

/// Returns whether an unquoted name can be git's: not empty and without control characters, which
/// git always quotes. So a CR here means that the diff was converted on its way.
bool is_plain_name(std::string_view name) noexcept;

struct NamePair {
  std::string_view old_name;
  std::string_view new_name;
};

/// Splits the unquoted `A B` of a "diff --git" line. With blanks in the names there may be several
/// ways: the halves must agree but for their prefixes. nullopt if none or no single one does.
std::optional<NamePair> split_header_names(std::string_view text) noexcept;

/// Splits `A B` where B, or A, is known; nullopt if the text does not end, or start, so.
std::optional<NamePair> split_before(std::string_view text, std::string_view new_name) noexcept;
std::optional<NamePair> split_after(std::string_view text, std::string_view old_name) noexcept;

/// Returns the two names without their prefixes.
///  - Equal names have none (--no-prefix).
///  - `a/ b/` and git's mnemonic pairs, in either order, are removed, whether the rests agree or
///  not.
///  - Else, as in --src-prefix=old/ --dst-prefix=new/: all up to the first '/' within the common
///    end of the two.
///  - Else the names stay as they are written.
NamePair strip_prefixes(NamePair names) noexcept;

/// The same for a name whose other side is /dev/null: only a one-letter prefix of git's is removed.
std::string_view strip_prefix(std::string_view name) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_NAMES_H_
