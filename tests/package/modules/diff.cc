// A host of the module diff: reads a diff to its end, and one that is cut off to the error.
#include <coefficient/diff/parser.h>

#include <cstdlib>
#include <span>
#include <string_view>

namespace {

namespace diff = coefficient::diff;

diff::Event last_event(std::string_view text) {
  diff::Parser parser(std::as_bytes(std::span(text)));
  diff::Event event = parser.next();
  while (event != diff::Event::kEnd && event != diff::Event::kError) event = parser.next();
  return event;
}

}  // namespace

int main() {
  constexpr std::string_view kDiff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n";
  const bool right = last_event(kDiff) == diff::Event::kEnd &&
                     last_event(kDiff.substr(0, kDiff.size() - 5)) == diff::Event::kError;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
