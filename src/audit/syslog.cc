#include <algorithm>

#include "coefficient/audit/export_format.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr int kLogAudit = 13;
constexpr std::uint64_t kMaxSequence = 2147483647;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// RFC 5424 section 6.
constexpr std::size_t kMaxHostname = 255;
constexpr std::size_t kMaxAppName = 48;
constexpr std::size_t kMaxMsgid = 32;

// A field of the header is printable ASCII; a longer one is cut, any other is "-", the nil value.
std::string_view header_field(std::string_view text, std::size_t max) {
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), printable)) return "-";
  return text.substr(0, max);
}

bool went_well(Outcome outcome) {
  return outcome == Outcome::kSuccess || outcome == Outcome::kIntent;
}

}  // namespace

std::string to_syslog(const Record& record, std::string_view text) {
  constexpr int kWarning = 4;
  constexpr int kInformational = 6;
  const int severity = went_well(record.outcome) ? kInformational : kWarning;
  std::string message = "<" + std::to_string(kLogAudit * 8 + severity) + ">1 ";
  message += format_time(record.time);
  message += ' ';
  message += header_field(record.host, kMaxHostname);
  message += ' ';
  message += header_field(record.service, kMaxAppName);
  message += " - ";
  message += header_field(record.action, kMaxMsgid);
  if (record.seq) {
    message += " [meta sequenceId=\"" + std::to_string(*record.seq % kMaxSequence + 1) + "\"] ";
  } else {
    message += " - ";
  }
  message += kByteOrderMark;
  message += text;
  return message;
}

Result<std::string> export_text(ExportFormat format, std::string_view text) {
  if (format == ExportFormat::kJsonLines) return std::string(text) + "\n";
  Result<Record> record = parse_record(text);
  if (!record) return record.error();
  if (format == ExportFormat::kOcsf) return to_ocsf(*record) + "\n";
  const std::string message = to_syslog(*record, text);
  return std::to_string(message.size()) + " " + message;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
