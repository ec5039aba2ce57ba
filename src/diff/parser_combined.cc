#include <algorithm>

#include "coefficient/diff/parser.h"
#include "diff/names.h"

// Combined diffs ("diff --cc", "diff --combined"): git's answer for merges.
COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

// The parents that "index H,H..H" names.
std::size_t count_parents(std::string_view ids) noexcept {
  const std::string_view olds = ids.substr(0, ids.find(".."));
  return static_cast<std::size_t>(std::count(olds.begin(), olds.end(), ',')) + 1;
}

}  // namespace

bool Parser::combined_headers() {
  while (true) {
    std::string_view line;
    if (!header_line(line)) return false;
    constexpr std::string_view kIndex = "index ";
    constexpr std::string_view kMode = "mode ";
    constexpr std::string_view kAdded = "new file mode ";
    if (line.starts_with(kIndex)) {
      file_.parents = count_parents(line.substr(kIndex.size()));
    } else if (line.starts_with(kMode)) {
      const std::size_t dots = line.find("..");
      if (dots == std::string_view::npos) return refuse(ParseErrorCode::kMalformedHeader, p_);
      if (!read_mode(line.substr(dots + 2), file_.new_mode)) return false;
    } else if (line.starts_with(kAdded)) {
      file_.status = FileStatus::kAdded;
      file_.old_mode = 0;
      if (!read_mode(line.substr(kAdded.size()), file_.new_mode)) return false;
    } else if (line.starts_with("deleted file mode ")) {
      file_.status = FileStatus::kDeleted;
      file_.new_mode = 0;
    } else {
      return true;
    }
    take_line(line);
  }
}

// "---" once, or once per parent (--combined-all-paths), then "+++". Hunks may follow or, if the
// mode alone differs from all parents, not.
bool Parser::combined_names(std::string_view path) {
  std::size_t olds = 0;
  std::string_view line;
  std::string_view name;
  for (; header_line(line) && line.starts_with("--- "); ++olds) {
    names_decoded_ = 1;  // keeps `path`; of these names nothing is kept
    if (!read_file_name(line.substr(4), name)) return false;
    take_line(line);
  }
  if (state_ == State::kError) return false;
  if (p_ == end_) return refuse(ParseErrorCode::kTruncated, p_);
  if (!line.starts_with("+++ ") || (olds != 1 && olds != file_.parents))
    return refuse(ParseErrorCode::kMalformedHeader, p_);
  names_decoded_ = 1;
  if (!read_file_name(line.substr(4), name)) return false;
  if (name != detail::kDevNull && !name.ends_with(path))
    return refuse(ParseErrorCode::kInconsistentNames, p_);
  take_line(line);
  return true;
}

Event Parser::combined_file() {
  const char* const start = p_;
  (void)start_file();
  file_.parents = 0;
  std::string_view line;
  std::string_view path;
  if (!header_line(line)) return Event::kError;
  dense_ = line.starts_with("diff --cc ");
  const std::size_t before_name = std::string_view("diff --").size();
  if (!read_name(line.substr(line.find(' ', before_name) + 1), path)) return Event::kError;
  take_line(line);
  if (!combined_headers()) return Event::kError;
  if (file_.parents < 2 || file_.parents > kMaxParents)
    return fail(ParseErrorCode::kMalformedHeader, start);
  if (file_.status != FileStatus::kAdded) file_.old_path = path;
  if (file_.status != FileStatus::kDeleted) file_.new_path = path;
  if (!header_line(line)) return Event::kError;
  if (p_ == end_) return fail(ParseErrorCode::kTruncated, p_);  // names or content must follow
  if (line.starts_with("--- ")) {
    if (!combined_names(path) || !header_line(line)) return Event::kError;
    return finish_file(line.starts_with("@@@"));
  }
  if (line.starts_with("@@@")) return fail(ParseErrorCode::kMalformedHeader, p_);
  if (line == "Binary files differ") {
    file_.binary = true;
    take_line(line);
  }
  return finish_file(false);
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
