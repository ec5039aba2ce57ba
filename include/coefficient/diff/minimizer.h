#ifndef COEFFICIENT_DIFF_MINIMIZER_H_
#define COEFFICIENT_DIFF_MINIMIZER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

/// What the host knows of a change, before minimization.
struct MinimizeInput {
  std::string_view title;
  std::string_view description;
  std::span<const std::byte> diff;  ///< As git wrote it; see parser.h for the forms.
};

struct MinimizeOptions {};

/// What left and what stayed, for people and receipts. Counts are of lines and bytes of the diff.
struct MinimizeReport {
  std::uint64_t files = 0;
  std::uint64_t hunks = 0;
  std::uint64_t added_lines = 0;
  std::uint64_t removed_lines = 0;
  std::uint64_t withheld_context_lines = 0;
  std::uint64_t withheld_other_lines = 0;  ///< Headers, noise, mail text, binary payload.
  std::uint64_t input_bytes = 0;           ///< Of the diff.
  std::uint64_t output_bytes = 0;          ///< Of the JSON.
  std::uint64_t withheld_bytes = 0;        ///< Bytes of the diff that are not in the output.
};

struct Minimized {
  std::string json;
  MinimizeReport report;
};

/// Returns JSON with exactly the title, the description, and per file the paths, the status and the
/// changed lines with their numbers.
COEFFICIENT_DIFF_EXPORT Result<Minimized> minimize(const MinimizeInput& input,
                                                   const MinimizeOptions& options = {});

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_MINIMIZER_H_
