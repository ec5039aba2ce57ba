// Any bytes as a diff: for each of its lines, and for pairs of them, the map says what a list of
// all rows says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/diff/line_map.h"
#include "coefficient/diff/parser.h"

namespace {

namespace diff = coefficient::diff;
using diff::Side;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Row {
  std::string path;
  std::size_t hunk = 0;
  std::uint64_t old_line = 0;  // 0: on the other side only
  std::uint64_t new_line = 0;
};

struct Rows {
  std::vector<Row> rows;
  std::map<std::string, std::size_t> sections;
};

Rows read(std::span<const std::byte> input) {
  Rows all;
  std::string path;
  std::size_t hunk = 0;
  diff::Parser parser(input);
  for (diff::Event event = parser.next(); event != diff::Event::kEnd; event = parser.next()) {
    require(event != diff::Event::kError);
    const diff::FileHeader& file = parser.file();
    if (event == diff::Event::kFile && !file.replaces_previous) {
      path = file.new_path ? *file.new_path : *file.old_path;
      ++all.sections[path];
    }
    if (event == diff::Event::kHunk) ++hunk;
    if (event == diff::Event::kLine && file.parents == 1)
      all.rows.push_back({path, hunk, parser.line().old_line, parser.line().new_line});
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  const auto map = diff::LineMap::create(input);
  if (!map) return 0;
  const Rows all = read(input);
  const std::size_t count = std::min<std::size_t>(all.rows.size(), 300);
  for (std::size_t i = 0; i < count; ++i) {
    const Row& end = all.rows[i];
    if (all.sections.at(end.path) != 1) continue;
    require(end.old_line == 0 ||
            map->check({.path = end.path, .line = end.old_line, .side = Side::kLeft}));
    require(end.new_line == 0 || map->check({.path = end.path, .line = end.new_line}));
    for (std::size_t j = i < 20 ? 0 : i - 20; j < std::min(count, i + 20); ++j) {
      const Row& start = all.rows[j];
      if (start.path != end.path) continue;
      for (const Side side : {Side::kLeft, Side::kRight}) {
        for (const Side start_side : {Side::kLeft, Side::kRight}) {
          const std::uint64_t line = side == Side::kLeft ? end.old_line : end.new_line;
          const std::uint64_t first = start_side == Side::kLeft ? start.old_line : start.new_line;
          if (line == 0 || first == 0) continue;
          const auto checked = map->check({.path = end.path,
                                           .line = line,
                                           .side = side,
                                           .start_line = first,
                                           .start_side = start_side});
          require(checked.has_value() == (start.hunk == end.hunk && j < i));
        }
      }
    }
  }
  // A line that no row has.
  std::set<std::pair<std::string, std::uint64_t>> known;
  for (const Row& row : all.rows) known.emplace(row.path, row.new_line);
  for (std::size_t i = 0; i < count; ++i)
    for (const std::uint64_t line : {all.rows[i].new_line + 1, all.rows[i].new_line - 1})
      if (!known.contains({all.rows[i].path, line}))
        require(!map->check({.path = all.rows[i].path, .line = line}));
  return 0;
}
