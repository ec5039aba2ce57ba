// What a file is for, by its name; and that the default exclusions are one class.
#include "diff/file_class.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/diff/exclusions.h"

namespace {

using coefficient::diff::default_exclusions;
using coefficient::diff::Exclusions;
using coefficient::diff::detail::classify;
using coefficient::diff::detail::FileClass;

struct Row {
  FileClass expected;
  std::vector<std::string_view> paths;
};

const std::vector<Row> kRows = {
    {FileClass::kSource,
     {"main.c",
      "src/lib.rs",
      "a/b/C.java",
      "x.go",
      "web/app.tsx",
      "index.html",
      "style.css",
      "schema.sql",
      "main.tf",
      "run.sh",
      "Makefile",
      "Dockerfile",
      "CMakeLists.txt",
      ".github/workflows/ci.yml",
      ".gitlab-ci.yml",
      "docs/conf.py",
      "bin/tool",
      "",
      "latest.go",
      "src/contest.py",
      "attest.rs",
      "inspect.ts",
      "src/Latest.java",
      "no.such.ext",
      "tests",
      "vendor",
      "src/readme.c/x.c",
      "a/.c",
      "pom.xml",
      "protest"}},
    {FileClass::kTest,
     {"foo_test.go", "test_foo.py", "conftest.py", "src/foo.test.ts", "foo.spec.js",
      "spec/foo_spec.rb", "src/test/java/a/FooTest.java", "FooTests.cs", "FooSpec.scala",
      "__tests__/a.js", "tests/data/x.json", "tests/Dockerfile", "a/testdata/in.bin", "e2e/a.ts",
      "login.cy.js", "Tests/A.swift", "t/basic.t", "foo-test.el", "tests/.github/workflows/a.yml"}},
    {FileClass::kConfig,
     {"package.json", "pyproject.toml", "Cargo.toml", "a.yaml", "setup.cfg", "app.properties",
      ".gitignore", "go.mod", "requirements.txt", ".env", "log4j2.xml", "data.csv", "CODEOWNERS",
      ".github/dependabot.yml", "config/database.yml", ".eslintrc"}},
    {FileClass::kDocs,
     {"README.md", "README", "LICENSE", "docs/index.rst", "CHANGELOG", "doc/api.html",
      "docs/openapi.yaml", "notes.txt", "man/tool.1", "SECURITY.md", "tests/README.md",
      "COPYING.LESSER", "a/b.adoc"}},
    {FileClass::kGenerated,
     {"Cargo.lock", "package-lock.json", "go.sum", "a/yarn.lock", "app.min.js", "app.js.map",
      "vendor/github.com/a/b.go", "node_modules/x/index.js", "third_party/zlib/inflate.c",
      "api_pb2.py", "api.pb.go", "Form.Designer.cs", "zz_generated.deepcopy.go",
      "src/__generated__/q.ts", "VENDOR/a.c", "third_party/README.md", "vendor/a_test.go"}},
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    text.replace(at, what.size(), by);
  return text;
}

}  // namespace

TEST(DiffFileClass, Conventions) {
  for (const Row& row : kRows)
    for (const std::string_view path : row.paths)
      EXPECT_EQ(static_cast<int>(classify(path)), static_cast<int>(row.expected)) << path;
}

TEST(DiffFileClass, OrderIsThatOfPacking) {
  EXPECT_LT(FileClass::kSource, FileClass::kTest);
  EXPECT_LT(FileClass::kTest, FileClass::kConfig);
  EXPECT_LT(FileClass::kConfig, FileClass::kDocs);
  EXPECT_LT(FileClass::kDocs, FileClass::kGenerated);
}

// One path for each default rule: excluded for the reason that it gives, and classed as generated.
TEST(DiffFileClass, DefaultExclusionsAreGenerated) {
  const auto exclusions = Exclusions::create({});
  ASSERT_TRUE(exclusions);
  std::istringstream lines{std::string(default_exclusions())};
  std::size_t rules = 0;
  for (std::string pattern, attribute; lines >> pattern;) {
    if (pattern.starts_with('#')) {
      std::getline(lines, pattern);
      continue;
    }
    lines >> attribute;
    ++rules;
    std::string path = replaced(pattern, "**/", "some/");
    path = replaced(path, "/**", "/deep/file.txt");
    path = replaced(path, "*", "x");
    EXPECT_EQ(exclusions->of(path), attribute == "linguist-vendored"
                                        ? Exclusions::Reason::kVendored
                                        : Exclusions::Reason::kGenerated)
        << path;
    EXPECT_EQ(static_cast<int>(classify(path)), static_cast<int>(FileClass::kGenerated)) << path;
    EXPECT_TRUE(attribute == "linguist-vendored" || attribute == "linguist-generated") << pattern;
  }
  EXPECT_GT(rules, 100U);
}
