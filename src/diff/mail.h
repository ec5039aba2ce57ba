#ifndef COEFFICIENT_SRC_DIFF_MAIL_H_
#define COEFFICIENT_SRC_DIFF_MAIL_H_

#include <cstddef>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Returns whether `text` starts as git format-patch starts a mail: with
/// `From <object id> Mon Sep 17 00:00:00 2001` and headers, From and Subject among them.
bool is_mail_start(std::string_view text) noexcept;

/// Returns where in `text`, which starts with such a line, the patch can start: what is before is
/// the message, which may hold anything, fake headers included.
///  - After `---` and its diffstat, if that leads to a patch.
///  - At the end of the mail, if there is none and the mail is a cover letter ("[PATCH 0/3]"),
///    which is always the first: one further on may stand in a message.
///  - Else right after the first line: such a mail (format-patch -p) has no mark of its patch, and
///    a fake file shown is better than a real one hidden.
std::size_t patch_start(std::string_view text, bool is_first) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_MAIL_H_
