// Records on their way out: whatever a record holds, its OCSF event is one line of JSON and its
// syslog message one frame.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "coefficient/audit/export_format.h"
#include "coefficient/audit/record.h"

namespace audit = coefficient::audit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool has_control(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto record = audit::parse_record(text);
  require(audit::export_text(audit::ExportFormat::kOcsf, text).has_value() == record.has_value());
  if (!record) return 0;
  const std::string event = audit::to_ocsf(*record);
  const auto json = nlohmann::json::parse(event, nullptr, false);
  require(json.is_object() && json["class_uid"] == 6003 && !has_control(event));
  const auto frame = audit::export_text(audit::ExportFormat::kSyslog, text);
  require(frame.has_value());
  const std::size_t blank = frame->find(' ');
  require(frame->substr(0, blank) == std::to_string(frame->size() - blank - 1));
  require(!has_control(*frame) && frame->ends_with(text));
  return 0;
}
