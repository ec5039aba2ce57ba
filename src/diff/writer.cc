#include "diff/writer.h"

#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

void Writer::file(const ShapedFile& file) {
  if (!file.header.replaces_previous) {
    listed_ = plan_ == nullptr || plan_->listed[files_];
    ++files_;
  }
  if (manifest_ != nullptr) manifest_->file(file, listed_);
  if (!listed_) return;
  out_.file(file);
  report_.redactions += file.redactions.size();
  report_.escaped_characters += file.findings.total();
}

void Writer::hunk() {
  if (listed_) out_.hunk();
  first_of_hunk_ = true;
  full_ = !listed_;
  if (plan_ != nullptr) room_ = plan_->room[hunks_];
  ++hunks_;
}

// Writes the line if it has room. A hunk that is cut ends with its first line that has none.
bool Writer::take(const Line& line, const Shaped& shaped) {
  if (full_) return false;
  const std::string_view written = out_.line(line, shaped);
  if (plan_ == nullptr) return true;
  Cost cost = price_.of(written);
  if (first_of_hunk_) cost += price_.of("[]");
  full_ = !cost.fits(room_);
  if (full_) {
    out_.undo_line();
  } else {
    room_ -= cost;
  }
  return !full_;
}

void Writer::line(const Line& line, const Shaped& shaped) {
  if (!take(line, shaped)) {
    ++kept_.budget;
    report_.withheld_bytes += line.size;
    return;
  }
  if (std::exchange(first_of_hunk_, false)) ++kept_.hunks;
  ++(line.kind == LineKind::kAdded ? kept_.added : kept_.removed);
  report_.kept_bytes += line.size;
  report_.redactions += shaped.redactions.size();
  if (shaped.found) report_.escaped_characters += shaped.findings.total();
  if (shaped.cut != 0) ++report_.cut_lines;
  if (manifest_ != nullptr) manifest_->line(line, shaped);
}

void Writer::end_file(const FileBooks& books) {
  if (listed_) {
    out_.end_file({.added = books.added,
                   .removed = books.removed,
                   .whitespace = books.whitespace,
                   .partial = kept_.budget != 0,
                   .truncated = books.truncated});
  } else {
    ++report_.omitted_files;
  }
  if (manifest_ != nullptr) manifest_->end_file(books, kept_);
  report_.truncated = report_.truncated || books.truncated;
  report_.hunks += kept_.hunks;
  report_.added_lines += kept_.added;
  report_.removed_lines += kept_.removed;
  report_.withheld_budget_lines += kept_.budget;
  kept_ = {};
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
