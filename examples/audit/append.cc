#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <utility>
#include <variant>
#include <vector>

#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

namespace {

struct AppendArguments {
  LogArguments log;
  std::string in = "-";
  std::string actor_type = "user";
  std::string action;
  std::vector<std::string> target;
  std::string outcome = "success";
  std::string id;
  std::string intent;
  std::string reason;
  std::string trace;
  KeyArguments keys;
  std::vector<std::string> personal;
  std::optional<std::string> subject;
};

Result<audit::Record> record_of(const AppendArguments& a) {
  const auto outcome = audit::parse_outcome(a.outcome);
  if (!outcome)
    return Error{ErrorCode::kInvalidArgument,
                 "the outcome is none of success, failure, denied, intent, unknown"};
  audit::Record record;
  record.id = a.id;
  record.actor = {a.actor_type, a.log.actor, {}};
  record.action = a.action;
  if (a.target.size() == 2) record.target = {a.target[0], a.target[1]};
  record.outcome = *outcome;
  record.intent = a.intent;
  record.reason = a.reason;
  record.trace = a.trace;
  return record;
}

// Returns whether the tree can hold what `text` says: it keeps the last of several members of one
// name, and is written by recursion.
bool fits_a_tree(const std::string& text) {
  constexpr int kMostDeep = 16;
  std::vector<std::set<std::string>> open;
  bool fits = true;
  const auto see = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    fits = fits && depth <= kMostDeep;
    if (event == nlohmann::json::parse_event_t::object_start) open.emplace_back();
    if (event == nlohmann::json::parse_event_t::object_end) open.pop_back();
    if (event == nlohmann::json::parse_event_t::key)
      fits = open.back().insert(value.get<std::string>()).second && fits;
    return true;
  };
  return !nlohmann::json::parse(text, see, false).is_discarded() && fits;
}

// A record as the log has it, or as a person writes one: members in any order, and without those
// that the log fills in.
Result<audit::Record> record_of(const std::string& line) {
  Result<audit::Record> record = audit::parse_record(line);
  if (record || line.size() > audit::kMaxRecordBytes || !fits_a_tree(line)) return record;
  nlohmann::json members = nlohmann::json::parse(line, nullptr, false);
  if (!members.is_object()) return record;
  const bool has_id = members.contains("id");
  const bool has_time = members.contains("time");
  const nlohmann::json defaults = {
      {"v", 1}, {"id", "0"}, {"time", audit::format_time({})}, {"outcome", "success"}};
  for (const auto& [name, value] : defaults.items())
    if (!members.contains(name)) members[name] = value;
  record = audit::parse_record(members.dump());
  if (record && !has_id) record->id.clear();
  if (record && !has_time) record->time = {};
  return record;
}

// Each line a record; the log gives it its own seq, boot and mono.
Result<std::vector<audit::Record>> records_of(const AppendArguments& a) {
  std::vector<audit::Record> records;
  if (!a.action.empty()) {
    auto record = record_of(a);
    if (!record) return record.error();
    records.push_back(*std::move(record));
    return records;
  }
  const auto text = read_file(a.in);
  if (!text) return text.error();
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    auto record = record_of(line);
    if (!record)
      return Error{ErrorCode::kInvalidArgument,
                   "line " + std::to_string(records.size() + 1) + ": " + record.error().message};
    if (audit::is_reserved(*record))
      return Error{ErrorCode::kInvalidArgument,
                   "line " + std::to_string(records.size() + 1) + ": only a log itself says this"};
    records.push_back(*std::move(record));
  }
  return records;
}

// Whom the record is about.
Result<std::string> subject_of(const AppendArguments& a, const audit::Record& record) {
  if (a.subject) return *a.subject;
  const auto* actor = std::get_if<std::string>(&record.actor.id);
  if (actor != nullptr) return *actor;
  return Error{ErrorCode::kInvalidArgument,
               "an actor's id is encrypted: --subject must say whom the records are about"};
}

// Encrypts what is personal. A field that no record has is misspelt, and what was meant would be
// in the log in the clear for good: so it is refused.
Result<> seal(const AppendArguments& a, std::vector<audit::Record>& records) {
  if (a.personal.empty()) return {};
  auto keys = open_keys(a.keys);
  if (!keys) return keys.error();
  std::set<std::string> sealed;
  for (audit::Record& record : records) {
    const auto subject = subject_of(a, record);
    if (!subject) return subject.error();
    for (const std::string& field : a.personal) {
      const auto done = audit::seal_in_place(**keys, *subject, field, record);
      if (!done) return Error{done.error().code, field + ": " + done.error().message};
      if (*done) sealed.insert(field);
    }
  }
  for (const std::string& field : a.personal) {
    if (!sealed.contains(field))
      return Error{ErrorCode::kInvalidArgument, field + ": no record has such a text to encrypt"};
  }
  return {};
}

Result<> run(const AppendArguments& a) {
  auto records = records_of(a);
  if (!records) return records.error();
  if (auto done = seal(a, *records); !done) return done;
  auto log = open_log(a.log);
  if (!log) return log.error();
  for (audit::Record& record : *records) {
    const auto receipt = (*log)->append(std::move(record));
    if (!receipt) return receipt.error();
    if (auto said = print(std::to_string(receipt->index) + "\n"); !said) return said;
  }
  return (*log)->close();
}

}  // namespace

void define_append(Tool tool) {
  auto a = std::make_shared<AppendArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "append", "Append a record, or those of a file, and write the index of each once durable");
  add_log(tool, *sub, a->log);
  CLI::Option* const in = sub->add_option("--in", a->in,
                                          "Records, one a line, as tail --json has "
                                          "them; v, id, time and a successful outcome may be\n"
                                          "left out. -, and the default without --action, is\n"
                                          "standard input");
  in->type_name("FILE");
  sub->add_option("--action", a->action, "E.g. secret.read")->excludes(in);
  sub->add_option("--actor", a->log.actor, "Who did it")->capture_default_str()->excludes(in);
  sub->add_option("--actor-type", a->actor_type, "E.g. user, service")->capture_default_str();
  sub->add_option("--target", a->target, "To what")->expected(2)->type_name("TYPE ID");
  sub->add_option("--outcome", a->outcome, "success, failure, denied, intent or unknown")
      ->capture_default_str();
  sub->add_option("--id", a->id, "The record's own id; default: a new one");
  sub->add_option("--intent", a->intent,
                  "The id of the intent that this closes. What one run of this\n"
                  "tool leaves open, the next one records as unknown");
  sub->add_option("--reason", a->reason, "Why");
  sub->add_option("--trace", a->trace, "A trace id");
  CLI::Option* const keys =
      add_keys(tool, *sub, a->keys,
               "mkdir -m 700 makes it; a file for each, in the clear: a backup of it undoes an\n"
               "erasure");
  CLI::Option* const personal = sub->add_option(
      "--personal", a->personal,
      "Encrypt this text of each record under its subject's key, which erase destroys: actor.id,\n"
      "actor.session, target.id, src.ip, src.ua, reason, or details.NAME. May be given more than\n"
      "once");
  personal->type_name("FIELD")->allow_extra_args(false)->needs(keys);
  keys->needs(personal);
  sub->add_option("--subject", a->subject, "Whom the records are about; default: each its actor")
      ->needs(personal);
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
