// Any bytes as a line of a script: what is accepted, written again from its parts, is the same line
// but for leading zeros, and refers to nothing outside of it.
#include "ratelimit/script.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace ratelimit_tool;

namespace {

std::string written(const ScriptLine& line) {
  const std::string head = std::to_string(line.time.count()) + " " + std::string(line.key) + " ";
  switch (line.action) {
    case Action::kPeek:
      return head + "peek";
    case Action::kRefund:
      return head + "refund=" + std::to_string(line.amount);
    case Action::kCheck:
      break;
  }
  return head + std::to_string(line.amount);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = parse_line(text);
  if (!line || !*line) return 0;
  const ScriptLine& parsed = **line;
  if (parsed.time.count() < 0 || parsed.key.empty()) std::abort();
  if (parsed.key.data() < text.data() || parsed.key.data() + parsed.key.size() > text.data() + size)
    std::abort();
  const std::string again_text = written(parsed);
  if (again_text.size() > size) std::abort();
  const auto again = parse_line(again_text);
  if (!again || !*again || written(**again) != again_text || (*again)->key != parsed.key)
    std::abort();
  return 0;
}
