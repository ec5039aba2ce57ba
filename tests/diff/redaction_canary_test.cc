// No planted secret survives: every form of every built-in rule, at every column, between whatever
// may stand around it.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "coefficient/diff/redaction.h"
#include "diff/canary.h"

namespace {

namespace diff = coefficient::diff;

unsigned seed() {
  static const unsigned value = std::random_device{}();
  return value;
}

class RedactionCanary : public testing::Test {
 protected:
  void SetUp() override { RecordProperty("seed", std::to_string(seed())); }

  std::string redact(const std::string& line) {
    redactor_.begin_file();
    return std::string(redactor_.changed(diff::LineKind::kAdded, line, buffer_));
  }
  std::string name_of_last() const {
    return redactor_.last().empty() ? "" : std::string(rules_.name(redactor_.last()[0].rule));
  }

  diff::RedactionRules rules_ = *diff::RedactionRules::create();
  diff::Redactor redactor_ = std::move(*diff::Redactor::create(rules_));
  test::CanaryMaker maker_{seed()};
  std::string buffer_;
};

TEST_F(RedactionCanary, EveryRuleHasAForm) {
  std::set<std::string_view> forms;
  for (const test::CanaryForm& form : test::kCanaryForms) forms.insert(form.rule);
  for (const std::string_view rule : diff::builtin_redaction_rules())
    EXPECT_TRUE(forms.contains(rule)) << rule;
  EXPECT_EQ(diff::builtin_redaction_rules().size(), 47U);
}

TEST_F(RedactionCanary, TheRuleThatItIsOfNamesIt) {
  for (const test::CanaryForm& form : test::kCanaryForms) {
    const test::Canary canary = maker_.make(form);
    const std::string out = redact(canary.line());
    EXPECT_EQ(name_of_last(), form.rule) << canary.line() << "\n" << out << "\nseed " << seed();
    EXPECT_TRUE(out.starts_with(canary.before) && out.ends_with(canary.after)) << out;
  }
}

// The filler in front reaches every column from 0 to 200, so every place in the blocks and
// registers of the prefilter.
TEST_F(RedactionCanary, AtEveryColumn) {
  const std::vector<std::string> fillers = {" ",   "\t", "x",        "A",    "7",     "-",
                                            ".",   "/",  "\xc3\xa9", "\xff", "a, b ", "eyJ",
                                            "SK0", "gh", "://",      "((",   "e"};
  for (const test::CanaryForm& form : test::kCanaryForms) {
    for (const std::string& filler : fillers) {
      std::string front;
      for (std::size_t column = 0; column <= 200; ++column) {
        const test::Canary canary = maker_.make(form);
        const std::string gap = form.word_start && !front.empty() ? " " : "";
        const std::string out = redact(front + gap + canary.line());
        ASSERT_FALSE(test::leaks(out, canary.secret)) << form.rule << " behind " << front << "\n"
                                                      << canary.line() << "\n"
                                                      << out << "\nseed " << seed();
        front.push_back(filler[column % filler.size()]);
      }
    }
  }
}

TEST_F(RedactionCanary, BetweenWhateverStandsAroundIt) {
  const std::vector<std::string> before = {
      "",  "=", ":", ",",   "\"",  "'",      "`",      "(",    "[", "{",
      "<", ">", "&", "?t=", "\\n", "token=", "x = \"", "\x80", "#"};
  const std::vector<std::string> after = {"",  "\r", "\"", "'", "`",    ")",   "]",    "}",
                                          ">", ",",  ";",  " ", "&x=1", "\\n", "\xff", "?"};
  for (const test::CanaryForm& form : test::kCanaryForms) {
    for (const std::string& front : before) {
      for (const std::string& back : after) {
        const test::Canary canary = maker_.make(form);
        const std::string out = redact(front + (form.word_start ? " " : "") + canary.line() + back);
        ASSERT_FALSE(test::leaks(out, canary.secret)) << out << "\nseed " << seed();
        if (back == "\r") {
          ASSERT_TRUE(out.ends_with('\r')) << out;
        }
        ASSERT_EQ(redact(out), out) << "seed " << seed();
      }
    }
  }
}

TEST_F(RedactionCanary, SeveralOnALine) {
  constexpr std::size_t kForms = test::kCanaryForms.size();
  for (int round = 0; round < 20000; ++round) {
    std::string line;
    std::vector<std::string> secrets;
    for (std::size_t i = 0, count = 2 + maker_.below(4); i < count; ++i) {
      const test::CanaryForm& form = test::kCanaryForms[maker_.below(kForms)];
      const test::Canary canary = maker_.make(form);
      static constexpr std::string_view kGaps[] = {" ", ", ", "", "\" \"", ";", "|", "\t"};
      std::string_view gap = kGaps[maker_.below(std::size(kGaps))];
      // Directly behind each other, one token can only be found as part of the other.
      if (gap.empty() && form.word_start) gap = " ";
      line += std::string(gap) + canary.line();
      secrets.push_back(canary.secret);
    }
    const std::string out = redact(line);
    for (const std::string& secret : secrets)
      ASSERT_FALSE(test::leaks(out, secret)) << line << "\n" << out << "\nseed " << seed();
  }
}

// Whatever the text: the key decides nothing, no line is lost, and what is not replaced stays in
// its order. A second run may replace more (what touched a secret can be taken for one), never
// less.
TEST_F(RedactionCanary, Properties) {
  static constexpr std::string_view kPieces[] = {"password",
                                                 " = ",
                                                 "\"",
                                                 "'",
                                                 ":",
                                                 "://",
                                                 "user",
                                                 "@",
                                                 "host",
                                                 "/",
                                                 "-----BEGIN PRIVATE KEY-----",
                                                 "-----END PRIVATE KEY-----",
                                                 "[REDACTED:generic#1]",
                                                 "[REDACTED:",
                                                 "]",
                                                 "#2",
                                                 "\\",
                                                 "\\\"",
                                                 "token",
                                                 "authorization",
                                                 "Bearer ",
                                                 "aws",
                                                 "key",
                                                 "eyJ",
                                                 ".",
                                                 "SK",
                                                 "\n",
                                                 "\r\n",
                                                 "\xe2\x82",
                                                 " ",
                                                 "T3BlbkFJ",
                                                 "Q~",
                                                 "0",
                                                 "abc",
                                                 "=",
                                                 "${",
                                                 "}",
                                                 "AKIA",
                                                 "ghp_",
                                                 "`",
                                                 "(",
                                                 ",",
                                                 "mysql"};
  const auto key_a = std::vector<std::byte>(32, std::byte{1});
  for (int round = 0; round < 30000; ++round) {
    std::string whole;
    for (std::size_t i = 0, count = maker_.below(40); i < count; ++i) {
      if (maker_.below(6) == 0)
        whole += maker_.make(test::kCanaryForms[maker_.below(test::kCanaryForms.size())]).line();
      else if (maker_.below(8) == 0)
        whole += maker_.fill("%b{20}");
      else
        whole += kPieces[maker_.below(std::size(kPieces))];
    }
    diff::Redactor first = std::move(*diff::Redactor::create(rules_));
    const std::string once(first.text(whole, buffer_));
    const std::vector<diff::Redaction> made(first.last().begin(), first.last().end());
    diff::Redactor second = std::move(*diff::Redactor::create(rules_, key_a));
    ASSERT_EQ(once, second.text(whole, buffer_)) << "seed " << seed();
    ASSERT_EQ(std::count(once.begin(), once.end(), '\n'),
              std::count(whole.begin(), whole.end(), '\n'));
    const std::string twice(first.text(once, buffer_));
    ASSERT_EQ(std::count(once.begin(), once.end(), '\n'),
              std::count(twice.begin(), twice.end(), '\n'));
    std::string rebuilt;
    std::size_t from = 0;
    for (const diff::Redaction& redaction : made) {
      ASSERT_LE(from, redaction.offset);
      rebuilt += whole.substr(from, redaction.offset - from) +
                 "[REDACTED:" + std::string(rules_.name(redaction.rule)) + "#" +
                 std::to_string(redaction.ordinal) + "]";
      from = redaction.offset + redaction.length;
    }
    ASSERT_EQ(rebuilt + whole.substr(from), once);
  }
}

}  // namespace
