// Exclusions as a host uses them: defaults, overrides, reasons, errors.
#include "coefficient/diff/exclusions.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using coefficient::ErrorCode;
using coefficient::diff::AttributesFile;
using coefficient::diff::Exclusions;
using Reason = Exclusions::Reason;

Exclusions make(const std::vector<AttributesFile>& files, bool defaults = true) {
  auto result = Exclusions::create(files, defaults);
  EXPECT_TRUE(result.has_value());
  return *std::move(result);
}

}  // namespace

TEST(DiffExclusions, Defaults) {
  const Exclusions exclusions = make({});
  const std::map<std::string_view, Reason> expected = {
      {"Cargo.lock", Reason::kGenerated},
      {"deep/below/package-lock.json", Reason::kGenerated},
      {"web/app.min.js", Reason::kGenerated},
      {"web/app.js.map", Reason::kGenerated},
      {"api/v1/api.pb.go", Reason::kGenerated},
      {"vendor/a/b.go", Reason::kVendored},
      {"src/third_party/zlib/inflate.c", Reason::kVendored},
      {"a/node_modules/b/c.js", Reason::kVendored},
      {"vendor", Reason::kNone},
      {"src/vendor.c", Reason::kNone},
      {"gradlew", Reason::kNone},
      {"src/main.c", Reason::kNone},
      {"map", Reason::kNone},
      {"src/map.c", Reason::kNone},
      {"block.c", Reason::kNone},
      {"", Reason::kNone},
      {"/", Reason::kNone},
  };
  for (const auto& [path, reason] : expected) EXPECT_EQ(exclusions.of(path), reason) << path;
}

TEST(DiffExclusions, AnyLineOverridesTheDefaults) {
  const Exclusions exclusions =
      make({{"",
             "/vendor/ours/** -linguist-vendored\nCargo.lock !linguist-generated\n"
             "*.js.map linguist-generated=false\ndocs/** linguist-generated=true\n"
             "both.* linguist-generated linguist-vendored\n"},
            {"sub", "[attr]x linguist-generated\n*.gen linguist-generated\n*.gen x\n"}});
  EXPECT_EQ(exclusions.of("vendor/ours/a.go"), Reason::kNone);
  EXPECT_EQ(exclusions.of("vendor/theirs/a.go"), Reason::kVendored);
  EXPECT_EQ(exclusions.of("Cargo.lock"), Reason::kNone);
  EXPECT_EQ(exclusions.of("a.js.map"), Reason::kNone);
  EXPECT_EQ(exclusions.of("a.css.map"), Reason::kGenerated);
  EXPECT_EQ(exclusions.of("docs/a/b.html"), Reason::kGenerated);
  EXPECT_EQ(exclusions.of("both.c"), Reason::kGenerated);
  EXPECT_EQ(exclusions.of("sub/a/b.gen"), Reason::kGenerated);
  EXPECT_EQ(exclusions.of("b.gen"), Reason::kNone);
}

TEST(DiffExclusions, MacrosOfARepositoryDoNotChangeTheDefaults) {
  const Exclusions exclusions =
      make({{"", "[attr]generated -diff\n[attr]vendored -diff\nx generated vendored\n"}});
  EXPECT_EQ(exclusions.of("Cargo.lock"), Reason::kGenerated);
  EXPECT_EQ(exclusions.of("x"), Reason::kNone);
}

TEST(DiffExclusions, WithoutDefaults) {
  const Exclusions none = make({}, false);
  EXPECT_EQ(none.of("Cargo.lock"), Reason::kNone);
  const Exclusions some = make({{"", "a linguist-vendored"}}, false);
  const Exclusions copy = some;  // NOLINT(performance-unnecessary-copy-initialization): is the test
  EXPECT_EQ(copy.of("b/a"), Reason::kVendored);
  EXPECT_EQ(copy.of("vendor/b"), Reason::kNone);
}

TEST(DiffExclusions, Errors) {
  const std::vector<AttributesFile> outside = {{"../a", ""}};
  EXPECT_EQ(Exclusions::create(outside).error().code, ErrorCode::kInvalidArgument);
  const std::string text(Exclusions::kMaxTextBytes, ' ');
  const std::vector<AttributesFile> large = {{"", text}};
  EXPECT_TRUE(Exclusions::create(large, false));
  EXPECT_EQ(Exclusions::create(large, true).error().code, ErrorCode::kResourceExhausted);
}
