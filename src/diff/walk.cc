#include "diff/walk.h"

#include <span>
#include <utility>

#include "diff/submodule.h"
#include "diff/whitespace.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

Walk::Walk(const Policy& policy, const Exclusions& exclusions, Shaper& shaper, LineSink& sink)
    : exclusions_(exclusions),
      shaper_(shaper),
      sink_(sink),
      collapse_(policy.collapse_whitespace) {}

Result<> Walk::consume(Parser& parser, std::string_view raw, bool truncated) {
  shaper_.begin_input(raw);
  while (true) {
    switch (parser.next()) {
      case Event::kLine:
        line(parser.line());
        break;
      case Event::kHunk:
        hunk(parser.hunk());
        break;
      case Event::kFile:
        file(parser.file(), parser.rest(), truncated);
        break;
      case Event::kEnd:
        flush_block();
        report_.withheld_other_lines += parser.other_lines();
        report_.withheld_bytes += parser.other_bytes();
        return {};
      case Event::kError:
        return to_error(parser.error());
    }
  }
}

void Walk::shape_path(std::optional<std::string_view>& path, std::string& text) {
  if (!path) return;
  const Shaped& shaped = shaper_.path(*path);
  file_.redactions.insert(file_.redactions.end(), shaped.redactions.begin(),
                          shaped.redactions.end());
  file_.findings += shaped.findings;
  if (shaped.text == *path) return;
  file_.escaped = file_.escaped || shaped.escaped;
  text = shaped.text;
  path = text;
}

void Walk::file(const FileHeader& header, std::string_view after_header, bool truncated) {
  flush_block();
  if (!header.replaces_previous) {
    end_file();
    in_file_ = true;
    books_ = {.truncated = truncated};
    ++report_.files;
    shaper_.begin_file();
  }
  raw_header_ = header;
  file_ = {};
  file_.header = header;
  file_.submodule = is_submodule(header, after_header);
  const auto& path = header.new_path ? header.new_path : header.old_path;
  if (path) file_.excluded = exclusions_.of(*path);
  shape_path(file_.header.old_path, paths_[0]);
  shape_path(file_.header.new_path, paths_[1]);
  sink_.file(file_);
}

void Walk::end_file() {
  if (!std::exchange(in_file_, false)) return;
  counts_.files += 1;
  counts_.additions += books_.added;
  counts_.deletions += books_.removed;
  report_.withheld_excluded_lines += books_.excluded;
  report_.withheld_whitespace_lines += books_.whitespace;
  report_.withheld_other_lines += books_.submodule;
  sink_.end_file(books_);
}

void Walk::hunk(const Hunk& hunk) {
  flush_block();
  ++books_.hunks;
  if (file_.excluded != Exclusions::Reason::kNone) return;
  shaper_.begin_hunk(hunk.old_ranges.size());
  sink_.hunk();
}

void Walk::line(const Line& line) {
  if (line.kind == LineKind::kContext) {
    flush_block();
    ++report_.withheld_context_lines;
    report_.withheld_bytes += line.size;
    if (file_.excluded == Exclusions::Reason::kNone) shaper_.context(line.text);
    return;
  }
  ++(line.kind == LineKind::kAdded ? books_.added : books_.removed);
  if (is_subproject_commit(raw_header_, file_.submodule, line)) {
    ++books_.submodule;
    report_.withheld_bytes += line.size;
  } else if (file_.excluded != Exclusions::Reason::kNone) {
    ++books_.excluded;
    report_.withheld_bytes += line.size;
  } else if (collapse_ && line.columns.empty()) {
    block_.push_back(line);
  } else {
    emit(line);
  }
}

void Walk::emit(const Line& line) {
  sink_.line(line, shaper_.line(line.kind, line.text));
}

// Hands on the lines but for the first `leading` and the last `trailing` of them.
void Walk::emit_run(std::span<const Line> lines, std::size_t leading, std::size_t trailing) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i >= leading && i < lines.size() - trailing) {
      emit(lines[i]);
    } else {
      (void)shaper_.line(lines[i].kind, lines[i].text);  // it may begin or end a private key
      ++books_.whitespace;
      report_.withheld_bytes += lines[i].size;
    }
  }
}

void Walk::flush_block() {
  std::span<const Line> rest(block_);
  std::vector<std::string_view> texts;
  while (!rest.empty()) {
    // A run of removed lines, which may be empty, and the run of added ones after it.
    const auto run = [&](std::size_t from, LineKind kind) {
      std::size_t end = from;
      while (end < rest.size() && rest[end].kind == kind) ++end;
      return end;
    };
    const std::size_t removed = run(0, LineKind::kRemoved);
    const std::size_t both = run(removed, LineKind::kAdded);
    texts.clear();
    for (const Line& line : rest.first(both)) texts.push_back(line.text);
    const std::span<const std::string_view> views(texts);
    const WhitespacePairs pairs = whitespace_pairs(views.first(removed), views.subspan(removed));
    emit_run(rest.first(removed), pairs.leading, pairs.trailing);
    emit_run(rest.subspan(removed, both - removed), pairs.leading, pairs.trailing);
    rest = rest.subspan(both);
  }
  block_.clear();
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
