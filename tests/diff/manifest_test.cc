#include "coefficient/diff/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coefficient/core/encoding.h"
#include "core/crypto/digest.h"
#include "diff/minimized.h"
#include "diff/parsed.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;
using coefficient::ErrorCode;
using diff::ManifestMismatch;
using nlohmann::json;

const std::string kDiff =
    "diff --git a/src/a.c b/src/a.c\nindex 0a1..0b2 100644\n--- a/src/a.c\n+++ b/src/a.c\n"
    "@@ -6,3 +6,3 @@ heading\n context\n-int x\n+int y\n more\n"
    "diff --git a/package-lock.json b/package-lock.json\nindex 0a1..0b2 100644\n"
    "--- a/package-lock.json\n+++ b/package-lock.json\n@@ -1 +1,2 @@\n-{}\n+{\n+}\n";

diff::Change change(const std::string& text) {
  return {.title = "Title", .description = "Words\n", .diff = test::bytes(text)};
}

diff::Minimized minimized(const diff::Minimizer& minimizer, const std::string& text) {
  auto out = minimizer.minimize_with_manifest(change(text));
  EXPECT_TRUE(out) << out.error().message;
  return out ? *std::move(out) : diff::Minimized{};
}

std::string sha256_hex(const std::string& text) {
  return coefficient::hex_encode(*coefficient::crypto::sha256({test::bytes(text)}));
}

ManifestMismatch verify(const std::string& manifest, const std::string& text,
                        std::optional<std::string_view> output = std::nullopt) {
  const auto found =
      diff::verify_manifest(manifest, test::default_minimizer(), change(text), output);
  EXPECT_TRUE(found) << found.error().message;
  return found ? *found : ManifestMismatch::kNone;
}

std::string edited(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace

TEST(DiffManifest, SaysWhatLeft) {
  const diff::Minimized out = minimized(test::default_minimizer(), kDiff);
  const json manifest = json::parse(out.manifest);
  EXPECT_EQ(manifest.dump(), out.manifest) << "not canonical";
  EXPECT_EQ(manifest["schema"], "coefficient-diff-manifest/1");
  EXPECT_EQ(manifest["input"]["sha256"], sha256_hex(kDiff));
  EXPECT_EQ(manifest["input"]["bytes"], kDiff.size());
  EXPECT_EQ(manifest["output"]["sha256"], sha256_hex(out.json));
  EXPECT_EQ(manifest["output"]["bytes"], out.json.size());
  EXPECT_EQ(manifest["change"]["title"]["sha256"], sha256_hex("Title"));
  EXPECT_EQ(manifest["policy"]["sha256"], sha256_hex(*diff::canonical_json(diff::Policy{})));
  ASSERT_EQ(manifest["files"].size(), 2U);
  const json& source = manifest["files"][0];
  EXPECT_EQ(source["new"], (json{{"path", "src/a.c"}}));
  EXPECT_EQ(source["ranges"], json::parse(R"([["new",7,1],["old",7,1]])"));
  EXPECT_EQ(source["lines"], json::parse(R"({"added":{"kept":1,"seen":1},)"
                                         R"("removed":{"kept":1,"seen":1}})"));
  const json& lock = manifest["files"][1];
  EXPECT_EQ(lock["excluded"], "generated");
  EXPECT_EQ(lock["dropped"]["excluded"], 3);
  EXPECT_EQ(lock["lines"]["added"], json::parse(R"({"kept":0,"seen":2})"));
  EXPECT_EQ(lock["ranges"], json::array());
}

TEST(DiffManifest, IsVerifiedByDoingItAgain) {
  const diff::Minimized out = minimized(test::default_minimizer(), kDiff);
  EXPECT_EQ(verify(out.manifest, kDiff), ManifestMismatch::kNone);
  EXPECT_EQ(verify(out.manifest, kDiff, out.json), ManifestMismatch::kNone);
  EXPECT_EQ(verify(out.manifest, kDiff, out.json + " "), ManifestMismatch::kOutput);
  EXPECT_EQ(verify(out.manifest, edited(kDiff, "int y", "int z")), ManifestMismatch::kInput);
  EXPECT_EQ(verify(out.manifest, "not even a diff, but\n--- a\n"), ManifestMismatch::kInput);
  EXPECT_EQ(verify(edited(out.manifest, "0.1.0", "0.0.9"), kDiff), ManifestMismatch::kVersion);
  EXPECT_EQ(verify(edited(out.manifest, "manifest/1", "manifest/2"), kDiff),
            ManifestMismatch::kVersion);
  EXPECT_EQ(verify(edited(out.manifest, R"("kept":1)", R"("kept":0)"), kDiff),
            ManifestMismatch::kContent);
  EXPECT_EQ(verify(edited(out.manifest, R"(["new",7,1])", R"(["new",8,1])"), kDiff),
            ManifestMismatch::kContent);
  EXPECT_EQ(verify(edited(out.manifest, sha256_hex(out.json), sha256_hex("")), kDiff),
            ManifestMismatch::kOutput);
  EXPECT_EQ(verify(out.manifest + " ", kDiff), ManifestMismatch::kContent);

  diff::Policy other;
  other.escape_invisible = false;
  const auto found = diff::verify_manifest(out.manifest, test::minimizer(other), change(kDiff));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, ManifestMismatch::kPolicy);
}

TEST(DiffManifest, EveryFlippedByteIsFound) {
  const diff::Minimized out = minimized(test::default_minimizer(), kDiff);
  for (std::size_t i = 0; i < out.manifest.size(); ++i) {
    std::string bad = out.manifest;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    const auto found = diff::verify_manifest(bad, test::default_minimizer(), change(kDiff));
    if (!found) {
      EXPECT_EQ(found.error().code, ErrorCode::kInvalidArgument) << found.error().message;
    } else {
      ASSERT_NE(*found, ManifestMismatch::kNone) << "byte " << i;
    }
  }
}

TEST(DiffManifest, EveryPrefixIsRefused) {
  const diff::Minimized out = minimized(test::default_minimizer(), kDiff);
  for (std::size_t size = 0; size < out.manifest.size(); ++size) {
    const auto found = diff::verify_manifest(out.manifest.substr(0, size),
                                             test::default_minimizer(), change(kDiff));
    ASSERT_FALSE(found) << size;
    ASSERT_EQ(found.error().code, ErrorCode::kInvalidArgument);
  }
}

// seen = kept + dropped, per file and over all, on every diff there is, with and without a budget.
TEST(DiffManifest, TheBooksBalance) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff");
  diff::Policy tight;
  tight.budget_bytes = 6000;
  tight.collapse_whitespace = true;
  const std::vector<diff::Minimizer> minimizers{test::default_minimizer(), test::minimizer(tight)};
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".diff" && entry.path().extension() != ".mbox") continue;
    SCOPED_TRACE(entry.path().string());
    const std::string text = test::read_file(entry.path());
    for (const diff::Minimizer& minimizer : minimizers) {
      const auto out = minimizer.minimize_with_manifest(change(text));
      if (!out) continue;
      ++seen;
      const json manifest = json::parse(out->manifest);
      ASSERT_EQ(manifest.dump(), out->manifest);
      json sums = {{"added", 0U},    {"removed", 0U},   {"budget", 0U},
                   {"excluded", 0U}, {"submodule", 0U}, {"whitespace", 0U}};
      const auto add = [&](const char* name, const json& value) {
        sums[name] = sums[name].get<std::uint64_t>() + value.get<std::uint64_t>();
      };
      for (const json& file : manifest["files"]) {
        std::uint64_t kept = 0;
        std::uint64_t seen_lines = 0;
        for (const char* side : {"added", "removed"}) {
          kept += file["lines"][side]["kept"].get<std::uint64_t>();
          seen_lines += file["lines"][side]["seen"].get<std::uint64_t>();
          add(side, file["lines"][side]["kept"]);
        }
        for (const auto& [reason, count] : file["dropped"].items()) {
          kept += count.get<std::uint64_t>();
          add(reason.c_str(), count);
        }
        ASSERT_EQ(kept, seen_lines);
      }
      const json& totals = manifest["totals"];
      for (const char* name : {"added", "removed", "budget", "excluded", "whitespace"})
        ASSERT_EQ(totals["lines"][name], sums[name]) << name;
      ASSERT_EQ(totals["lines"]["seen"].get<std::uint64_t>(), test::count_lines(text));
      ASSERT_EQ(totals["bytes"]["seen"].get<std::uint64_t>(), text.size());
      ASSERT_LE(out->json.size(), &minimizer == &minimizers[1] ? 6000U : out->json.size());
    }
  }
  EXPECT_GE(seen, 200U);
}
