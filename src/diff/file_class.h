#ifndef COEFFICIENT_SRC_DIFF_FILE_CLASS_H_
#define COEFFICIENT_SRC_DIFF_FILE_CLASS_H_

#include <cstdint>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// What a file is for, in the order in which a reviewer with little room wants to see files.
enum class FileClass : std::uint8_t {
  kSource,     ///< What runs: code, build and pipeline scripts, and all that nothing else fits.
  kTest,       ///< Tests and their data.
  kConfig,     ///< What is read: settings, manifests, data.
  kDocs,       ///< What people read.
  kGenerated,  ///< What a program wrote, or other people: all of default_exclusions(), and alike.
};

/// Returns the class of the file at `path` by conventions of names alone, without regard to ASCII
/// case. A guess that orders files; it never decides whether one is shown. Total; linear in the
/// path.
FileClass classify(std::string_view path);

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_FILE_CLASS_H_
