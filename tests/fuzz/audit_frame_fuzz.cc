// Any bytes as frames: what is read is exactly what a writer of the same payloads writes, the end
// is judged in bounded time, and a search finds what is there.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "audit/crc32c.h"
#include "audit/frame.h"
#include "audit/frame_search.h"
#include "audit/tail.h"

using namespace coefficient;
using namespace coefficient::audit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (crc32c(0, bytes) != crc32c_by_tables(0, bytes)) std::abort();
  std::string written;
  std::uint64_t index = 0;
  while (const auto payload = read_frame(index, bytes.subspan(written.size()))) {
    append_frame(index, *payload, written);
    ++index;
  }
  if (!std::equal(written.begin(), written.end(), reinterpret_cast<const char*>(data)))
    std::abort();
  const auto tail = bytes.subspan(written.size());
  for (const bool buffered : {false, true}) {
    const TailKind kind = judge_tail({index, written.size(), buffered}, tail);
    const bool zeros =
        std::all_of(tail.begin(), tail.end(), [](std::byte b) { return b == std::byte{0}; });
    if ((kind == TailKind::kClean) != zeros) std::abort();
  }
  const auto found = find_frame(bytes, size);
  if (found && !read_frame(found->index, bytes.subspan(found->at))) std::abort();
  if (index > 0 && (!found || found->at != 0 || found->index != 0)) std::abort();
  return 0;
}
