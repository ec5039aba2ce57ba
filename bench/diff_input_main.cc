// Prints the input of diff_bench, for peers that are programs of their own.
#include <cstdio>
#include <string>

#include "diff_input.h"

int main() {
  const std::string text = bench::diff_input(40'000'000);
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? 0 : 1;
}
