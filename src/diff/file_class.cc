#include "diff/file_class.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

// All names are in lower case and sorted.
COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr auto kGeneratedNames = std::to_array<std::string_view>({
    ".pnp.cjs",
    ".pnp.js",
    ".pnp.loader.mjs",
    ".terraform.lock.hcl",
    "buildscript-gradle.lockfile",
    "bun.lockb",
    "cabal.project.freeze",
    "cargo-bazel-lock.json",
    "cargo.toml.orig",
    "cartfile.resolved",
    "conda-lock.yml",
    "cpanfile.snapshot",
    "dub.selections.json",
    "gemfile.lock",
    "gems.locked",
    "go.sum",
    "go.work.sum",
    "gradle.lockfile",
    "manifest.toml",
    "maven_install.json",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.resolved",
    "packages.lock.json",
    "pnpm-lock.yaml",
    "project.assets.json",
    "pylock.toml",
    "vcpkg-lock.json",
    "wire_gen.go",
});
static_assert(std::is_sorted(kGeneratedNames.begin(), kGeneratedNames.end()));

constexpr auto kGeneratedDirectories = std::to_array<std::string_view>({
    ".dart_tool",
    ".gradle",
    ".ipynb_checkpoints",
    ".next",
    ".nuxt",
    ".svelte-kit",
    ".terraform",
    ".yarn",
    "3rd-party",
    "3rd_party",
    "3rdparty",
    "__generated__",
    "__pycache__",
    "__snapshots__",
    "_vendor",
    "bower_components",
    "carthage",
    "elm-stuff",
    "esy.lock",
    "gen-go",
    "gen-java",
    "gen-py",
    "godeps",
    "jspm_packages",
    "node_modules",
    "pods",
    "site-packages",
    "third-party",
    "third_party",
    "thirdparty",
    "vendor",
    "vendored",
    "vendors",
    "web_modules",
});
static_assert(std::is_sorted(kGeneratedDirectories.begin(), kGeneratedDirectories.end()));

// How a name ends.
constexpr auto kGeneratedEnds = std::to_array<std::string_view>({
    "-min.css",      "-min.js",        ".bundle.js",   ".capnp.c++",      ".capnp.h",
    ".chunk.css",    ".chunk.js",      ".designer.cs", ".designer.vb",    ".freezed.dart",
    ".g.cs",         ".g.dart",        ".g.i.cs",      ".gr.dart",        ".grpc.swift",
    ".lock",         ".map",           ".mocks.dart",  ".pb-c.c",         ".pb-c.h",
    ".pb.c",         ".pb.cc",         ".pb.dart",     ".pb.go",          ".pb.gw.go",
    ".pb.h",         ".pb.rb",         ".pb.swift",    ".pb.validate.go", ".pbenum.dart",
    ".pbgrpc.dart",  ".pbjson.dart",   ".pbobjc.h",    ".pbobjc.m",       ".pbrpc.h",
    ".pbrpc.m",      ".pbserver.dart", "_generated.h", "_pb.d.ts",        "_pb.js",
    "_pb.rb",        "_pb.ts",         "_pb2.py",      "_pb2.pyi",        "_pb2_grpc.py",
    "_pb2_grpc.pyi",
});
static_assert(std::is_sorted(kGeneratedEnds.begin(), kGeneratedEnds.end()));

// Scripts that look like data.
constexpr auto kScriptNames = std::to_array<std::string_view>({
    ".appveyor.yml",
    ".drone.yml",
    ".gitlab-ci.yaml",
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
    ".travis.yml",
    "action.yaml",
    "action.yml",
    "appveyor.yml",
    "azure-pipelines.yaml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "build.xml",
    "buildspec.yml",
    "cloudbuild.yaml",
    "cmakelists.txt",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "pom.xml",
    "taskfile.yml",
});
static_assert(std::is_sorted(kScriptNames.begin(), kScriptNames.end()));

constexpr auto kScriptDirectories = std::to_array<std::string_view>({
    ".buildkite",
    ".circleci",
    "workflows",
});
static_assert(std::is_sorted(kScriptDirectories.begin(), kScriptDirectories.end()));

constexpr auto kTestDirectories = std::to_array<std::string_view>({
    "__fixtures__",
    "__mocks__",
    "__test__",
    "__tests__",
    "acceptance-tests",
    "androidtest",
    "cypress",
    "e2e",
    "fixture",
    "fixtures",
    "integration-tests",
    "integration_tests",
    "integrationtest",
    "spec",
    "specs",
    "src-test",
    "t",
    "test",
    "test-data",
    "test-fixtures",
    "test_data",
    "test_support",
    "testcases",
    "testdata",
    "testing",
    "tests",
    "testsupport",
    "testutil",
    "testutils",
    "unittest",
    "unittests",
});
static_assert(std::is_sorted(kTestDirectories.begin(), kTestDirectories.end()));

constexpr auto kConfigNames = std::to_array<std::string_view>({
    ".babelrc",
    ".browserslistrc",
    ".clang-format",
    ".clang-tidy",
    ".coveragerc",
    ".dockerignore",
    ".editorconfig",
    ".env",
    ".eslintignore",
    ".eslintrc",
    ".flake8",
    ".gitattributes",
    ".gitignore",
    ".gitkeep",
    ".gitmodules",
    ".htaccess",
    ".mailmap",
    ".npmignore",
    ".npmrc",
    ".nvmrc",
    ".prettierignore",
    ".prettierrc",
    ".pylintrc",
    ".python-version",
    ".ruby-version",
    ".stylelintrc",
    ".tool-versions",
    ".yarnrc",
    "brewfile",
    "cartfile",
    "codeowners",
    "constraints.txt",
    "dev-requirements.txt",
    "gemfile",
    "go.mod",
    "go.work",
    "manifest.in",
    "pipfile",
    "podfile",
    "procfile",
    "requirements-dev.txt",
    "requirements.txt",
    "robots.txt",
});
static_assert(std::is_sorted(kConfigNames.begin(), kConfigNames.end()));

constexpr auto kConfigExtensions = std::to_array<std::string_view>({
    "avsc",         "cfg",    "cnf",   "conf",       "config", "csv",   "desktop", "dtd",
    "editorconfig", "env",    "ini",   "json",       "json5",  "jsonc", "jsonl",   "list",
    "lst",          "ndjson", "plist", "properties", "props",  "rc",    "reg",     "service",
    "toml",         "tsv",    "xml",   "xsd",        "yaml",   "yml",
});
static_assert(std::is_sorted(kConfigExtensions.begin(), kConfigExtensions.end()));

// Without their extension.
constexpr auto kDocsStems = std::to_array<std::string_view>({
    "authors", "changelog", "changes", "code_of_conduct", "contributing", "contributors",
    "copying", "credits",   "history", "licence",         "license",      "maintainers",
    "news",    "notice",    "patents", "readme",          "security",     "thanks",
    "todo",
});
static_assert(std::is_sorted(kDocsStems.begin(), kDocsStems.end()));

constexpr auto kDocsExtensions = std::to_array<std::string_view>({
    "1",   "3",        "5",   "7",    "8",       "adoc", "asciidoc", "doc", "docx",
    "man", "markdown", "md",  "mdx",  "odt",     "org",  "pdf",      "pod", "rdoc",
    "rst", "rtf",      "tex", "texi", "textile", "txt",  "wiki",
});
static_assert(std::is_sorted(kDocsExtensions.begin(), kDocsExtensions.end()));

constexpr auto kDocsDirectories = std::to_array<std::string_view>({
    "doc",
    "docs",
    "documentation",
    "man",
    "manual",
});
static_assert(std::is_sorted(kDocsDirectories.begin(), kDocsDirectories.end()));

// In a directory of documents.
constexpr auto kMarkupExtensions = std::to_array<std::string_view>({
    "bib",
    "css",
    "csv",
    "dot",
    "drawio",
    "htm",
    "html",
    "json",
    "mmd",
    "plantuml",
    "puml",
    "svg",
    "xml",
    "yaml",
    "yml",
});
static_assert(std::is_sorted(kMarkupExtensions.begin(), kMarkupExtensions.end()));

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& sorted, std::string_view name) noexcept {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// Which tables name a directory of the path.
struct Directories {
  bool generated = false;
  bool script = false;
  bool test = false;
  bool docs = false;
};

Directories directories_of(std::string_view path) noexcept {
  Directories found;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/')) {
    const std::string_view name = path.substr(0, slash);
    found.generated |= contains(kGeneratedDirectories, name);
    found.script |= contains(kScriptDirectories, name);
    found.test |= contains(kTestDirectories, name);
    found.docs |= contains(kDocsDirectories, name);
    path.remove_prefix(slash + 1);
  }
  return found;
}

bool is_generated_name(std::string_view name) noexcept {
  if (contains(kGeneratedNames, name) || name.starts_with("zz_generated.")) return true;
  if (name.find(".min.") != std::string_view::npos ||
      name.find(".generated.") != std::string_view::npos)
    return true;
  constexpr std::size_t kLongestEnd = 24;  // no end is longer: so a look at each is linear
  for (std::size_t i = name.size() - std::min(name.size(), kLongestEnd); i < name.size(); ++i)
    if (contains(kGeneratedEnds, name.substr(i))) return true;
  return false;
}

// test_x.py, x_test.go, x.spec.ts, x-test.js; and XTest.java, XTests.cs, where case tells a word.
bool is_test_name(std::string_view name, std::string_view as_written) noexcept {
  if (name.starts_with("test_") || name.starts_with("test-") || name.starts_with("conftest."))
    return true;
  const std::string_view stem = name.substr(0, name.rfind('.'));
  for (const std::string_view word : {"test", "tests", "spec", "specs", "unittest", "e2e", "cy"}) {
    if (!stem.ends_with(word) || stem.size() <= word.size()) continue;
    const std::size_t at = stem.size() - word.size();
    const char before = stem[at - 1];
    if (before == '_' || before == '.' || before == '-') return true;
    if (is_upper(as_written[at]) && !is_upper(as_written[at - 1])) return true;
  }
  return false;
}

}  // namespace

FileClass classify(std::string_view path) {
  const std::string lower = to_lower(path);
  const std::string_view name = std::string_view(lower).substr(lower.rfind('/') + 1);
  const std::string_view as_written = path.substr(path.size() - name.size());
  const std::size_t dot = name.rfind('.');
  const std::string_view extension =
      dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
  const Directories in = directories_of(lower);

  if (in.generated || is_generated_name(name)) return FileClass::kGenerated;
  const bool is_named_text = contains(kScriptNames, name) || contains(kConfigNames, name);
  if (!is_named_text &&
      (contains(kDocsExtensions, extension) || contains(kDocsStems, name.substr(0, dot)) ||
       (in.docs && contains(kMarkupExtensions, extension))))
    return FileClass::kDocs;
  if (in.test || is_test_name(name, as_written)) return FileClass::kTest;
  if (in.script || contains(kScriptNames, name)) return FileClass::kSource;
  if (contains(kConfigNames, name) || contains(kConfigExtensions, extension))
    return FileClass::kConfig;
  return FileClass::kSource;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
