#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include "coefficient/audit/index.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/encoding.h"
#include "coefficient/sqlite/audit_index.h"
#include "tool.h"
#include "whole_number.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

namespace {

struct SearchArguments {
  LogArguments log;
  std::string index;
  KeyArguments keys;
  std::string actor_subject;
  std::string target_subject;
  bool decrypted = false;
  std::string actor;
  std::string action;
  std::string target;
  std::string outcome;
  std::string from;
  std::string until;
  std::uint64_t begin = 0;
  std::uint64_t limit = 1000;
};

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

Result<std::optional<audit::Timestamp>> time_of(const std::string& text) {
  if (text.empty()) return std::optional<audit::Timestamp>{};
  const std::optional<audit::Timestamp> time = audit::parse_time(text);
  if (!time)
    return Error{ErrorCode::kInvalidArgument, "a time is like 2026-11-24T23:08:20.000000Z"};
  return time;
}

Result<audit::Query> query_of(const SearchArguments& a) {
  audit::Query query;
  query.actor = given(a.actor);
  query.action = given(a.action);
  query.target = given(a.target);
  if (!a.outcome.empty()) {
    query.outcome = audit::parse_outcome(a.outcome);
    if (!query.outcome)
      return Error{ErrorCode::kInvalidArgument,
                   "an outcome is success, failure, denied, intent or unknown"};
  }
  Result<std::optional<audit::Timestamp>> from = time_of(a.from);
  if (!from) return from.error();
  Result<std::optional<audit::Timestamp>> until = time_of(a.until);
  if (!until) return until.error();
  query.from = *from;
  query.until = *until;
  query.begin = a.begin;
  query.limit = static_cast<std::size_t>(a.limit);
  return query;
}

// Who was asked for, as the record of the search has it: a name in it could never be erased. The
// id of a key stays, since that is what the records have.
Result<std::string> recorded(const std::string& name, const std::string& id) {
  if (id.empty() || id.starts_with("enc:")) return id;
  const std::string text = "log.searched " + name + "\n" + id;
  // SHA-256 of a zero byte and the text.
  Result<audit::Hash> hash = audit::leaf_hash(std::as_bytes(std::span<const char>(text)));
  if (!hash) return hash.error();
  return "sha256:" + coefficient::hex_encode(*hash);
}

// What was asked, for the record of the search.
Result<audit::Record> record_of(const SearchArguments& a) {
  audit::Record record;
  record.action = "log.searched";
  Result<std::string> actor = recorded("actor", a.actor);
  if (!actor) return actor.error();
  Result<std::string> target = recorded("target", a.target);
  if (!target) return target.error();
  const std::array<std::pair<const char*, const std::string*>, 6> asked = {{{"actor", &*actor},
                                                                            {"action", &a.action},
                                                                            {"target", &*target},
                                                                            {"outcome", &a.outcome},
                                                                            {"from", &a.from},
                                                                            {"until", &a.until}}};
  for (const auto& [name, value] : asked)
    if (!value->empty()) record.details.emplace(name, *value);
  if (a.decrypted) record.details.emplace("decrypted", true);
  return record;
}

// How the log has what was encrypted for a subject.
Result<> take_subject(audit::SubjectKeys* keys, const std::string& subject, std::string& id) {
  if (subject.empty() || keys == nullptr) return {};
  Result<std::string> kid = keys->kid_of(subject);
  if (!kid) return kid.error();
  id = "enc:" + *kid;
  return {};
}

// The record's text, decrypted as far as there are keys.
Result<std::string> shown(const audit::StoredRecord& stored, audit::SubjectKeys* keys) {
  if (keys == nullptr) return std::string(stored.payload);
  Result<audit::Record> record = audit::parse_record(stored.payload);
  if (!record) return record.error();
  if (auto closed = audit::open_in_place(*keys, *record); !closed) return closed.error();
  return audit::to_canonical(*record);
}

Result<> run(SearchArguments& a) {
  auto keys = open_keys(a.keys);
  if (!keys) return keys.error();
  a.decrypted = *keys != nullptr;
  // By their keys' ids, so that the record of the search names nobody either.
  if (auto by = take_subject(keys->get(), a.actor_subject, a.actor); !by) return by;
  if (auto to = take_subject(keys->get(), a.target_subject, a.target); !to) return to;
  Result<audit::Query> query = query_of(a);
  if (!query) return query.error();
  // First, so that nothing is read that the log does not know of.
  if (!a.log.unrecorded) {
    Result<audit::Record> record = record_of(a);
    if (!record) return record.error();
    if (Result<> appended = append_record(a.log, std::move(*record)); !appended) return appended;
  }
  Result<audit::LogReader> reader = open_reader(a.log);
  if (!reader) return reader.error();
  const audit::RecordVisitor show = [&](const audit::StoredRecord& record) -> Result<> {
    Result<std::string> text = shown(record, keys->get());
    return text ? print(*text + "\n") : text.error();
  };
  if (a.index.empty()) return audit::search(*reader, *query, show);
  auto index = coefficient::sqlite::AuditIndex::open(a.index);
  if (!index) return index.error();
  if (auto updated = audit::update_index(*reader, **index); !updated) return updated.error();
  return audit::search(*reader, **index, *query, show);
}

}  // namespace

void define_search(Tool tool) {
  auto a = std::make_shared<SearchArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "search",
      "Write the matching records, a line each. That it was done is recorded, ids as a hash");
  add_log(tool, *sub, a->log);
  add_recording(*sub, a->log, true);
  sub->add_option("--index", a->index,
                  "A database beside the log that makes it fast; made, and followed up, as needed")
      ->type_name("FILE");
  CLI::Option* const keys =
      add_keys(tool, *sub, a->keys,
               "Decrypt personal fields of subjects who were not erased: a line is then no\n"
               "longer what was hashed");
  CLI::Option* const by =
      sub->add_option("--by", a->actor, "The actor's id; of an encrypted one, enc:KID");
  sub->add_option("--by-subject", a->actor_subject,
                  "The subject for whom the actor's id was encrypted")
      ->needs(keys)
      ->excludes(by);
  sub->add_option("--action", a->action, "As in vault.secret.read, or vault.* for all of those");
  CLI::Option* const target = sub->add_option("--target", a->target, "The target's id");
  sub->add_option("--target-subject", a->target_subject,
                  "The subject for whom the target's id was encrypted")
      ->needs(keys)
      ->excludes(target);
  sub->add_option("--outcome", a->outcome, "success, failure, denied, intent or unknown");
  sub->add_option("--from", a->from, "This time or later")->type_name("TIME");
  sub->add_option("--until", a->until, "Before this time")->type_name("TIME");
  sub->add_option("--begin", a->begin, "The first record to look at")
      ->check(examples::whole_number())
      ->type_name("INDEX");
  sub->add_option("--limit", a->limit, "At most so many")
      ->check(examples::whole_number())
      ->capture_default_str();
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
