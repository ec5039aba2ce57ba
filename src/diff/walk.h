#ifndef COEFFICIENT_SRC_DIFF_WALK_H_
#define COEFFICIENT_SRC_DIFF_WALK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/diff/exclusions.h"
#include "coefficient/diff/minimizer.h"
#include "coefficient/diff/parser.h"
#include "diff/shaper.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// A file header as it may leave.
struct ShapedFile {
  FileHeader header;  ///< With shaped paths; valid until the next file.
  bool escaped = false;
  bool submodule = false;
  std::vector<Redaction> redactions;  ///< Of the paths.
  UnicodeFindings findings;
  Exclusions::Reason excluded = Exclusions::Reason::kNone;
};

/// What a file had, whatever became of it.
struct FileBooks {
  std::uint64_t hunks = 0;
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t excluded = 0;
  std::uint64_t whitespace = 0;
  std::uint64_t submodule = 0;
  bool truncated = false;  ///< Its sender counted other lines than these.
};

/// Receives what the first stages let through.
class LineSink {
 public:
  LineSink() = default;
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;
  virtual ~LineSink() = default;

  /// With header.replaces_previous: the open file is of another kind than was thought.
  virtual void file(const ShapedFile& file) = 0;
  /// Before the lines of a hunk, of which there may be none.
  virtual void hunk() = 0;
  /// `line` is as it came, `shaped` is its text as it may leave.
  virtual void line(const Line& line, const Shaped& shaped) = 0;
  virtual void end_file(const FileBooks& books) = 0;
};

/// One pass of the first stages over a change: parse, leave out excluded files, collapse changes
/// of whitespace, shape. Keeps the books of what it does not hand on.
class Walk {
 public:
  Walk(const Policy& policy, const Exclusions& exclusions, Shaper& shaper, LineSink& sink);

  /// Hands on all of one diff, which `parser` reads from `raw`. May be called again: the files of a
  /// change need not come in one. `truncated` is for the books of its files.
  Result<> consume(Parser& parser, std::string_view raw, bool truncated);
  /// After the last.
  void finish() { end_file(); }

  /// Files, all that was withheld, and nothing of what was handed on.
  [[nodiscard]] const MinimizeReport& report() const noexcept { return report_; }
  /// Changed lines of the change, withheld or not.
  [[nodiscard]] const ChangeCounts& counts() const noexcept { return counts_; }

 private:
  void file(const FileHeader& header, std::string_view after_header, bool truncated);
  void end_file();
  void hunk(const Hunk& hunk);
  void line(const Line& line);
  void emit(const Line& line);
  void flush_block();
  void emit_run(std::span<const Line> lines, std::size_t leading, std::size_t trailing);
  void shape_path(std::optional<std::string_view>& path, std::string& text);

  const Exclusions& exclusions_;
  Shaper& shaper_;
  LineSink& sink_;
  bool collapse_;
  ShapedFile file_;
  FileHeader raw_header_;
  std::array<std::string, 2> paths_;
  FileBooks books_;
  bool in_file_ = false;
  std::vector<Line> block_;  // the changed lines since the last context line, if collapse_
  MinimizeReport report_;
  ChangeCounts counts_;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_WALK_H_
