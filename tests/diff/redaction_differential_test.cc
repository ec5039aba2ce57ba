// Against python's re with the rules of the vectors: what an expression matches is replaced, at
// least in its secret part, in random lines and in all changed lines of the real diffs.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "coefficient/diff/redaction.h"
#include "diff/secret_shape.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 65536> block{};
  for (std::size_t n = 1; pipe != nullptr && n > 0;) {
    n = std::fread(block.data(), 1, block.size(), pipe.get());
    text.append(block.data(), n);
  }
  return text;
}

std::string from_hex(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    text.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return text;
}

// Where the secret is in what the rule matched: the rules that keep a name or a host.
std::string secret_part(const std::string& rule, const std::string& match) {
  const auto from = [&](std::size_t at) {
    return at == std::string::npos ? match : match.substr(at);
  };
  if (rule == "generic") {
    const std::size_t close = match.size() - 1;
    return match.substr(match.find_last_of("\"'", close - 1) + 1,
                        close - match.find_last_of("\"'", close - 1) - 1);
  }
  if (rule.ends_with("-url")) {
    const std::size_t user = match.find("://") + 3;
    const std::size_t colon = match.find(':', user);
    return match.substr(colon + 1, match.find('@', colon) - colon - 1);
  }
  if (rule == "aws-secret") return match.substr(match.size() - 40);
  if (rule == "google-sa") return match.substr(match.size() - 41, 40);
  if (rule == "bearer") return from(match.find_last_of(" \t\n\v\f\r") + 1);
  if (rule == "slack-hook") return from(match.find('/', match.find('/') + 1) + 1);
  if (rule == "azure-storage") return from(match.find('=') + 1);
  return match;
}

// What these rules leave on purpose (docs/redaction.md). A value drawn at random is never words.
bool may_stay(const std::string& rule, const std::string& secret) {
  return (rule == "generic" || rule.ends_with("-url")) && diff::detail::is_stand_in(secret);
}

TEST(RedactionDifferential, WhateverPythonMatchesIsReplaced) {
  COEFFICIENT_VECTORS_OR_SKIP(vectors, "diff");
  if (std::system("python3 -c '' 2>/dev/null") != 0) GTEST_SKIP() << "needs python3";
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::string command = "python3 '" COEFFICIENT_SOURCE_DIR "/tests/diff/redaction_regex.py' '" +
                        (vectors / "secret_rules.tsv").string() + "' " + std::to_string(seed) +
                        " 6000";
  std::size_t diffs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(vectors / "real")) {
    if (entry.path().extension() != ".diff") continue;
    command += " '" + entry.path().string() + "'";
    ++diffs;
  }
  EXPECT_GT(diffs, 0U);

  const auto rules = *diff::RedactionRules::create();
  auto redactor = std::move(*diff::Redactor::create(rules));
  std::string buffer;
  std::map<std::string, std::size_t> matches;
  std::istringstream lines(output_of(command));
  std::size_t count = 0;
  for (std::string hex, found; std::getline(lines, hex, '\t') && std::getline(lines, found);
       ++count) {
    const std::string line = from_hex(hex);
    redactor.begin_file();
    (void)redactor.changed(diff::LineKind::kAdded, line, buffer);
    std::istringstream parts(found);
    for (std::string part; std::getline(parts, part, ',');) {
      const std::string rule = part.substr(0, part.find(':'));
      const std::size_t begin = std::stoul(part.substr(part.find(':') + 1));
      const std::size_t end = std::stoul(part.substr(part.rfind(':') + 1));
      const std::string match = line.substr(begin, end - begin);
      const std::string secret = secret_part(rule, match);
      ++matches[rule];
      if (may_stay(rule, secret)) continue;
      const std::size_t at =
          begin + (rule.ends_with("-url")
                       ? match.find(":" + secret + "@", match.find("://") + 3) + 1
                       : match.rfind(secret));
      bool covered = false;
      for (const diff::Redaction& redaction : redactor.last())
        covered = covered || (redaction.offset <= at &&
                              at + secret.size() <= redaction.offset + redaction.length);
      EXPECT_TRUE(covered) << rule << " [" << secret << "] in " << line << "\nseed " << seed;
    }
  }
  EXPECT_GT(count, 6000U);
  for (const std::string_view rule : diff::builtin_redaction_rules())
    EXPECT_GT(matches[std::string(rule)], 0U) << "no line tried " << rule << ", seed " << seed;
}

// False positives in ordinary code: docs/redaction.md has the counts.
TEST(RedactionDifferential, RealDiffsHaveNoSecrets) {
  COEFFICIENT_VECTORS_OR_SKIP(real, "diff/real");
  const auto rules = *diff::RedactionRules::create();
  auto redactor = std::move(*diff::Redactor::create(rules));
  std::string buffer;
  std::size_t lines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(real)) {
    if (entry.path().extension() != ".diff") continue;
    std::istringstream text(test::read_file(entry.path()));
    redactor.begin_file();
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with('+') && !line.starts_with('-')) continue;
      (void)redactor.changed(diff::LineKind::kAdded, std::string_view(line).substr(1), buffer);
      ++lines;
    }
  }
  EXPECT_GT(lines, 10000U);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    EXPECT_EQ(redactor.counts()[i], 0U) << rules.name(i);
    RecordProperty(std::string(rules.name(i)), std::to_string(redactor.counts()[i]));
  }
}

}  // namespace
