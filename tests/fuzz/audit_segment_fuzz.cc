// Any bytes as a segment's header, as a file of checkpoints and as a file's name.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "audit/checkpoint_file.h"
#include "audit/segment.h"

using namespace coefficient;
using namespace coefficient::audit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {SegmentKind::kRecords, SegmentKind::kHashes}) {
    if (const auto header = decode_header(kind, bytes)) {
      const SegmentHeaderBytes again = encode_header(kind, *header);
      if (!std::equal(again.begin(), again.end(), bytes.begin())) std::abort();
    }
    if (const auto index = parse_segment_name(kind, text)) {
      if (segment_name(kind, *index) != text) std::abort();
    }
  }
  const CheckpointNotes notes = split_notes(text);
  std::string again;
  for (const std::string_view note : notes.notes) again += std::string(note) + "\n";
  if (again != text.substr(0, notes.whole)) std::abort();
  return 0;
}
