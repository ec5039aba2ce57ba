#include <utility>

#include "coefficient/core/clock.h"
#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

struct InitArguments {
  std::string directory;
  std::string origin;
};

Result<> run(const InitArguments& a) {
  auto log = audit::Log::create(a.directory, a.origin, coefficient::system_clock());
  if (!log) return log.error().error;
  if (Result<> closed = (*log)->close(); !closed) return closed;
  return print((*log)->root_key() + "\n");
}

}  // namespace

void define_init(Tool tool) {
  auto a = std::make_shared<InitArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "init",
      "Make a log in the directory DIR, which exists, and write its root key: note that down\n"
      "elsewhere, since all verification begins with it");
  sub->add_option("DIR", a->directory, "The log's directory")->required();
  sub->add_option("ORIGIN", a->origin, "The log's name in checkpoints, like a URL without a scheme")
      ->required();
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
