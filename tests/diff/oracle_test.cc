// The shared diffs: what git itself says of them beside what we say.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "coefficient/diff/summary.h"
#include "diff/oracle.h"
#include "diff/parsed.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;
namespace fs = std::filesystem;
using diff::FileSummary;
using nlohmann::json;
using test::expect_side;
using test::files_below;
using test::path_of;

void expect_mode(const std::optional<std::uint32_t>& ours, const json& theirs) {
  if (!ours) return;  // the diff does not carry it
  EXPECT_EQ(*ours, std::stoul(theirs.get<std::string>(), nullptr, 8));
}

void expect_file(const FileSummary& ours, const json& theirs) {
  EXPECT_EQ(std::string(1, static_cast<char>(ours.status)), theirs["status"].get<std::string>());
  EXPECT_EQ(path_of(ours.old_path), path_of(theirs["old"]));
  EXPECT_EQ(path_of(ours.new_path), path_of(theirs["new"]));
  expect_mode(ours.old_mode, theirs["old_mode"]);
  expect_mode(ours.new_mode, theirs["new_mode"]);
  if (theirs["binary"].get<bool>()) {
    // That unchanged content is binary, a diff does not say.
    EXPECT_TRUE(ours.binary || theirs["old_blob"] == theirs["new_blob"]);
    EXPECT_EQ(ours.added.lines + ours.removed.lines, 0U);
  } else {
    EXPECT_FALSE(ours.binary);
    expect_side(ours.added, theirs, "added");
    expect_side(ours.removed, theirs, "removed");
  }
}

// Combined: for --cc, git's list of names has the files too that it then finds not worth showing.
void expect_combined(const std::vector<FileSummary>& ours, const json& theirs) {
  std::vector<std::string> names;
  for (const FileSummary& file : ours) {
    EXPECT_EQ(json(file.parents), theirs["parents"]);
    names.push_back(path_of(file.new_path ? file.new_path : file.old_path));
  }
  std::vector<std::string> all;
  for (const json& name : theirs["raw_c_names"]) all.push_back(path_of(name));
  const bool cc = theirs["command"].get<std::string>().find("--cc") != std::string::npos;
  if (!cc) {
    EXPECT_EQ(names, all);
  }
  EXPECT_TRUE(std::includes(all.begin(), all.end(), names.begin(), names.end()));
  EXPECT_FALSE(names.empty());
}

void expect_oracle(const fs::path& path, const json& oracle) {
  SCOPED_TRACE(path.filename().string());
  const std::string text = test::read_file(path);
  const auto files = diff::summarize(test::bytes(text));
  ASSERT_TRUE(files) << files.error().message;
  if (oracle["kind"] == "combined") return expect_combined(*files, oracle);
  ASSERT_EQ(files->size(), oracle["files"].size());
  for (std::size_t i = 0; i < files->size(); ++i) expect_file((*files)[i], oracle["files"][i]);
}

void expect_oracles(const fs::path& directory, std::size_t at_least) {
  std::size_t compared = 0;
  for (const fs::path& path : files_below(directory, {".diff", ".mbox"})) {
    fs::path oracle = path;
    oracle.replace_extension(".json");
    if (!fs::exists(oracle)) continue;
    expect_oracle(path, test::read_json(oracle));
    ++compared;
  }
  EXPECT_GE(compared, at_least);
}

}  // namespace

TEST(DiffOracle, EveryRealDiffIsExact) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/real");
  expect_oracles(root, 80);
}

TEST(DiffOracle, EveryTrickyDiffIsExact) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/tricky");
  expect_oracles(root, 136);
}

TEST(DiffOracle, CombinedLinesAreExact) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/tricky");
  const json expectations = test::read_json(root / "combined.expect.json");
  for (const auto& [name, expected] : expectations.items()) {
    if (!fs::exists(root / name)) continue;  // kept back
    const std::string text = test::read_file(root / name);
    const test::Parsed parsed = test::parse(text);
    ASSERT_EQ(parsed.files.size(), 1U) << name;
    EXPECT_EQ(json(parsed.files[0].parents), expected["parents"]);
    EXPECT_EQ(json(parsed.files[0].hunks), expected["hunks"]);
    std::multiset<std::pair<std::string, std::string>> ours, theirs;
    for (const test::ParsedLine& line : parsed.files[0].lines)
      if (line.kind != diff::LineKind::kContext) ours.emplace(line.columns, line.text);
    for (const json& line : expected["changed_lines"])
      theirs.emplace(line[0].get<std::string>(), line[1].get<std::string>());
    EXPECT_EQ(ours, theirs) << name;
  }
  for (const fs::path& path : files_below(root, {".diff"})) {
    if (path.filename().string().find("combined-") != 0) continue;
    const std::string text = test::read_file(path);
    const test::Parsed parsed = test::parse(text);
    EXPECT_FALSE(parsed.error) << path;
    EXPECT_EQ(parsed.line_bytes + parsed.other_bytes, text.size()) << path;
    ASSERT_FALSE(parsed.files.empty()) << path;
    EXPECT_GT(parsed.files[0].parents, 1U) << path;
  }
}

// Samples of other parsers' tests, damaged ones among them: an answer or a clean error.
TEST(DiffOracle, SamplesOfOtherParsersParseOrFailCleanly) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/upstream");
  std::size_t parsed_whole = 0;
  std::size_t refused = 0;
  for (const fs::path& path : files_below(root, {".diff", ".patch", ".reversed", ".src", ".out"})) {
    const std::string text = test::read_file(path);
    const test::Parsed parsed = test::parse(text);
    if (parsed.error) {
      EXPECT_LE(parsed.error->offset, text.size()) << path;
      ++refused;
    } else {
      EXPECT_EQ(parsed.line_bytes + parsed.other_bytes, text.size()) << path;
      ++parsed_whole;
    }
  }
  EXPECT_GE(parsed_whole, 60U);
  EXPECT_GE(refused, 20U);
}

// npm parse-diff is a peer, no oracle; on what we accept of its samples we agree on the names.
TEST(DiffOracle, NamesAgreeWithParseDiff) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/upstream/parse-diff");
  std::size_t compared = 0;
  for (const fs::path& path : files_below(root, {".diff"})) {
    std::string text = test::read_file(path);
    if (!text.ends_with('\n')) text += '\n';  // JavaScript strings, trimmed
    const test::Parsed parsed = test::parse(text);
    fs::path answer = path;
    const json output =
        test::read_json(answer.replace_extension(".json"))["parse_diff_0_12_0_output"];
    if (parsed.error || parsed.files.size() != output.size()) continue;
    if (text.find("\nrename from a/") != std::string::npos) continue;  // git writes no prefix there
    for (std::size_t i = 0; i < output.size(); ++i) {
      EXPECT_EQ(parsed.files[i].old_path.value_or("/dev/null"), output[i].value("from", ""))
          << path;
      EXPECT_EQ(parsed.files[i].new_path.value_or("/dev/null"), output[i].value("to", "")) << path;
      ++compared;
    }
  }
  EXPECT_GE(compared, 8U);
}
