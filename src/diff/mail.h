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

/// Where a mail's patch can start: all before is message, which may hold anything, fake headers
/// included.
struct PatchStart {
  std::size_t at = 0;
  bool marked = false;  ///< A diffstat ends the message: all that follows is patch.
};

/// Returns the end of the last whole hunk of the file whose header `text` starts with (of the
/// header, if it has no hunk); 0 if that is no header.
using FileEnd = std::size_t (*)(std::string_view text);

/// Returns where in `text`, which starts with the first line of a mail, the patch can start:
///  - After `---` and its diffstat, if that leads to a patch: lines ` path | n`, the total, one
///    empty line, a file. Any text may stand before the diffstat. A `---` within a hunk of a
///    well-formed file is a removed line.
///  - At the end of the mail, if there is none and the mail is a cover letter ("[PATCH 0/3]"),
///    which is always the first: one further on may stand in a message.
///  - Else right after the first line: such a mail (format-patch -p) has no mark of its patch, and
///    a fake file shown is better than a real one hidden.
PatchStart patch_start(std::string_view text, bool is_first, FileEnd file_end);

/// Returns whether `text` starts with `---`, `+++` and the beginning of a hunk.
bool is_plain_file_start(std::string_view text) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_MAIL_H_
