// Any bytes as a record: what is accepted is exactly what the writer writes of it, on one line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "audit/jcs.h"
#include "coefficient/audit/record.h"

using namespace coefficient;
using namespace coefficient::audit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto record = parse_record(text)) {
    if (to_canonical(*record).value() != text) std::abort();
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
      std::abort();
  }
  if (const auto value = parse_canonical(text, 20)) {
    std::string again;
    append_value(*value, again);
    if (again != text) std::abort();
  }
  // A text of any bytes is written so that it is read back, or refused.
  Record any;
  any.id = "r";
  any.actor = {.type = "t", .id = std::string(text)};
  any.action = "a";
  any.details = {{"d", std::string(text)}};
  if (const auto written = to_canonical(any)) {
    const auto back = parse_record(*written);
    if (!back || !(*back == any)) std::abort();
  }
  return 0;
}
