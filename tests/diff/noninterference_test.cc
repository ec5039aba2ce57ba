// What must not leave cannot show in the output: with every context line, heading, object id,
// address, message, noise and binary payload replaced at random, the JSON stays the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "coefficient/diff/minimizer.h"
#include "diff/minimized.h"
#include "diff/parsed.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;

class Randomizer {
 public:
  explicit Randomizer(unsigned seed) : random_(seed) {}

  // Any bytes but LF.
  std::string bytes() {
    std::string text(random_() % 40, '\0');
    for (char& c : text) {
      c = static_cast<char>(random_() % 256);
      if (c == '\n') c = '\0';
    }
    return text;
  }
  std::string hex(std::string text) {
    for (char& c : text)
      if (std::isxdigit(static_cast<unsigned char>(c)) != 0) c = "0123456789abcdef"[random_() % 16];
    return text;
  }
  std::string base85(std::string line) {
    for (std::size_t i = 1; i < line.size(); ++i)
      line[i] = "09AZaz!#$%&()*+-;<=>?@^_`{|}~"[random_() % 29];
    return line;
  }
  std::string number() { return std::to_string(random_() % 100000); }

 private:
  std::mt19937 random_;
};

enum class Kind { kNoise, kHeader, kBinary, kHunk, kMarker, kContext, kChanged, kSubmodule };

struct Piece {
  Kind kind = Kind::kNoise;
  std::string text;  // one line without its LF
};

// Sorts the lines of a diff by what the parser takes them for.
std::vector<Piece> pieces(const std::string& text) {
  std::vector<Kind> kinds(text.size() + 1, Kind::kNoise);  // by offset of the line's first byte
  diff::Parser parser(test::bytes(text));
  std::uint64_t line_bytes = 0;
  for (diff::Event event = parser.next(); event != diff::Event::kEnd; event = parser.next()) {
    EXPECT_NE(event, diff::Event::kError);
    if (event == diff::Event::kError) break;
    std::size_t at = line_bytes + parser.other_bytes();  // all before is read
    if (event == diff::Event::kFile) {
      std::size_t start = text.rfind("diff --", at - 1);
      while (start != 0 && text[start - 1] != '\n') start = text.rfind("diff --", start - 1);
      bool binary = false;
      for (; start < at; start = text.find('\n', start) + 1) {
        kinds[start] = binary ? Kind::kBinary : Kind::kHeader;
        binary = binary || text.compare(start, 17, "GIT binary patch\n") == 0;
      }
    } else if (event == diff::Event::kHunk) {
      kinds[text.rfind('\n', at - 2) + 1] = Kind::kHunk;
    } else {
      const diff::Line& line = parser.line();
      line_bytes += line.size;
      const std::size_t start = static_cast<std::size_t>(line.text.data() - text.data()) +
                                line.text.size() + 1 - line.size;
      const bool gitlink =
          (parser.file().old_mode == 0160000U || parser.file().new_mode == 0160000U) &&
          line.text.starts_with("Subproject commit ");
      kinds[start] = line.kind == diff::LineKind::kContext ? Kind::kContext
                     : gitlink                             ? Kind::kSubmodule
                                                           : Kind::kChanged;
      if (!line.ends_with_newline) kinds[start + line.size] = Kind::kMarker;
    }
  }
  std::vector<Piece> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    all.push_back({kinds[at], text.substr(at, end - at)});
    at = end + 1;
  }
  return all;
}

// Text outside of files; what makes a mail a mail stays.
std::string other_noise(const std::string& line, Randomizer& random) {
  if (line.empty() || line == "---" || line == "-- ") return line;
  if (line.starts_with("From ") && line.ends_with(" 2001"))
    return "From " + random.hex(line.substr(5, 40)) + line.substr(45);
  if (line.starts_with("From: ")) return "From: " + random.bytes();
  if (line.starts_with("Subject: [")) return line.substr(0, line.find(']') + 1) + random.bytes();
  if (const std::size_t total = line.find(" file");
      line.starts_with(' ') && line.find(" changed", total) != std::string::npos)
    return " " + random.number() + line.substr(total);
  return (line[0] == ' ' ? " " : "w") + random.bytes();
}

std::string other_header(const std::string& line, Randomizer& random) {
  if (line.starts_with("index ")) {
    const std::size_t mode = std::min(line.find(' ', 6), line.size());
    return "index " + random.hex(line.substr(6, mode - 6)) + line.substr(mode);
  }
  if (line.starts_with("similarity")) return "similarity index 7%";
  if (line.starts_with("dissimilarity")) return "dissimilarity index 77%";
  return line;
}

std::string other(const Piece& piece, std::size_t parents, Randomizer& random) {
  const std::string& line = piece.text;
  switch (piece.kind) {
    case Kind::kNoise:
      return other_noise(line, random);
    case Kind::kHeader:
      return other_header(line, random);
    case Kind::kBinary:
      if (line.empty()) return line;
      if (line.starts_with("literal ") || line.starts_with("delta "))
        return line.substr(0, line.find(' ') + 1) + random.number();
      return random.base85(line);
    case Kind::kHunk: {
      const std::string ats(parents + 1, '@');
      return line.substr(0, line.find(ats, parents + 1) + ats.size()) + " " + random.bytes();
    }
    case Kind::kMarker:
      return "\\ marker in words " + random.bytes();
    case Kind::kContext:
      return std::string(parents, ' ') + random.bytes();
    case Kind::kSubmodule:
      return line.substr(0, 19) + random.hex(line.substr(19));
    case Kind::kChanged:
      break;
  }
  return line;
}

std::string randomized(const std::string& text, Randomizer& random) {
  std::string result;
  std::size_t parents = 1;
  for (const Piece& piece : pieces(text)) {
    if (piece.kind == Kind::kHunk) parents = piece.text.find_first_not_of('@') - 1;
    result += other(piece, parents, random) + "\n";
  }
  return result;
}

std::string json_of(const std::string& text) {
  const auto out = test::default_minimizer().minimize(
      {.title = "t", .description = "d", .diff = test::bytes(text)});
  EXPECT_TRUE(out) << out.error().message << "\n" << text.substr(0, 4000);
  return out ? out->json : std::string();
}

void expect_noninterference(const char* below, std::size_t at_least) {
  COEFFICIENT_VECTORS_OR_SKIP(root, below);
  Randomizer random(1);
  std::size_t seen = 0;
  std::size_t changed_texts = 0;  // a mode change alone has nothing to randomize
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.path().extension() != ".diff" && entry.path().extension() != ".mbox") continue;
    SCOPED_TRACE(entry.path().string());
    const std::string text = test::read_file(entry.path());
    const std::string before = json_of(text);
    for (int round = 0; round < 3; ++round) {
      const std::string changed = randomized(text, random);
      if (changed != text) ++changed_texts;
      ASSERT_EQ(json_of(changed), before);
    }
    ++seen;
  }
  EXPECT_GE(seen, at_least);
  EXPECT_GE(changed_texts, at_least * 2);
}

}  // namespace

TEST(DiffNoninterference, RealDiffs) {
  expect_noninterference("diff/real", 80);
}

TEST(DiffNoninterference, TrickyDiffs) {
  expect_noninterference("diff/tricky", 140);
}
