#include "coefficient/diff/line_map.h"

#include <algorithm>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

// Takes the events of one parser or of several.
class LineMap::Builder {
 public:
  Result<> consume(Parser& parser) {
    while (true) {
      switch (parser.next()) {
        case Event::kFile:
          file(parser.file());
          break;
        case Event::kHunk:
          if (parser.file().parents > 1) break;
          if (!hunk(parser.hunk()))
            return Error{ErrorCode::kInvalidArgument, "the hunks of file " +
                                                          std::to_string(map_.sections_.size()) +
                                                          " of the diff overlap or run backwards"};
          break;
        case Event::kLine:
          if (parser.file().parents == 1) line(parser.line().kind);
          break;
        case Event::kEnd:
          return {};
        case Event::kError:
          return to_error(parser.error());
      }
    }
  }

  LineMap finish() && {
    std::stable_sort(map_.sections_.begin(), map_.sections_.end(),
                     [](const Section& a, const Section& b) { return a.path < b.path; });
    return std::move(map_);
  }

 private:
  void file(const FileHeader& header) {
    if (!header.replaces_previous) {
      const auto& path = header.new_path ? header.new_path : header.old_path;
      map_.sections_.push_back(
          {std::string(path.value_or("")), header.status, map_.hunks_.size(), 0});
      old_end_ = new_end_ = 0;
    }
  }

  // The lines of one side, if they are below those of the hunks before. A side without lines has
  // no place among them: git writes the line before it, or 0.
  static bool place(const Range& range, std::uint64_t& end, Lines& lines) {
    lines = {range.count == 0 ? end : range.start, range.count};
    if (lines.first < end) return false;
    end = lines.end();
    return true;
  }

  bool hunk(const Hunk& hunk) {
    HunkLines lines;
    if (!place(hunk.old_ranges[0], old_end_, lines.old_lines) ||
        !place(hunk.new_range, new_end_, lines.new_lines))
      return false;
    lines.first_block = map_.blocks_.size();
    map_.hunks_.push_back(lines);
    ++map_.sections_.back().hunks;
    old_offset_ = new_offset_ = 0;
    block_open_ = false;
    return true;
  }

  void line(LineKind kind) {
    std::vector<Block>& blocks = map_.blocks_;
    if (kind == LineKind::kContext) {
      block_open_ = false;
      ++old_offset_;
      ++new_offset_;
      return;
    }
    const bool removed = kind == LineKind::kRemoved;
    if (!block_open_ || (removed && blocks.back().new_count != 0))
      blocks.push_back({old_offset_, 0, new_offset_, 0});
    block_open_ = true;
    ++(removed ? blocks.back().old_count : blocks.back().new_count);
    ++(removed ? old_offset_ : new_offset_);
  }

  LineMap map_;
  std::uint64_t old_end_ = 0;
  std::uint64_t new_end_ = 0;
  std::uint32_t old_offset_ = 0;  // a hunk's counts are at most 2^31
  std::uint32_t new_offset_ = 0;
  bool block_open_ = false;
};

std::string_view to_string(PositionRefusal refusal) noexcept {
  switch (refusal) {
    case PositionRefusal::kUnknownPath:
      return "unknown_path";
    case PositionRefusal::kAmbiguousPath:
      return "ambiguous_path";
    case PositionRefusal::kNoLines:
      return "no_lines";
    case PositionRefusal::kLineNotInDiff:
      return "line_not_in_diff";
    case PositionRefusal::kStartNotInDiff:
      return "start_not_in_diff";
    case PositionRefusal::kOtherHunk:
      return "other_hunk";
    case PositionRefusal::kStartNotBeforeLine:
      return "start_not_before_line";
    case PositionRefusal::kStartSideWithoutLine:
      return "start_side_without_line";
  }
  return "unknown";
}

Result<LineMap> LineMap::create(std::span<const std::byte> diff) {
  Parser parser(diff);
  Builder builder;
  if (const Result<> read = builder.consume(parser); !read) return read.error();
  return std::move(builder).finish();
}

Result<LineMap> LineMap::create(const GithubFiles& list) {
  Builder builder;
  for (const GithubFile& file : list.files) {
    const std::string_view patch = file.patch ? std::string_view(*file.patch) : std::string_view();
    Parser parser(std::as_bytes(std::span(patch.data(), patch.size())), file.header());
    if (const Result<> read = builder.consume(parser); !read) return read.error();
  }
  return std::move(builder).finish();
}

const LineMap::HunkLines* LineMap::find(std::span<const Section> file, Side side,
                                        std::uint64_t line) const {
  if (line == 0) return nullptr;
  for (const Section& section : file) {
    const auto hunks = std::span(hunks_).subspan(section.first_hunk, section.hunks);
    const auto hunk = std::partition_point(hunks.begin(), hunks.end(), [&](const HunkLines& lines) {
      return lines.on(side).end() <= line;
    });
    if (hunk != hunks.end() && hunk->on(side).first <= line) return &*hunk;
  }
  return nullptr;
}

// Whether the first line of `position` is in an earlier row of `hunk` than its last.
bool LineMap::is_above(const HunkLines& hunk, const Position& position) const {
  const Side start_side = position.start_side.value_or(position.side);
  if (start_side == position.side) return *position.start_line < position.line;
  const bool starts_left = start_side == Side::kLeft;
  const std::uint64_t old_offset =
      (starts_left ? *position.start_line : position.line) - hunk.old_lines.first;
  const std::uint64_t new_offset =
      (starts_left ? position.line : *position.start_line) - hunk.new_lines.first;
  // Counts the new lines above the old one, and says whether the old one has a row of its own.
  const std::size_t next_hunk = static_cast<std::size_t>(&hunk - hunks_.data()) + 1;
  const auto end = blocks_.begin() +
                   static_cast<std::ptrdiff_t>(
                       next_hunk == hunks_.size() ? blocks_.size() : hunks_[next_hunk].first_block);
  const auto begin = blocks_.begin() + static_cast<std::ptrdiff_t>(hunk.first_block);
  const auto after = std::partition_point(
      begin, end, [&](const Block& block) { return block.old_offset <= old_offset; });
  std::uint64_t new_above = old_offset;
  bool removed = false;
  if (after != begin) {
    const Block& block = after[-1];
    const std::uint64_t into = old_offset - block.old_offset;
    removed = into < block.old_count;
    new_above =
        removed ? block.new_offset : block.new_offset + block.new_count + (into - block.old_count);
  }
  if (starts_left) return removed ? new_offset >= new_above : new_offset > new_above;
  return new_offset < new_above;
}

Result<void, PositionRefusal> LineMap::check(const Position& position) const {
  if (position.start_side && !position.start_line) return PositionRefusal::kStartSideWithoutLine;
  const auto first =
      std::partition_point(sections_.begin(), sections_.end(),
                           [&](const Section& section) { return section.path < position.path; });
  const auto last = std::partition_point(first, sections_.end(), [&](const Section& section) {
    return section.path == position.path;
  });
  const std::span<const Section> file(first, last);
  if (file.empty()) return PositionRefusal::kUnknownPath;
  // A change of type may come as a removed and an added file; the two have different sides.
  const auto has = [&](FileStatus status) {
    return file[0].status == status || file[1].status == status;
  };
  if (file.size() > 2 ||
      (file.size() == 2 && !(has(FileStatus::kDeleted) && has(FileStatus::kAdded))))
    return PositionRefusal::kAmbiguousPath;
  if (std::all_of(file.begin(), file.end(), [](const Section& part) { return part.hunks == 0; }))
    return PositionRefusal::kNoLines;

  const HunkLines* const hunk = find(file, position.side, position.line);
  if (hunk == nullptr) return PositionRefusal::kLineNotInDiff;
  if (!position.start_line) return {};
  const Side start_side = position.start_side.value_or(position.side);
  const HunkLines* const start = find(file, start_side, *position.start_line);
  if (start == nullptr) return PositionRefusal::kStartNotInDiff;
  if (start != hunk) return PositionRefusal::kOtherHunk;
  if (!is_above(*hunk, position)) return PositionRefusal::kStartNotBeforeLine;
  return {};
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
