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

Result<std::string> sign_new(const LogArguments& arguments) {
  Result<std::unique_ptr<audit::Log>> log = open_log(arguments);
  if (!log) return log.error();
  Result<std::string> note = (*log)->checkpoint();
  if (!note) return note;
  if (Result<> closed = (*log)->close(); !closed) return closed.error();
  return note;
}

Result<> run(const CheckpointArguments& a) {
  std::string note;
  if (a.sign) {
    Result<std::string> made = sign_new(a.log);
    if (!made) return made.error();
    note = std::move(*made);
  } else {
    Result<audit::LogReader> reader = open_reader(a.log);
    if (!reader) return reader.error();
    note = reader->note();
  }
  if (!a.anchor.empty())
    if (Result<> kept = audit::FileAnchor(a.anchor).publish(note); !kept) return kept;
  return print(note);
}

}  // namespace

void define_checkpoint(Tool tool) {
  auto a = std::make_shared<CheckpointArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "checkpoint", "Write the newest checkpoint (C2SP tlog-checkpoint), having compared the log");
  add_log(tool, *sub, a->log);
  sub->add_flag("--sign", a->sign, "Sign a new one if there are new records");
  sub->add_option("--anchor", a->anchor,
                  "Keep it in this file too, best on another machine; one that contradicts what\n"
                  "is there is refused")
      ->type_name("FILE");
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
