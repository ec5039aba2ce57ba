// Invisible characters: every code point against Python's Unicode tables, and every malformed byte.
#include "diff/unicode.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/vectors.h"

namespace {

using coefficient::diff::detail::escape_invisible;
using coefficient::diff::detail::UnicodeFindings;

constexpr char32_t kLastCodePoint = 0x10ffff;

bool is_surrogate(char32_t c) {
  return c >= 0xd800 && c <= 0xdfff;
}

std::string utf8(char32_t c) {
  std::string out;
  const auto put = [&](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6U);
    put(0x80 | (c & 0x3fU));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12U);
    put(0x80 | (c >> 6U & 0x3fU));
    put(0x80 | (c & 0x3fU));
  } else {
    put(0xf0 | c >> 18U);
    put(0x80 | (c >> 12U & 0x3fU));
    put(0x80 | (c >> 6U & 0x3fU));
    put(0x80 | (c & 0x3fU));
  }
  return out;
}

std::string shown(char32_t c) {
  std::ostringstream out;
  out << "\\u{" << std::hex << std::uppercase;
  out.width(4);
  out.fill('0');
  out << static_cast<unsigned>(c) << "}";
  return out.str();
}

std::string escaped(std::string_view line) {
  std::string buffer = "what was here before";
  UnicodeFindings findings;
  return std::string(escape_invisible(line, buffer, findings));
}

// b(idi), z(ero width), t(ag), v(ariation selector), c(ontrol); ' ' for what stays.
char class_of(char32_t c) {
  std::string buffer;
  UnicodeFindings f;
  const std::string line = "x" + utf8(c) + "y";
  const std::string_view result = escape_invisible(line, buffer, f);
  if (f.total() == 0) {
    EXPECT_EQ(result.data(), line.data()) << static_cast<unsigned>(c);
    EXPECT_EQ(result.size(), line.size());
    return ' ';
  }
  EXPECT_EQ(f.total(), 1U);
  EXPECT_EQ(result, "x" + shown(c) + "y");
  return f.bidi != 0         ? 'b'
         : f.zero_width != 0 ? 'z'
         : f.tag != 0        ? 't'
         : f.control != 0    ? 'c'
                             : 'v';
}

// Writes one letter for each code point, from the categories and bidi classes that Python has and
// the ranges of Default_Ignorable_Code_Point that no category shows.
constexpr const char* kPython = R"(
import sys, unicodedata as u
ignorable = set()
for a, b in ((0xad, 0xad), (0x34f, 0x34f), (0x61c, 0x61c), (0x115f, 0x1160), (0x17b4, 0x17b5),
             (0x180b, 0x180f), (0x200b, 0x200f), (0x202a, 0x202e), (0x2060, 0x206f),
             (0x3164, 0x3164), (0xfe00, 0xfe0f), (0xfeff, 0xfeff), (0xffa0, 0xffa0),
             (0xfff0, 0xfff8), (0x1bca0, 0x1bca3), (0x1d173, 0x1d17a), (0xe0000, 0xe0fff)):
    ignorable.update(range(a, b + 1))
visible = ('ARABIC NUMBER SIGN', 'ARABIC SIGN SANAH', 'ARABIC FOOTNOTE MARKER', 'ARABIC SIGN SAFHA',
           'ARABIC SIGN SAMVAT', 'ARABIC NUMBER MARK ABOVE', 'ARABIC END OF AYAH',
           'SYRIAC ABBREVIATION MARK', 'ARABIC DISPUTED END OF AYAH', 'KAITHI NUMBER SIGN',
           'KAITHI NUMBER SIGN ABOVE', 'ARABIC POUND MARK ABOVE', 'ARABIC PIASTRE MARK ABOVE')
out = []
for i in range(sys.maxunicode + 1):
    c = chr(i)
    category, name = u.category(c), u.name(c, '')
    if c in '\t\n': k = ' '
    elif category in ('Cc', 'Zl', 'Zp'): k = 'c'
    elif u.bidirectional(c) in ('LRE', 'RLE', 'PDF', 'LRO', 'RLO', 'LRI', 'RLI', 'FSI', 'PDI'): k = 'b'
    elif name in ('LEFT-TO-RIGHT MARK', 'RIGHT-TO-LEFT MARK', 'ARABIC LETTER MARK'): k = 'b'
    elif 0xe0000 <= i <= 0xe007f: k = 't'
    elif 'VARIATION SELECTOR' in name or i == 0x180f: k = 'v'
    elif i in ignorable or (category == 'Cf' and name not in visible): k = 'z'
    elif 0x13430 <= i <= 0x1343f: k = 'z'   # assigned after Python's tables
    else: k = ' '
    out.append(k)
sys.stdout.write(''.join(out))
)";

}  // namespace

TEST(DiffUnicode, EveryCodePointAsPythonsTablesSay) {
  if (std::system("python3 -c pass 2> /dev/null") != 0)  // NOLINT(cert-env33-c)
    GTEST_SKIP() << "needs python3";
  std::string directory =
      (std::filesystem::temp_directory_path() / "coefficient-unicode-XXXXXX").string();
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::filesystem::path root = directory;
  std::ofstream(root / "classes.py") << kPython;
  const std::string command =
      "python3 '" + (root / "classes.py").string() + "' > '" + (root / "out").string() + "'";
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c)
  const std::string classes = test::read_file(root / "out");
  std::filesystem::remove_all(root);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(classes.size(), kLastCodePoint + 1);
  for (char32_t c = 0; c <= kLastCodePoint; ++c)
    if (!is_surrogate(c)) {
      ASSERT_EQ(class_of(c), classes[c]) << shown(c);
    }
}

TEST(DiffUnicode, Lines) {
  const std::map<std::string, std::string> cases = {
      {"", ""},
      {"plain\ttext", "plain\ttext"},
      {"crlf\r", "crlf\r"},
      {"cr\rmiddle", "cr\\u{000D}middle"},
      {"two\r\r", "two\\u{000D}\r"},
      {"many\r\nlines\n", "many\r\nlines\n"},
      {"\x1b[2K\x7f", "\\u{001B}[2K\\u{007F}"},
      {"if (a\xe2\x80\xae)", "if (a\\u{202E})"},
      {"\xe2\x80\x8b\xe2\x80\x8b", "\\u{200B}\\u{200B}"},
      {"\xf3\xa0\x81\x81 tag", "\\u{E0041} tag"},
      {"caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87", "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87"},
      {"\\u{202E}", "\\u{202E}"},
      {"a\xff\xe2\x80\xae\xfe", "a\xff\\u{202E}\xfe"},  // malformed bytes stay, the rest is judged
      {"\xc2\xe2\x80\xae\x85", "\xc2\\u{202E}\x85"},
      {"\xed\xa0\x80\xc0\x80\xe2\x80", "\xed\xa0\x80\xc0\x80\xe2\x80"},
      {std::string("nul\0", 4), "nul\\u{0000}"}};
  for (const auto& [line, expected] : cases) EXPECT_EQ(escaped(line), expected);
}

TEST(DiffUnicode, FindingsAddUp) {
  std::string buffer;
  UnicodeFindings findings;
  (void)escape_invisible("\xe2\x80\xae\xe2\x80\x8f", buffer, findings);
  (void)escape_invisible("\x01\x02\xef\xb8\x8f\xff\xf3\xa0\x80\xa0", buffer, findings);
  (void)escape_invisible("\xc2\xad", buffer, findings);
  EXPECT_EQ(findings.bidi, 2U);
  EXPECT_EQ(findings.control, 2U);
  EXPECT_EQ(findings.variation_selector, 1U);
  EXPECT_EQ(findings.tag, 1U);
  EXPECT_EQ(findings.zero_width, 1U);
  EXPECT_EQ(findings.total(), 7U);
}

// At each place of lines of each length, so that no step of the fast path overlooks one.
TEST(DiffUnicode, FoundAtEveryPlace) {
  for (std::size_t length = 1; length < 100; ++length)
    for (std::size_t place = 0; place < length; ++place)
      for (const char c : {'\0', '\b', '\n', '\v', '\x1f', ' ', '~', '\x7f', '\x80', '\xff'}) {
        std::string line(length, place % 2 == 0 ? '\t' : 'x');
        line[place] = c;
        const bool control = c == '\0' || c == '\b' || c == '\v' || c == '\x1f' || c == '\x7f';
        std::string expected = line;
        if (control) expected.replace(place, 1, shown(static_cast<char32_t>(c)));
        ASSERT_EQ(escaped(line), expected) << length << " " << place;
      }
}

// Of random bytes: what comes out has nothing more to escape, and is the same when taken apart.
TEST(DiffUnicode, NothingIsLeft) {
  constexpr unsigned kSeed = 20240611;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  static const std::vector<std::string> kPieces = {
      "\xe2", "\x80", "\xae", "\xf3",         "\xa0",         "\x81",        "a",
      "\t",   "\xc2", "\xad", "\r",           "\n",           "\xef",        "\xbb",
      "\xbf", "\x7f", "\x1b", "hello, world", "\xe2\x80\xae", "\xe4\xb8\xad"};
  for (int run = 0; run < 20000; ++run) {
    std::string line;
    for (std::size_t i = 0, pieces = random() % 12; i < pieces; ++i)
      line += kPieces[random() % kPieces.size()];
    const std::string once = escaped(line);
    ASSERT_EQ(escaped(once), once);
    std::string buffer;
    UnicodeFindings findings;
    (void)escape_invisible(line, buffer, findings);
    std::size_t marks = 0;
    for (std::size_t at = once.find("\\u{"); at != std::string::npos;
         at = once.find("\\u{", at + 1))
      ++marks;
    ASSERT_EQ(findings.total(), marks);
  }
}
