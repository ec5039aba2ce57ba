#ifndef COEFFICIENT_DIFF_MANIFEST_H_
#define COEFFICIENT_DIFF_MANIFEST_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/diff/minimizer.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

// The manifest is the receipt of what left the host: canonical JSON (RFC 8785), so that equal
// receipts are equal bytes. It has no line of the change; paths stand in it as they left.
//
//     {"change":{"description":{"bytes":9,"cut":0,"redactions":{},"sha256":"...","unicode":{}},
//                "title":{...}},
//      "files":[{"dropped":{"budget":0,"excluded":0,"submodule":0,"whitespace":0},
//                "hunks":{"kept":1,"seen":1},
//                "lines":{"added":{"kept":1,"seen":1},"removed":{"kept":1,"seen":1}},
//                "listed":true,"new":{"path":"src/a.c"},"old":{"path":"src/a.c"},
//                "partial":false,"ranges":[["new",7,1],["old",7,1]],
//                "redactions":{"github-token":1},"status":"M","truncated":false,
//                "unicode":{"bidi":1}}],
//      "input":{"bytes":120,"format":"git","sha256":"..."},
//      "output":{"bytes":300,"sha256":"..."},
//      "policy":{"id":"default@1","sha256":"..."},
//      "schema":"coefficient-diff-manifest/1",
//      "totals":{"bytes":{"kept":..,"seen":..,"withheld":..},"files":{"omitted":0,"seen":1},
//                "lines":{"added":1,"budget":0,"context":0,"excluded":0,"other":5,"removed":1,
//                         "seen":7,"whitespace":0},"redactions":1},
//      "truncated":false,"version":"0.1.0"}
//
// Of each file, added.seen + removed.seen = added.kept + removed.kept + the sum of `dropped`; over
// all, lines.seen is the sum of the other lines, and bytes.seen = kept + withheld. `excluded`
// ("generated" or "vendored") stands only in excluded files. `ranges` are runs of kept lines:
// side, first line, count. `version` is that of the library, whose built-in rules and defaults
// the policy may refer to.

/// What a manifest was found not to agree with.
enum class ManifestMismatch : std::uint8_t {
  kNone,     ///< It is the receipt of this change, policy and output.
  kVersion,  ///< Another version of the library or of the schema wrote it.
  kInput,    ///< The diff, title or description is not the one hashed.
  kPolicy,   ///< The policy is not the one hashed.
  kOutput,   ///< The output is not the one hashed, or not what the change gives.
  kContent,  ///< All hashes agree, but something else in the manifest is not true.
};

/// Returns one word: none, version, input, policy, output or content.
COEFFICIENT_DIFF_EXPORT std::string_view to_string(ManifestMismatch mismatch) noexcept;

/// Checks a manifest by doing the work again: from `change`, with `minimizer` (made with the
/// policy and estimator of then), output and manifest must come out byte for byte. `output`, where
/// given, must be that output as well. The first disagreement in the order of ManifestMismatch is
/// returned.
///
/// Errors: kInvalidArgument if `manifest` is not strict JSON or lacks a member that is looked at;
/// kResourceExhausted if it is larger than 256 MiB; those of Minimizer::minimize() for the change.
///
/// Thread safety: a pure function.
COEFFICIENT_DIFF_EXPORT Result<ManifestMismatch> verify_manifest(
    std::string_view manifest, const Minimizer& minimizer, const Change& change,
    std::optional<std::string_view> output = std::nullopt);

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_MANIFEST_H_
