#include <cstdint>
#include <utility>

#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

namespace {

struct PruneArguments {
  LogArguments log;
  std::string before;
  std::string hold;
  std::string release;
  std::string reason;
};

Result<> prune(audit::Log& log, const std::string& before) {
  const auto time = audit::parse_time(before);
  if (!time)
    return Error{ErrorCode::kInvalidArgument,
                 "--before takes a time like 2026-11-23T22:00:00.000000Z"};
  const auto report = log.prune({.before = *time});
  if (!report) return report.error();
  return print(std::to_string(report->records) + " records in " + std::to_string(report->segments) +
               " segments removed; the first kept is " + std::to_string(report->first_kept) + "\n");
}

Result<> run(const PruneArguments& a) {
  if (a.before.empty() && a.hold.empty() && a.release.empty())
    return Error{ErrorCode::kInvalidArgument, "one of --before, --hold, --release is needed"};
  auto log = open_log(a.log);
  if (!log) return log.error();
  if (!a.hold.empty()) {
    if (auto held = (*log)->hold(a.hold, a.reason); !held) return held;
  }
  if (!a.release.empty()) {
    if (auto released = (*log)->release(a.release); !released) return released;
  }
  if (!a.before.empty()) {
    if (auto pruned = prune(**log, a.before); !pruned) return pruned;
  }
  return (*log)->close();
}

}  // namespace

void define_prune(Tool tool) {
  auto a = std::make_shared<PruneArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "prune",
      "Remove whole segments whose records are old; their hashes and all checkpoints stay, and a\n"
      "record says so. Refused under a legal hold");
  add_log(tool, *sub, a->log);
  CLI::Option* const before =
      sub->add_option("--before", a->before, "Only what is older")->type_name("TIME");
  sub->add_option("--hold", a->hold, "Place a legal hold of that name")->excludes(before);
  sub->add_option("--release", a->release, "End one")->excludes(before);
  sub->add_option("--reason", a->reason, "Why, for the record of it");
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
