#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "coefficient/core/clock.h"
#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

// The host's and the directory's name: told apart from other logs well enough by a person.
std::string default_origin(const std::filesystem::path& directory) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') host = {"localhost"};
  const std::string last = std::filesystem::absolute(directory / "").parent_path().filename();
  return std::string(host.data()) + "/" + (last.empty() ? "audit" : last);
}

Result<> run(const std::string& directory, const std::string& origin) {
  std::error_code ignored;  // a directory that cannot be made is one that create() cannot use
  if (std::filesystem::create_directory(directory, ignored))
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, ignored);
  auto log = audit::Log::create(directory, origin.empty() ? default_origin(directory) : origin,
                                coefficient::system_clock());
  if (!log) return log.error().error;
  if (Result<> closed = (*log)->close(); !closed) return closed;
  return print((*log)->root_key() + "\n");
}

}  // namespace

void define_init(Tool tool) {
  auto origin = std::make_shared<std::string>();
  CLI::App* sub = tool.app.add_subcommand(
      "init",
      "Make a log in DIR, which is made if need be, and write its root key: note that down\n"
      "elsewhere, since all verification begins with it");
  sub->add_option("ORIGIN", *origin,
                  "The log's name in checkpoints, like a URL without a scheme; default: the names\n"
                  "of the host and of DIR");
  sub->callback([tool, origin] {
    tool.command = [tool, origin] {
      const Result<> done = run(tool.directory, *origin);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
