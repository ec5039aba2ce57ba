#ifndef COEFFICIENT_SRC_DIFF_SUBMODULE_H_
#define COEFFICIENT_SRC_DIFF_SUBMODULE_H_

#include <string_view>

#include "coefficient/diff/parser.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Returns whether either side of `header` is known to be a submodule (mode 160000), or, where no
/// mode is known (GitHub's list, a plain diff), the diff that follows the header is all that git
/// writes for one: a hunk of one commit, or of one in place of another.
bool is_submodule(const FileHeader& header, std::string_view after_header) noexcept;

/// Returns whether `line` of the file `header` is "Subproject commit <id>", which git writes in
/// place of a submodule's content: not text that someone wrote, but the id of a commit. The mode
/// alone does not decide it, or a forged one could hide the content of a file from its reviewer;
/// the text alone does only in a combined diff, which does not carry the mode, and where
/// `submodule`, the answer of is_submodule(), was found without it.
bool is_subproject_commit(const FileHeader& header, bool submodule, const Line& line) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_SUBMODULE_H_
