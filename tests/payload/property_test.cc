// On random documents and policies: the output is that of a slow reference, and what is dropped
// cannot be seen in it.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "coefficient/payload/minimizer.h"
#include "payload/reference.h"

namespace {

using coefficient::payload::Policy;
using coefficient::payload::Rule;
using coefficient::payload::Transform;
using test::Path;
using test::Tree;

constexpr unsigned kSeed = 977;

class Random {
 public:
  std::size_t below(std::size_t n) { return random_() % n; }

  std::string text() {
    static const std::vector<std::string> kParts = {"a",
                                                    "b",
                                                    "*",
                                                    "0",
                                                    "1",
                                                    "~",
                                                    "/",
                                                    "\"",
                                                    "\\",
                                                    "\n",
                                                    "\x01",
                                                    "\xC3\xA9",
                                                    "\xE2\x98\x83",
                                                    "\xF0\x9F\x98\x80"};
    std::string text;
    for (std::size_t i = below(4); i > 0; --i) text += kParts[below(kParts.size())];
    return text;
  }
  std::string name() {
    static const std::vector<std::string> kNames = {"a", "b", "c", "*", "0", "1", "x/y", "~"};
    return below(6) == 0 ? text() : kNames[below(kNames.size())];
  }
  Tree scalar() {
    switch (below(6)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return static_cast<std::int64_t>(random_()) - 2'000'000'000;
      case 3:
        return static_cast<double>(random_()) / 1024;
      default:
        return text();
    }
  }
  Tree value(std::size_t depth) {
    if (depth == 0 || below(3) == 0) return scalar();
    Tree out = below(2) == 0 ? Tree::array() : Tree::object();
    for (std::size_t i = below(5); i > 0; --i) {
      if (out.is_array()) {
        out.push_back(value(depth - 1));
      } else {
        out[name()] = value(depth - 1);
      }
    }
    return out;
  }
  // Mostly of places that the document has, so that something is kept.
  Policy policy(Tree document) {
    std::vector<std::string> pointers = {"/a"};
    Path path;
    test::for_each_leaf(document, path, [&](const Path& at, const Tree& /*value*/) {
      if (at.empty() || below(2) == 0) return;
      std::string pointer;
      for (const test::Step& step : at)
        pointer += '/' + escaped(step.array && below(3) > 0 ? "*" : step.token);
      pointers.push_back(pointer);
    });
    std::vector<Rule> rules;
    for (std::string& pointer : pointers) {
      rules.push_back({.pointer = std::move(pointer)});
      if (below(3) == 0) {
        rules.back().transform = Transform::kTruncate;
        rules.back().max = 1 + below(3);
      }
      if (!Policy::create("t", rules)) rules.pop_back();  // overlaps
    }
    return Policy::create("t", rules).value();
  }

 private:
  static std::string escaped(const std::string& token) {
    std::string out;
    for (const char c : token) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
  }
  std::mt19937 random_{kSeed};
};

std::string minimized(const std::string& text, const Policy& policy) {
  const auto out = coefficient::payload::minimize(text, policy);
  EXPECT_TRUE(out) << out.error().message << "\n" << text;
  return out ? out->json : std::string();
}

bool names_an_index(const Policy& policy) {
  for (const Rule& rule : policy.rules())
    for (const std::string& token : test::tokens(rule.pointer))
      if (!token.empty() && token.find_first_not_of("0123456789") == std::string::npos) return true;
  return false;
}

}  // namespace

TEST(MinimizeProperty, EqualsTheReference) {
  RecordProperty("seed", static_cast<int>(kSeed));
  Random random;
  std::size_t kept_something = 0;
  for (int round = 0; round < 20'000; ++round) {
    const Tree document = random.value(5);
    const Policy policy = random.policy(document);
    const bool ascii = random.below(2) == 0;
    const int indent = random.below(2) == 0 ? -1 : 1;
    const std::string expected = test::reference(document, policy).dump(-1, ' ', ascii);
    const std::string text = document.dump(indent, '\t', ascii);
    // Names come from the policy and need no escape for letters outside of ASCII.
    const std::string out = minimized(text, policy);
    if (ascii) {
      ASSERT_EQ(Tree::parse(out, nullptr, false), Tree::parse(expected, nullptr, false))
          << text << policy.canonical_json();
    } else {
      ASSERT_EQ(out, expected) << text << policy.canonical_json();
    }
    if (out.size() > 4) ++kept_something;
    // What is let out is let out again, but for elements that moved up.
    if (document.is_structured() && !names_an_index(policy)) {
      ASSERT_EQ(minimized(out, policy), out) << policy.canonical_json();
    }
  }
  EXPECT_GT(kept_something, 8'000U);
}

TEST(MinimizeProperty, WhatIsDroppedDoesNotShow) {
  RecordProperty("seed", static_cast<int>(kSeed));
  Random random;
  std::size_t changed = 0;
  for (int round = 0; round < 20'000; ++round) {
    Tree document = random.value(5);
    const Policy policy = random.policy(document);
    const std::string before = minimized(document.dump(), policy);
    Path path;
    test::for_each_leaf(document, path, [&](const Path& at, Tree& value) {
      if (at.empty() || test::rule_for(policy, at) != nullptr) return;
      ++changed;
      // A value of any kind, but for one that a rule leads into: below it, something may be kept.
      value = random.scalar();
    });
    // New members that no rule names.
    if (document.is_object()) document["not named by any rule"] = random.value(4);
    ASSERT_EQ(minimized(document.dump(), policy), before) << policy.canonical_json();
  }
  EXPECT_GT(changed, 20'000U);
}
