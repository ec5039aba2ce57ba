#ifndef COEFFICIENT_DIFF_EXCLUSIONS_H_
#define COEFFICIENT_DIFF_EXCLUSIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace detail {
class Attributes;
}

/// A `.gitattributes` file. Take it from the base of a change, not from its head: who writes this
/// file decides what a reviewer does not see.
struct AttributesFile {
  std::string_view directory;  ///< Where it lies, from the root: "" or e.g. "src/gen".
  std::string_view text;       ///< Any bytes.
};

/// Returns the rules that Exclusions has unless told otherwise, as gitattributes(5) text: lock
/// files of package managers, minified files, source maps, what common generators write, and
/// directories of other people's code. docs/exclusions.md has the list in words.
COEFFICIENT_DIFF_EXPORT std::string_view default_exclusions() noexcept;

/// Says which files nobody wrote by hand here, so that their content need not be reviewed.
///
/// The rules are those of gitattributes(5) for the attributes `linguist-generated` and
/// `linguist-vendored`, as git reads them: the last matching line decides, the deeper directory
/// before the shallower; `-linguist-generated` takes a file back, and so do `!linguist-generated`
/// and the value `false`; any other value counts as set, as in GitHub's linguist. Macros
/// (`[attr]name ...`, top directory only), quoted patterns, `**`, `?` and `[...]` work. As in git a
/// pattern that starts with '!' or ends with '/' has no effect, nor has a line of 2048 bytes and
/// more, nor one with an invalid attribute name; none is an error.
///
/// Thread safety: immutable; any number of threads may use one object. A copy shares the rules.
class COEFFICIENT_DIFF_EXPORT Exclusions {
 public:
  /// Together, over all files and the defaults.
  static constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20U;
  /// Of all the patterns of effect together that must be tried one by one: those with a wildcard,
  /// other than `**/name`, `**/name/**`. This bounds what a path can cost.
  static constexpr std::size_t kMaxWildcardBytes = std::size_t{64} << 10U;
  /// Macros that lead to one of the two attributes.
  static constexpr std::size_t kMaxMacros = 62;
  /// A longer path matches no rule.
  static constexpr std::size_t kMaxPathBytes = 4096;

  enum class Reason : std::uint8_t { kNone, kGenerated, kVendored };

  /// Compiles `files`, in any order; of two for one directory the later one has the last word.
  /// `defaults`: default_exclusions() stand before all of them, so that any line overrides them.
  ///
  /// Errors: kInvalidArgument if a directory starts or ends with '/', or has an empty, "." or ".."
  /// part; kResourceExhausted beyond one of the limits above.
  static Result<Exclusions> create(std::span<const AttributesFile> files, bool defaults = true);

  /// Returns why the file at `path` (from the root, any bytes) is excluded; kGenerated if it is
  /// both. For a path of n bytes below d directories a few look-ups per directory, and for each
  /// wildcard pattern at most n steps per 64 bytes of it.
  [[nodiscard]] Reason of(std::string_view path) const;

 private:
  explicit Exclusions(std::shared_ptr<const detail::Attributes> attributes) noexcept;

  std::shared_ptr<const detail::Attributes> attributes_;
};

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_EXCLUSIONS_H_
