#include <array>

#include "coefficient/audit/personal.h"
#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

struct EraseArguments {
  LogArguments log;
  std::string subject;
  KeyArguments keys;
  std::string reason;
};

// An intent first: if the process dies between the erasure and the record of it, the log has an
// intent without an outcome, and recovery says so.
Result<> run(const EraseArguments& a) {
  auto keys = open_keys(a.keys);
  if (!keys) return keys.error();
  Result<std::unique_ptr<audit::Log>> log = open_log(readings_of(a.log));
  if (!log) return log.error();
  std::array<std::byte, 16> id{};
  if (Result<> random = coefficient::random_bytes(id); !random) return random;
  audit::Record intent;
  intent.id = coefficient::hex_encode(id);
  intent.actor = {"operator", a.log.actor, {}};
  intent.action = "subject.erased";
  intent.target.type = "subject_key";
  intent.reason = a.reason;
  intent.outcome = audit::Outcome::kIntent;
  if (auto appended = (*log)->append(intent); !appended) return appended.error();
  Result<audit::Record> erased = audit::erase_subject(**keys, a.subject);
  audit::Record outcome = erased ? *erased : intent;
  outcome.id.clear();
  outcome.actor = intent.actor;
  outcome.reason = a.reason;
  outcome.intent = intent.id;
  outcome.outcome = erased ? audit::Outcome::kSuccess : audit::Outcome::kFailure;
  if (auto appended = (*log)->append(outcome); !appended) return appended.error();
  if (Result<> closed = (*log)->close(); !closed) return closed;
  if (!erased) return erased.error();
  return print("erased the key " + std::get<std::string>(erased->target.id) + "\n");
}

}  // namespace

void define_erase(Tool tool) {
  auto a = std::make_shared<EraseArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "erase",
      "Destroy the key of a person, so that no record's fields about them can be read any more.\n"
      "The records stay, and every proof");
  add_log(tool, *sub, a->log);
  add_recording(*sub, a->log, false);
  sub->add_option("SUBJECT", a->subject, "Who, as the fields were encrypted for")->required();
  if (tool.own_keys) {
    a->keys = {.directory = {}, .decrypt = true, .own = tool.own_keys};
  } else {
    add_keys(tool, *sub, a->keys, "As append was given it")->required();
  }
  sub->add_option("--reason", a->reason, "For the record of it; it must not name the person");
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
