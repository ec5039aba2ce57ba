#include "config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "inbox.h"

using namespace gateway;
using Json = nlohmann::json;

namespace {

std::string initial(std::uint16_t port) {
  return initial_config(port, {.kek_file = "/keys/kek", .shred_ledger = "/keys/shredded"});
}

std::vector<std::string> subjects(std::string_view text) {
  std::vector<std::string> out;
  for (const Problem& problem : parse_config(text).problems) {
    EXPECT_FALSE(problem.what.empty());
    EXPECT_FALSE(problem.fix.empty());
    out.push_back(problem.subject);
  }
  return out;
}

}  // namespace

TEST(Config, TheInitialOneIsComplete) {
  const ParsedConfig parsed = parse_config(initial(8080));
  EXPECT_TRUE(parsed.problems.empty());
  EXPECT_EQ(parsed.config.port, 8080);
  EXPECT_EQ(parsed.config.address, "127.0.0.1");
  ASSERT_EQ(parsed.config.endpoints.size(), 3U);
  EXPECT_EQ(parsed.config.endpoints[0].max_body_bytes, std::size_t{25} << 20U);
  EXPECT_EQ(parsed.config.vault.kek_file, "/keys/kek");
  EXPECT_EQ(parsed.config.deadlines.header, std::chrono::seconds(5));
  EXPECT_EQ(parsed.config.worker.max_attempts, InboxOptions().max_attempts);
}

TEST(Config, EveryMemberIsNeededAndNamedWhenItIsMissing) {
  const Json whole = Json::parse(initial(0));
  for (const auto& [section, members] : whole.items()) {
    Json without = whole;
    without.erase(section);
    // Without "admin" there is no admin side, without "audit" nothing is encrypted, without
    // "rate_limits" the built-in ones hold.
    const bool optional = section == "admin" || section == "audit" || section == "rate_limits";
    const auto missing =
        optional ? std::vector<std::string>{} : std::vector<std::string>{"/" + section};
    EXPECT_EQ(subjects(without.dump()), missing);
    for (const auto& [name, value] : members.items()) {
      // A policy is a document of its own, whose members have defaults.
      if (section == "endpoints" || section == "repositories" || section == "policy") continue;
      Json lacking = whole;
      lacking[section].erase(name);
      EXPECT_EQ(subjects(lacking.dump()), std::vector<std::string>{"/" + section + "/" + name});
    }
  }
}

TEST(Config, NamesWhateverIsWrong) {
  struct Case {
    const char* pointer;
    Json value;
    const char* subject;
  };
  const std::vector<Case> cases = {
      {"/typo", 1, "/typo"},
      {"/limits/typo", 1, "/limits/typo"},
      {"/policy/typo", 1, "/policy"},
      {"/policy/redact/rules", Json::parse(R"([{"name":"x","pattern":"("}])"), "/policy"},
      {"/endpoints/stripe", Json::object(), "/endpoints/stripe"},
      {"/endpoints/github/typo", 1, "/endpoints/github/typo"},
      {"/limits", 7, "/limits"},
      {"/listen/port", 65536, "/listen/port"},
      {"/listen/port", -1, "/listen/port"},
      {"/listen/port", "80", "/listen/port"},
      {"/listen/port", 80.0, "/listen/port"},
      {"/listen/address", "localhost", "/listen/address"},
      {"/listen/address", 4, "/listen/address"},
      {"/limits/headers", 0, "/limits/headers"},
      {"/limits/headers", nullptr, "/limits/headers"},
      {"/deadlines_ms/header", 1e18, "/deadlines_ms/header"},
      {"/worker/max_attempts", true, "/worker/max_attempts"},
      {"/endpoints", Json::object(), "/endpoints"},
      {"/endpoints/github", 1, "/endpoints/github"},
      {"/endpoints/github/max_body_bytes", 1, "/endpoints/github/max_body_bytes"},
      {"/endpoints/github/secret_files", {"github"}, "/endpoints/github/secret_files"},
      {"/vault/typo", 1, "/vault/typo"},
      {"/vault/kek_file", "relative", "/vault/kek_file"},
      {"/vault/kek_file", 1, "/vault/kek_file"},
      {"/vault/shred_ledger", "", "/vault/shred_ledger"},
      {"/vault/shred_ledger", std::string("/a\0b", 4), "/vault/shred_ledger"},
      {"/admin", 1, "/admin"},
      {"/admin/typo", 1, "/admin/typo"},
      {"/admin/policy_file", "relative", "/admin/policy_file"},
      {"/admin/policy_file", nullptr, "/admin/policy_file"},
      {"/admin/max_token_seconds", 59, "/admin/max_token_seconds"},
      {"/admin/max_token_seconds", 86401, "/admin/max_token_seconds"},
      {"/audit", true, "/audit"},
      {"/audit/typo", 1, "/audit/typo"},
      {"/audit/seal_personal", "true", "/audit/seal_personal"},
      {"/audit/seal_personal", 1, "/audit/seal_personal"},
      {"/repositories/bare", "/x", "/repositories/bare"},
      {"/repositories/o~1n", "relative", "/repositories/o/n"},
      {"/repositories/o~1n", 5, "/repositories/o/n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.pointer) + " = " + c.value.dump());
    Json config = Json::parse(initial(0));
    config[Json::json_pointer(c.pointer)] = c.value;
    EXPECT_EQ(subjects(config.dump()), std::vector<std::string>{c.subject});
  }
}

TEST(Config, ReportsAllProblemsAtOnce) {
  Json config = Json::parse(initial(0));
  config["limits"].erase("headers");
  config["worker"]["lease_ms"] = 0;
  config["extra"] = 1;
  EXPECT_EQ(subjects(config.dump()).size(), 3U);
}

TEST(Config, IsTotal) {
  EXPECT_EQ(subjects("").size(), 1U);
  EXPECT_EQ(subjects("[]").size(), 1U);
  EXPECT_EQ(subjects("null").size(), 1U);
  EXPECT_EQ(subjects(R"({"limits":{},"limits":{}})").size(), 1U);
  EXPECT_EQ(subjects(std::string(100'000, '[')).size(), 1U);
  const std::string whole = initial(0);
  for (std::size_t n = 0; n + 3 < whole.size(); ++n) {
    EXPECT_FALSE(parse_config(whole.substr(0, n)).problems.empty()) << n;
  }
}
