#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

Result<> run(const LogArguments& arguments) {
  Result<std::unique_ptr<audit::Log>> log = open_log(arguments);
  if (!log) return log.error();
  if (Result<> rotated = (*log)->rotate(); !rotated) return rotated;
  return (*log)->close();
}

}  // namespace

void define_rotate(Tool tool) {
  auto a = std::make_shared<LogArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "rotate",
      "Start a new segment, so that prune can remove what is there now once it is old: it never\n"
      "removes the segment in use");
  add_log(tool, *sub, *a);
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
