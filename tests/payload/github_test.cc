// The built-in policies on real payloads of GitHub: what may not leave does not.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "coefficient/payload/minimizer.h"
#include "payload/reference.h"
#include "support/vectors.h"

namespace {

using coefficient::payload::built_in_policy;
using coefficient::payload::minimize;
using coefficient::payload::Policy;
using test::Path;
using test::Tree;

std::map<std::string, std::string> payloads(const std::filesystem::path& root) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(root))
    if (entry.path().extension() == ".json")
      all[entry.path().filename().string()] = test::read_file(entry.path());
  return all;
}

bool is_personal(const std::string& name) {
  static const std::set<std::string> kNames = {
      "login", "email",    "name",        "url",       "node_id", "gravatar_id", "title",
      "body",  "message",  "description", "website",   "company", "blog",        "location",
      "bio",   "homepage", "text",        "key",       "secret",  "slug",        "summary",
      "label", "username", "pusher",      "committer", "author"};
  return kNames.contains(name) || name.ends_with("_url") || name.starts_with("avatar");
}

// The strings that must not leave: all below members of such names.
std::set<std::string> personal(Tree document) {
  std::set<std::string> all;
  Path path;
  test::for_each_leaf(document, path, [&](const Path& at, const Tree& value) {
    const bool is = std::any_of(
        at.begin(), at.end(), [](const test::Step& s) { return !s.array && is_personal(s.token); });
    if (is && value.is_string()) all.insert(value.get<std::string>());
  });
  return all;
}

std::string pointer_of(const Path& path) {
  std::string pointer;
  for (const test::Step& step : path) pointer += '/' + (step.array ? "*" : step.token);
  return pointer;
}

std::uint64_t median(std::vector<std::uint64_t> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

TEST(GithubPayloads, NoUrlLoginAddressNameOrTextLeaves) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "payloads/github");
  // What a policy lets out although people chose it: the name of a repository (which begins with
  // its owner's), of a branch, of a label; and the two texts, in the one policy that is for them.
  const std::set<std::string> chosen = {"/repository/full_name", "/repository/default_branch",
                                        "/pull_request/base/ref", "/pull_request/labels/*/name",
                                        "/label/name"};
  const std::set<std::string> texts = {"/pull_request/title", "/pull_request/body"};
  std::size_t looked_for = 0;
  for (const std::string name :
       {"github-pull-request", "github-pull-request-text", "github-review"}) {
    const Policy policy = built_in_policy(name).value();
    for (const auto& [file, text] : payloads(root)) {
      SCOPED_TRACE(name + " " + file);
      const auto out = minimize(text, policy);
      ASSERT_TRUE(out) << out.error().message;
      Tree left = Tree::parse(out->json);
      EXPECT_EQ(left, test::reference(Tree::parse(text), policy));
      const std::set<std::string> secrets = personal(Tree::parse(text));
      Path path;
      test::for_each_leaf(left, path, [&](const Path& at, Tree& value) {
        const std::string pointer = pointer_of(at);
        if (chosen.contains(pointer) || (name.ends_with("-text") && texts.contains(pointer))) {
          value = nullptr;
        } else if (value.is_string()) {
          EXPECT_FALSE(secrets.contains(value.get<std::string>())) << pointer;
        }
      });
      const std::string rest = left.dump();
      EXPECT_EQ(rest.find("://"), std::string::npos);
      EXPECT_EQ(rest.find('@'), std::string::npos);
      for (const std::string& secret : secrets) {
        if (secret.size() < 4) continue;  // "", "bug": found by chance
        ++looked_for;
        EXPECT_EQ(rest.find(Tree(secret).dump().substr(1, secret.size())), std::string::npos)
            << secret;
      }
    }
  }
  EXPECT_GT(looked_for, 5'000U);
}

TEST(GithubPayloads, WhatIsDroppedDoesNotShow) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "payloads/github");
  constexpr unsigned kSeed = 31;
  RecordProperty("seed", static_cast<int>(kSeed));
  std::mt19937 random(kSeed);
  const Policy policy = built_in_policy("github-review").value();
  for (const auto& [file, text] : payloads(root)) {
    SCOPED_TRACE(file);
    Tree document = Tree::parse(text);
    std::size_t changed = 0;
    Path path;
    test::for_each_leaf(document, path, [&](const Path& at, Tree& value) {
      if (test::rule_for(policy, at) != nullptr) return;
      ++changed;
      value = random() % 2 == 0 ? Tree("changed " + std::to_string(random())) : Tree(random());
    });
    EXPECT_GT(changed, 5U);
    EXPECT_EQ(minimize(document.dump(), policy)->json, minimize(text, policy)->json);
  }
}

TEST(GithubPayloads, RefusesPrefixes) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "payloads/github");
  const Policy policy = built_in_policy("github-pull-request").value();
  for (const auto& [file, text] : payloads(root)) {
    // Each prefix of the smallest, a few hundred of the others.
    const std::size_t end = text.find_last_of('}');
    const std::size_t step = text.size() < 1100 ? 1 : 97;
    for (std::size_t length = 0; length <= end; length += step)
      ASSERT_FALSE(minimize(std::string_view(text).substr(0, length), policy)) << file << length;
  }
}

TEST(GithubPayloads, Figures) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "payloads/github");
  std::vector<std::uint64_t> bytes_in;
  std::vector<std::uint64_t> bytes_out;
  std::vector<std::uint64_t> leaves_in;
  std::vector<std::uint64_t> leaves_out;
  for (const auto& [file, text] : payloads(root)) {
    if (!file.starts_with("pull_request")) continue;
    const bool review = file.starts_with("pull_request_review");
    const Policy policy = built_in_policy(review ? "github-review" : "github-pull-request").value();
    const auto out = minimize(Tree::parse(text).dump(), policy);  // without blanks, as it is sent
    ASSERT_TRUE(out);
    EXPECT_LT(out->report.output_bytes, 1000U) << file;
    bytes_in.push_back(out->report.input_bytes);
    bytes_out.push_back(out->report.output_bytes);
    leaves_in.push_back(out->report.input_leaves);
    leaves_out.push_back(out->report.kept_leaves);
  }
  ASSERT_GE(bytes_in.size(), 18U);
  std::cout << "median of " << bytes_in.size() << " payloads: " << median(bytes_in) << " -> "
            << median(bytes_out) << " bytes, " << median(leaves_in) << " -> " << median(leaves_out)
            << " leaves\n";
  EXPECT_GT(median(bytes_in), 25 * median(bytes_out));
}
