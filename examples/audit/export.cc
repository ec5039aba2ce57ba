#include <map>

#include "coefficient/audit/exporter.h"
#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

struct ExportArguments {
  LogArguments log;
  std::string cursor;
  audit::ExportFormat format = audit::ExportFormat::kJsonLines;
  std::string format_name = "jsonl";
  bool skip_pruned = false;
  KeyArguments keys;
};

class StandardOutput final : public audit::ExportSink {
 public:
  Result<> deliver(std::string_view messages) override { return print(messages); }
};

Result<> run(const ExportArguments& a) {
  auto keys = open_keys(a.keys);
  if (!keys) return keys.error();
  if (!a.log.unrecorded) {
    audit::Record record;
    record.action = "log.exported";
    record.details.emplace("format", a.format_name);
    if (*keys) record.details.emplace("decrypted", true);
    if (Result<> recorded = append_record(a.log, std::move(record)); !recorded) return recorded;
  }
  Result<audit::LogReader> reader = open_reader(a.log);
  if (!reader) return reader.error();
  StandardOutput out;
  audit::Exporter exporter(
      a.cursor, {.format = a.format, .skip_pruned = a.skip_pruned, .open_with = keys->get()});
  Result<std::uint64_t> done = exporter.run(*reader, out);
  if (!done) return done.error();
  return {};
}

}  // namespace

void define_export(Tool tool) {
  static const std::map<std::string, audit::ExportFormat> formats = {
      {"jsonl", audit::ExportFormat::kJsonLines},
      {"ocsf", audit::ExportFormat::kOcsf},
      {"syslog", audit::ExportFormat::kSyslog}};
  auto a = std::make_shared<ExportArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "export",
      "Write the records that were not written yet to standard output, each at least once");
  add_log(tool, *sub, a->log);
  add_recording(*sub, a->log, true);
  sub->add_option("--cursor", a->cursor, "The file that says how far it went")
      ->type_name("FILE")
      ->required();
  sub->add_option(
         "--format", a->format_name,
         "jsonl: as stored; ocsf: API Activity; syslog: RFC 5424 with octet counts, to be\n"
         "sent over TLS")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
  add_keys(tool, *sub, a->keys,
           "Decrypt personal fields of subjects who were not erased; no erasure reaches what was\n"
           "written so");
  sub->add_flag("--skip-pruned", a->skip_pruned,
                "Go on behind records that were pruned before they were exported");
  sub->callback([tool, a] {
    a->format = formats.at(a->format_name);
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
