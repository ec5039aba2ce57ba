#ifndef COEFFICIENT_TESTS_DIFF_ORACLE_H_
#define COEFFICIENT_TESTS_DIFF_ORACLE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/diff/summary.h"

// The answers of git that lie beside the shared diffs.
namespace test {

inline std::vector<std::filesystem::path> files_below(const std::filesystem::path& directory,
                                                      const std::set<std::string>& extensions) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (extensions.contains(entry.path().extension().string())) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

inline std::string hex(const std::string& text) {
  return coefficient::hex_encode(std::as_bytes(std::span(text.data(), text.size())));
}

/// {"path": ...} or {"path_hex": ...} or null, all as hex.
inline std::string path_of(const nlohmann::json& name) {
  if (name.is_null()) return "none";
  return name.contains("path_hex") ? name["path_hex"].get<std::string>()
                                   : hex(name["path"].get<std::string>());
}
inline std::string path_of(const std::optional<std::string>& name) {
  return name ? hex(*name) : "none";
}

inline void expect_side(const coefficient::diff::SideSummary& ours, const nlohmann::json& theirs,
                        const std::string& side) {
  nlohmann::json ranges = nlohmann::json::array();
  for (const coefficient::diff::Range& range : ours.ranges)
    ranges.push_back({range.start, range.count});
  EXPECT_EQ(nlohmann::json(ours.lines), theirs[side]);
  EXPECT_EQ(ranges, theirs[side + "_ranges"]);
  EXPECT_EQ(coefficient::hex_encode(ours.sha256), theirs[side + "_sha256"].get<std::string>());
  EXPECT_EQ(nlohmann::json(ours.ends_with_newline), theirs[side + "_ends_with_newline"]);
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_DIFF_ORACLE_H_
