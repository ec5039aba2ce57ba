#include "diff_input.h"

#include <array>
#include <random>

namespace bench {
namespace {

class Generator {
 public:
  std::string diff(std::size_t size) {
    std::string text;
    text.reserve(size + (std::size_t{1} << 16U));
    while (text.size() < size) file(text);
    return text;
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }

  void line(std::string& text, char sign) {
    static constexpr std::array<const char*, 12> kWords = {
        "return ", "result", "(",  ") {", "std::size_t ",      "const auto& ",
        " = ",     "value",  "->", ";",   "// why this is so", "if ("};
    text.push_back(sign);
    text.append(pick(5) * 2, ' ');
    for (std::size_t i = 0, words = pick(9); i < words; ++i) text += kWords[pick(kWords.size())];
    text.push_back('\n');
  }

  void hunk(std::string& text, std::size_t& old_line, std::size_t& new_line) {
    const std::size_t removed = pick(6);
    const std::size_t added = pick(9) + (removed == 0 ? 1 : 0);
    text += "@@ -" + std::to_string(old_line) + "," + std::to_string(6 + removed) + " +" +
            std::to_string(new_line) + "," + std::to_string(6 + added) +
            " @@ int function(int x) {\n";
    for (int i = 0; i < 3; ++i) line(text, ' ');
    for (std::size_t i = 0; i < removed; ++i) line(text, '-');
    for (std::size_t i = 0; i < added; ++i) line(text, '+');
    for (int i = 0; i < 3; ++i) line(text, ' ');
    old_line += 40 + removed;
    new_line += 40 + added;
  }

  void file(std::string& text) {
    const std::string name =
        "src/module" + std::to_string(pick(40)) + "/file" + std::to_string(files_++) + ".cc";
    text += "diff --git a/" + name + " b/" + name + "\nindex 1d3f5a7..2c4e6b8 100644\n--- a/" +
            name + "\n+++ b/" + name + "\n";
    std::size_t old_line = 10;
    std::size_t new_line = 10;
    for (std::size_t i = 0, hunks = 1 + pick(12); i < hunks; ++i) hunk(text, old_line, new_line);
  }

  std::mt19937 random_{20240102};
  std::size_t files_ = 0;
};

}  // namespace

std::string diff_input(std::size_t size) {
  return Generator().diff(size);
}

}  // namespace bench
