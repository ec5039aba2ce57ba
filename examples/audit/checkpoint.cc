#include "coefficient/audit/anchor.h"
#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

struct CheckpointArguments {
  LogArguments log;
  bool sign = false;
  std::string anchor;
};

Result<> sign_new(const LogArguments& arguments) {
  Result<std::unique_ptr<audit::Log>> log = open_log(arguments);
  if (!log) return log.error();
  return (*log)->close();
}

Result<> run(const CheckpointArguments& a) {
  if (a.sign)
    if (Result<> made = sign_new(a.log); !made) return made;
  Result<audit::LogReader> reader = open_reader(a.log);
  if (!reader) return reader.error();
  if (!a.anchor.empty()) {
    audit::FileAnchor anchor(a.anchor, reader->tree());
    if (Result<> kept = anchor.publish(reader->note()); !kept) return kept;
  }
  return print(reader->note());
}

}  // namespace

void define_checkpoint(Tool tool) {
  auto a = std::make_shared<CheckpointArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "checkpoint", "Write the newest checkpoint (C2SP tlog-checkpoint), having compared the log");
  add_log(tool, *sub, a->log);
  sub->add_flag("--sign", a->sign, "Sign a new one if there are new records");
  sub->add_option("--anchor", a->anchor,
                  "Keep it in this file too, best on another machine. Refused if the one that is\n"
                  "there is of another log, or of one that had other or more records")
      ->type_name("FILE");
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
