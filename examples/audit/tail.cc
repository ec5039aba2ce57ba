#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "tool.h"
#include "whole_number.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

struct TailArguments {
  LogArguments log;
  std::uint64_t count = 10;
  bool json = false;
};

// A text as it can be shown: nothing of a record moves a terminal's cursor or looks like two lines.
std::string shown(const audit::Field& field) {
  const auto* text = std::get_if<std::string>(&field);
  if (text == nullptr) return "(encrypted)";
  const auto plain = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!text->empty() && std::all_of(text->begin(), text->end(), plain)) return *text;
  return nlohmann::json(*text).dump(-1, ' ', /*ensure_ascii=*/true,
                                    nlohmann::json::error_handler_t::replace);
}

std::string line_of(std::uint64_t index, const audit::Record& record, bool open) {
  std::string line = std::to_string(index) + ' ' + audit::format_time(record.time) + ' ' +
                     record.actor.type + ':' + shown(record.actor.id) + ' ' + record.action;
  if (!record.target.type.empty()) line += ' ' + record.target.type + ':' + shown(record.target.id);
  // Nobody said how it ended.
  line += ' ' + std::string(open ? "unknown" : audit::to_string(record.outcome));
  if (record.reason != audit::Field{}) line += ' ' + shown(record.reason);
  return line + '\n';
}

Result<> run(const TailArguments& a) {
  auto reader = open_reader(a.log);
  if (!reader) return reader.error();
  const std::uint64_t size = reader->checkpoint().size;
  const std::uint64_t begin = size - std::min(size, a.count);
  std::set<std::string> closed;
  auto read = reader->read(begin, size, [&](const audit::StoredRecord& stored) -> Result<> {
    if (auto record = audit::parse_record(stored.payload)) closed.insert(record->intent);
    return {};
  });
  if (!read) return read;
  return reader->read(begin, size, [&](const audit::StoredRecord& stored) -> Result<> {
    if (a.json) return print(std::string(stored.payload) + "\n");
    const auto record = audit::parse_record(stored.payload);
    if (!record) return record.error();
    const bool open = record->outcome == audit::Outcome::kIntent && !closed.contains(record->id);
    return print(line_of(stored.index, *record, open));
  });
}

}  // namespace

void define_tail(Tool tool) {
  auto a = std::make_shared<TailArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "tail",
      "Write the last records that a checkpoint covers, one a line. An intent that nothing closed\n"
      "shows as unknown");
  add_log(tool, *sub, a->log);
  sub->add_option("-n", a->count, "How many")
      ->check(examples::whole_number())
      ->capture_default_str()
      ->type_name("N");
  sub->add_flag("--json", a->json, "The records as they are stored");
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
