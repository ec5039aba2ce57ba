#ifndef COEFFICIENT_TESTS_DIFF_PARSED_H_
#define COEFFICIENT_TESTS_DIFF_PARSED_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/diff/parser.h"
#include "support/bytes.h"

namespace test {

namespace diff = coefficient::diff;

/// Before the hunks of a file "x" that is modified.
inline const std::string kHeaderOfX =
    "diff --git a/x b/x\nindex 0a1..0b2 100644\n--- a/x\n+++ b/x\n";

struct ParsedLine {
  diff::LineKind kind{};
  std::string text;
  bool ends_with_newline = true;
  std::uint64_t old_line = 0;
  std::uint64_t new_line = 0;
  std::string columns;
};

struct ParsedFile {
  char status = '?';
  std::optional<std::string> old_path;
  std::optional<std::string> new_path;
  std::optional<std::uint32_t> old_mode;
  std::optional<std::uint32_t> new_mode;
  bool binary = false;
  std::size_t parents = 1;
  int hunks = 0;
  std::vector<ParsedLine> lines;
};

/// Everything that a parser says of a diff, copied.
struct Parsed {
  std::vector<ParsedFile> files;
  std::optional<diff::ParseError> error;
  std::uint64_t line_bytes = 0;
  std::uint64_t other_bytes = 0;
  std::uint64_t other_lines = 0;
};

inline void take_header(const diff::FileHeader& header, ParsedFile& file) {
  const auto copy = [](const std::optional<std::string_view>& path) {
    return path ? std::optional<std::string>(std::string(*path)) : std::nullopt;
  };
  file.status = static_cast<char>(header.status);
  file.old_path = copy(header.old_path);
  file.new_path = copy(header.new_path);
  file.old_mode = header.old_mode;
  file.new_mode = header.new_mode;
  file.binary = file.binary || header.binary;
  file.parents = header.parents;
}

inline Parsed parse(diff::Parser& parser) {
  Parsed parsed;
  for (diff::Event event = parser.next(); event != diff::Event::kEnd; event = parser.next()) {
    if (event == diff::Event::kError) {
      parsed.error = parser.error();
      break;
    }
    if (event == diff::Event::kFile) {
      if (!parser.file().replaces_previous) parsed.files.emplace_back();
      take_header(parser.file(), parsed.files.back());
    } else if (event == diff::Event::kHunk) {
      ++parsed.files.back().hunks;
    } else {
      const diff::Line& line = parser.line();
      parsed.line_bytes += line.size;
      parsed.files.back().lines.push_back({line.kind, std::string(line.text),
                                           line.ends_with_newline, line.old_line, line.new_line,
                                           std::string(line.columns)});
    }
  }
  parsed.other_bytes = parser.other_bytes();
  parsed.other_lines = parser.other_lines();
  return parsed;
}

inline Parsed parse(std::string_view text) {
  diff::Parser parser(bytes(text));
  return parse(parser);
}

/// The changed lines as "-old" and "+new", in order.
inline std::vector<std::string> changes(const ParsedFile& file) {
  std::vector<std::string> all;
  for (const ParsedLine& line : file.lines) {
    if (line.kind == diff::LineKind::kContext) continue;
    all.push_back((line.kind == diff::LineKind::kAdded ? "+" : "-") + line.text);
  }
  return all;
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_DIFF_PARSED_H_
