#ifndef COEFFICIENT_SRC_DIFF_MANIFEST_WRITER_H_
#define COEFFICIENT_SRC_DIFF_MANIFEST_WRITER_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/diff/minimizer.h"
#include "diff/json_writer.h"
#include "diff/walk.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// What became of the changed lines of a file.
struct KeptLines {
  std::uint64_t hunks = 0;
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t budget = 0;  ///< Left out for it.
};

/// Writes the receipt that manifest.h describes, as canonical JSON (RFC 8785): the members of each
/// object stand in the order of their names.
class ManifestWriter {
 public:
  explicit ManifestWriter(const RedactionRules& rules) : rules_(rules) {}

  /// What is written before the files. kInternal if a hash could not be computed.
  Result<> begin(const Change& change, const Shaped& title, const Shaped& description);
  void file(const ShapedFile& file, bool listed);
  /// A line that is in the output.
  void line(const Line& line, const Shaped& shaped);
  void end_file(const FileBooks& books, const KeptLines& kept);
  /// What is written after the files.
  Result<std::string> finish(const Change& change, const std::string& output,
                             const MinimizeReport& report, std::string_view policy_id,
                             std::string_view policy_sha256);

 private:
  using Runs = std::vector<Range>;

  Result<> text(const char* name, std::string_view before, const Shaped& after);
  void counts(std::string_view name, std::uint64_t kept, std::uint64_t seen);
  void redactions(const std::map<std::string_view, std::uint64_t>& by_rule);
  void findings(const UnicodeFindings& findings);
  void ranges(std::string_view side, const Runs& runs);
  void paths();

  const RedactionRules& rules_;
  JsonWriter json_;
  // Of the open file:
  ShapedFile file_;
  std::array<std::string, 2> path_texts_;
  bool listed_ = true;
  Runs new_runs_;
  Runs old_runs_;
  std::map<std::string_view, std::uint64_t> by_rule_;  // sorted as the members must be
  UnicodeFindings findings_;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_MANIFEST_WRITER_H_
