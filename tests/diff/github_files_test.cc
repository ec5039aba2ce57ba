#include "coefficient/diff/github_files.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coefficient/diff/summary.h"
#include "diff/parsed.h"

namespace {

namespace diff = coefficient::diff;
using coefficient::ErrorCode;
using coefficient::Result;
using diff::FileStatus;
using diff::GithubFiles;
using diff::parse_github_files;
using nlohmann::json;
using namespace std::string_literals;

constexpr const char* kPatch = "@@ -1,2 +1,2 @@ int main() {\n-a\n+b\n c";

json entry(const std::string& path = "src/a.c", const std::string& status = "modified") {
  return {{"sha", "bbcd538c8e72b8c175046e27cc8f907076331401"},
          {"filename", path},
          {"status", status},
          {"additions", 1},
          {"deletions", 1},
          {"changes", 2},
          {"blob_url", "https://github.example/blob/x"},
          {"patch", kPatch}};
}
json with(const std::string& member, const json& value) {
  json file = entry();
  file[member] = value;
  return file;
}
json without(const std::string& member, json file = entry()) {
  file.erase(member);
  return file;
}
std::string page(const std::vector<json>& files) {
  return json(files).dump();
}

struct Bad {
  std::string text;
  std::string message;
  ErrorCode code = ErrorCode::kInvalidArgument;
};
void expect_refused(const std::vector<Bad>& table) {
  for (const Bad& bad : table) {
    const Result<GithubFiles> list = parse_github_files(bad.text);
    ASSERT_FALSE(list) << bad.text;
    EXPECT_EQ(list.error().message, bad.message) << bad.text;
    EXPECT_EQ(list.error().code, bad.code) << bad.text;
  }
}

}  // namespace

TEST(GithubFiles, ReadsAnEntry) {
  const auto list = parse_github_files(page({entry()}));
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->files.size(), 1U);
  const diff::GithubFile& file = list->files[0];
  EXPECT_EQ(file.path, "src/a.c");
  EXPECT_EQ(file.previous_path, std::nullopt);
  EXPECT_EQ(file.patch, kPatch);
  EXPECT_EQ(file.additions, 1U);
  EXPECT_EQ(file.deletions, 1U);
  EXPECT_FALSE(file.truncated || list->truncated);
  EXPECT_EQ(list->counts.files, 1U);
  EXPECT_EQ(list->counts.additions, 1U);
  EXPECT_EQ(list->counts.deletions, 1U);

  diff::Parser parser(test::bytes(*file.patch), file.header());
  const test::Parsed parsed = test::parse(parser);
  EXPECT_FALSE(parsed.error);
  EXPECT_EQ(test::changes(parsed.files[0]), (std::vector<std::string>{"-a", "+b"}));
}

TEST(GithubFiles, StatusDecidesTheNames) {
  struct Case {
    const char* status;
    FileStatus expected;
    const char* old_path;
    const char* new_path;
  };
  for (const Case& c : std::vector<Case>{{"added", FileStatus::kAdded, nullptr, "n"},
                                         {"removed", FileStatus::kDeleted, "n", nullptr},
                                         {"modified", FileStatus::kModified, "n", "n"},
                                         {"changed", FileStatus::kTypeChanged, "n", "n"},
                                         {"unchanged", FileStatus::kModified, "n", "n"},
                                         {"renamed", FileStatus::kRenamed, "p", "n"},
                                         {"copied", FileStatus::kCopied, "p", "n"}}) {
    json file = entry("n", c.status);
    if (std::string(c.old_path != nullptr ? c.old_path : "") == "p")
      file["previous_filename"] = "p";
    const auto list = parse_github_files(page({file}));
    ASSERT_TRUE(list) << list.error().message;
    const diff::FileHeader header = list->files[0].header();
    EXPECT_EQ(header.status, c.expected) << c.status;
    EXPECT_EQ(header.old_path.has_value(), c.old_path != nullptr) << c.status;
    EXPECT_EQ(header.new_path.has_value(), c.new_path != nullptr) << c.status;
    if (c.old_path != nullptr) {
      EXPECT_EQ(header.old_path, c.old_path);
    }
    if (c.new_path != nullptr) {
      EXPECT_EQ(header.new_path, c.new_path);
    }
    EXPECT_FALSE(header.old_mode || header.new_mode || header.binary);
  }
}

TEST(GithubFiles, ReadsPagesInEveryFormThatGhPrints) {
  const std::string a = page({entry("a"), entry("b")});
  const std::string b = page({entry("c")});
  for (const std::string& text :
       {a + b, a + "\n" + b + "\n", " \t\r\n" + a + "[]" + b, "[" + a + "," + b + "]",
        "[" + a + "]\n[" + b + "]", "[" + a + ",[]," + b + "]", a + "[" + b + "]"}) {
    const auto list = parse_github_files(text);
    ASSERT_TRUE(list) << text << ": " << list.error().message;
    ASSERT_EQ(list->files.size(), 3U) << text;
    EXPECT_EQ(list->files[2].path, "c");
    EXPECT_EQ(list->counts.additions, 3U);
  }
  for (const std::string_view none : {"[]", "[[]]", "[][]", "[[],[]]"})
    EXPECT_EQ(parse_github_files(none).value().files.size(), 0U) << none;
}

TEST(GithubFiles, TextIsUnescapedAndKeptToTheByte) {
  const std::string name = "d\xC3\xA9/\xF0\x9F\x98\x80 \"q\"\\\n..";
  json file = entry(name);
  file["patch"] = "@@ -1 +1 @@\n-\0\r\n+\xE2\x80\xAE\n\\ No newline at end of file"s;
  const std::string text = page({file});
  const auto list = parse_github_files(json::parse(text).dump(-1, ' ', true));  // all as \uXXXX
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->files[0].path, name);
  EXPECT_EQ(list->files[0].patch, file["patch"].get<std::string>());
  EXPECT_FALSE(list->truncated);
}

TEST(GithubFiles, APathIsDataAndNeverOpened) {
  for (const char* path : {"../../etc/passwd", "/etc/passwd", "a//b", ".", "C:\\x"}) {
    const auto list = parse_github_files(page({entry(path)}));
    ASSERT_TRUE(list) << path;
    EXPECT_EQ(list->files[0].path, path);
  }
}

TEST(GithubFiles, TruncatedIsEveryDisagreementOfCountsAndPatch) {
  const auto truncated = [](json file) {
    const auto list = parse_github_files(page({entry("z"), std::move(file)}));
    EXPECT_TRUE(list);
    EXPECT_FALSE(list->files[0].truncated);
    EXPECT_EQ(list->files[1].truncated, list->truncated);
    const auto files = diff::summarize(*list);
    EXPECT_TRUE(files);
    EXPECT_EQ((*files)[1].truncated, list->truncated);
    return list->truncated;
  };
  EXPECT_FALSE(truncated(entry()));
  EXPECT_TRUE(truncated(without("patch")));
  EXPECT_TRUE(truncated(with("additions", 2)));
  EXPECT_TRUE(truncated(with("deletions", 0)));
  EXPECT_TRUE(truncated(with("changes", 3)));
  EXPECT_TRUE(truncated(with("patch", "")));
  EXPECT_TRUE(truncated(with("patch", "@@ -1 +0,0 @@\n-a")));
  json empty = without("patch");
  for (const char* count : {"additions", "deletions", "changes"}) empty[count] = 0;
  EXPECT_FALSE(truncated(empty));
  empty["changes"] = 1;
  EXPECT_TRUE(truncated(empty));
}

TEST(GithubFiles, AnnouncedCountsAreChecked) {
  const std::string text = page({entry("a"), entry("b")});
  const auto parse = [&](const diff::AnnouncedCounts& announced) {
    return parse_github_files(text, {.announced = announced});
  };
  EXPECT_TRUE(parse({.files = 2}));
  EXPECT_TRUE(parse({.files = 2, .additions = 2, .deletions = 2}));
  const auto refused = parse({.files = 3, .additions = 2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(refused.error().message, "the change has 2 files where 3 were announced");
  EXPECT_FALSE(parse({.files = 1}));
  EXPECT_FALSE(parse({.additions = 3}));
  EXPECT_FALSE(parse({.deletions = 0}));
  // As GitHub lists a file in an answer that is too large: only the sum tells.
  json zero = without("patch");
  for (const char* count : {"additions", "deletions", "changes"}) zero[count] = 0;
  EXPECT_FALSE(parse_github_files(page({entry("a"), zero}), {.announced = {.additions = 2}}));
}

TEST(GithubFiles, RefusesWhatIsNoListOfFiles) {
  const std::string not_object = "files[1]: must be an object, as the others on its page";
  const std::string ok = entry().dump();
  expect_refused({
      {R"({"message":"Not Found","status":"404"})", "the list of files must be an array"},
      {"null", "the list of files must be an array"},
      {"\"files\"", "the list of files must be an array"},
      {"12", "the list of files must be an array"},
      {"[" + ok + ",1]", not_object},
      {"[" + ok + ",null]", not_object},
      {"[" + ok + ",\"x\"]", not_object},
      {"[" + ok + ",[]]", not_object},
      {"[[" + ok + "]," + ok + "]", not_object},
      {"[[" + ok + ",[]]]", not_object},
      {"[" + ok + "]{}", "the list of files must be an array"},
      {"[" + ok + "]-1", "the list of files must be an array"},
      {"", "not JSON at byte 1"},
      {" \n", "not JSON at byte 3"},
      {"[]]", "not JSON at byte 3"},
      {"[],[]", "not JSON at byte 3"},
      {"\xEF\xBB\xBF[]", "JSON starts with a byte order mark"},
  });
}

TEST(GithubFiles, AFaultNamesTheFileAndTheMember) {
  std::vector<Bad> table;
  const auto add = [&](const json& file, const std::string& message) {
    table.push_back({page({entry("z")}) + page({file}), "files[1]." + message});
  };
  for (const char* member : {"filename", "status", "additions", "deletions", "changes"})
    add(without(member), std::string(member) + ": missing");
  for (const char* member : {"filename", "status", "patch", "previous_filename"})
    for (const json& value :
         std::vector<json>{nullptr, true, 1, -1, 1.5, json::array(), json::object()})
      add(with(member, value),
          std::string(member) +
              (value.is_structured() ? ": must not be an array or object" : ": must be a string"));
  for (const char* member : {"additions", "deletions", "changes"}) {
    for (const json& value :
         std::vector<json>{nullptr, false, "1", -1, 1.0, 1e300, 2147483649U, 18446744073709551615U})
      add(with(member, value), std::string(member) + ": must be an integer from 0 to 2^31");
    add(with(member, {1}), std::string(member) + ": must not be an array or object");
  }
  for (const char* member : {"filename", "status", "additions", "deletions", "changes"}) {
    json file = without(member);
    file["x"] = entry();  // within another member it is not the file's
    add(file, std::string(member) + ": missing");
  }
  add(with("status", "Modified"), "status: unknown status");
  add(with("status", ""), "status: unknown status");
  add(with("filename", ""), "filename: must not be empty");
  add(with("filename", std::string("a\0b", 3)), "filename: must not have a NUL");
  add(entry("a", "renamed"), "previous_filename: missing in a renamed or copied file");
  add(entry("a", "copied"), "previous_filename: missing in a renamed or copied file");
  add(with("previous_filename", "b"), "previous_filename: only a renamed or copied file has one");
  json renamed = entry("a", "renamed");
  renamed["previous_filename"] = std::string("\0", 1);
  add(renamed, "previous_filename: must not have a NUL");
  expect_refused(table);
}

TEST(GithubFiles, AMalformedPatchIsRefusedAndACutOneIsDataLoss) {
  const auto refused = [](const std::string& patch) {
    const auto list = parse_github_files(page({entry("z"), with("patch", patch)}));
    EXPECT_FALSE(list) << patch;
    return list.error();
  };
  EXPECT_EQ(refused("diff --git a/x b/x\n").message,
            "files[1].patch: diff line 1 (byte 0): "
            "malformed hunk header");
  EXPECT_EQ(refused("@@ -1,2 +1,2 @@\n-a\n+b\nc").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("@@ -1 +1 @@\n-a\n+b\n+SECRET").message,
            "files[1].patch: diff line 4 (byte 18): a hunk has more lines than its header says");
  EXPECT_EQ(refused("@@ -1,2 +1,2 @@\n-a\n+b").code, ErrorCode::kDataLoss);
}

TEST(GithubFiles, APathTwiceIsTwoStatesOfThePullRequest) {
  const auto code = [](const std::vector<json>& files) {
    const auto list = parse_github_files(page(files));
    return list ? std::nullopt : std::optional(list.error().code);
  };
  EXPECT_EQ(code({entry("a"), entry("b"), entry("a")}), ErrorCode::kDataLoss);
  EXPECT_EQ(code({entry("a", "added"), entry("a", "added")}), ErrorCode::kDataLoss);
  EXPECT_EQ(code({entry("a", "removed"), entry("a", "modified")}), ErrorCode::kDataLoss);
  EXPECT_EQ(code({entry("a", "removed"), entry("a", "added")}), std::nullopt);
  EXPECT_EQ(code({entry("a", "added"), entry("b"), entry("a", "removed")}), std::nullopt);
  EXPECT_EQ(code({entry("a", "added"), entry("a", "removed"), entry("a", "added")}),
            ErrorCode::kDataLoss);
  const auto list = parse_github_files(page({entry("b"), entry("a"), entry("b")}));
  EXPECT_EQ(list.error().message, "files[2].filename: listed before");
}

TEST(GithubFiles, NoPartOfAPageIsAPage) {
  const std::string text = page({entry("a"), entry("b", "added")});
  ASSERT_TRUE(parse_github_files(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string cut = text.substr(0, size);  // its own buffer: a read beyond is a fault
    EXPECT_FALSE(parse_github_files(cut)) << cut;
  }
}

TEST(GithubFiles, RefusesJsonThatIsNotStrict) {
  const std::string file = entry().dump();
  const std::string head = file.substr(0, file.size() - 1);
  for (const std::string& bad :
       {head + R"(,"filename":"other"})", head + R"(,"\u0066ilename":"other"})",
        head + R"(,"x":{"y":1,"y":2}})", head + R"(,"x":"\ud800"})",
        head + R"(,"x":"\udc00\ud800"})", head + ",\"x\":\"\xFF\"}", head + ",\"x\":01}",
        head + ",}", head + ",\"x\":\"\n\"}", head + ",\"x\":NaN}", head + ",'x':1}",
        head + ",\"x\":/**/1}"})
    EXPECT_FALSE(parse_github_files("[" + bad + "]")) << bad;
  EXPECT_FALSE(parse_github_files("[" + file + "]" + std::string(1, '\0')));
  EXPECT_TRUE(parse_github_files("[" + head + R"(,"x":{"filename":1,"y":[null,{"status":2}]}}])"));
}

TEST(GithubFiles, LimitsAreLimits) {
  const auto code = [](const std::string& text, const diff::GithubFilesOptions& options = {}) {
    const auto list = parse_github_files(text, options);
    return list ? std::nullopt : std::optional(list.error().code);
  };
  const std::string two = page({entry("a"), entry("b")});
  EXPECT_EQ(code(two, {.max_files = 2}), std::nullopt);
  EXPECT_EQ(code(two, {.max_files = 1}), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code(two, {.max_bytes = two.size()}), std::nullopt);
  EXPECT_EQ(code(two, {.max_bytes = two.size() - 1}), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code(std::string(1'000'000, '[')), ErrorCode::kInvalidArgument);
  const auto nested = [&](std::size_t depth) {
    const std::string file = entry().dump();
    return "[" + file.substr(0, file.size() - 1) + ",\"x\":" + std::string(depth, '[') +
           std::string(depth, ']') + "}]";
  };
  EXPECT_EQ(code(nested(14)), std::nullopt);
  EXPECT_EQ(code(nested(15)), ErrorCode::kResourceExhausted);
}

TEST(GithubFiles, LargeListsAreLinear) {
  std::string pages;  // a million of them
  for (int i = 0; i < 1'000'000; ++i) pages += "[]";
  EXPECT_TRUE(parse_github_files(pages));
  json many = entry();
  for (int i = 0; i < 200'000; ++i) many["m" + std::to_string(i)] = i;
  EXPECT_TRUE(parse_github_files(page({many})));
  std::vector<json> files;
  for (int i = 0; i < 10'000; ++i) files.push_back(entry("f" + std::to_string(i)));
  EXPECT_TRUE(parse_github_files(page(files)));
  files.push_back(entry("last"));
  EXPECT_FALSE(parse_github_files(page(files)));
  json huge = entry();
  huge["patch"] = "@@ -1 +1 @@\n-a\n+" + std::string(20'000'000, '"');
  EXPECT_EQ(parse_github_files(page({huge})).value().files[0].patch->size(), 20'000'016U);
}

TEST(AnnouncedCounts, NothingAnnouncedIsNothingToCheck) {
  EXPECT_TRUE(diff::check_counts({}, {.files = 7, .additions = 8, .deletions = 9}));
  EXPECT_FALSE(diff::check_counts({.deletions = 8}, {.files = 7, .additions = 8, .deletions = 9}));
}
