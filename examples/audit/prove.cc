#include "coefficient/audit/proof.h"

#include <optional>
#include <utility>
#include <vector>

#include "coefficient/audit/witness.h"
#include "tool.h"
#include "whole_number.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

struct ProveArguments {
  LogArguments log;
  std::optional<std::uint64_t> index;
  std::optional<std::uint64_t> since;
};

// The chain of keys goes along: with it the root key alone is enough to check the proof. It needs
// no protection, each key having signed for the next.
Result<> prove_record(audit::LogReader& reader, std::uint64_t index) {
  Result<std::vector<audit::Hash>> path =
      audit::prove_inclusion(reader.tree(), index, reader.checkpoint().size);
  if (!path) return path.error();
  const std::string& chain = reader.keys().text();
  const auto bytes = std::as_bytes(std::span<const char>(chain));
  audit::LogProof proof{index, std::move(*path), reader.note(), {bytes.begin(), bytes.end()}};
  Result<std::string> text = audit::format_proof(proof);
  if (!text) return text.error();
  return print(*text);
}

Result<> prove_growth(const audit::LogReader& reader, std::uint64_t size) {
  std::vector<audit::Hash> path;
  if (size != 0) {
    Result<std::vector<audit::Hash>> made =
        audit::prove_consistency(reader.tree(), size, reader.checkpoint().size);
    if (!made) return made.error();
    path = std::move(*made);
  }
  Result<std::string> body = audit::add_checkpoint_body(size, path, reader.note());
  if (!body) return body.error();
  return print(*body);
}

Result<> run(const ProveArguments& a) {
  Result<audit::LogReader> reader = open_reader(a.log);
  if (!reader) return reader.error();
  if (a.since) return prove_growth(*reader, *a.since);
  return prove_record(*reader, *a.index);
}

}  // namespace

void define_prove(Tool tool) {
  auto a = std::make_shared<ProveArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "prove",
      "Write a proof that a record is in the log (C2SP tlog-proof), or that the log still has\n"
      "what it had at an earlier size (the body of a witness's add-checkpoint)");
  add_log(tool, *sub, a->log);
  CLI::Option_group* what = sub->add_option_group("what");
  what->add_option("INDEX", a->index, "Of the record: its seq")->check(examples::whole_number());
  what->add_option("--since", a->since, "The earlier size")
      ->check(examples::whole_number())
      ->type_name("SIZE");
  what->require_option(1);
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<> done = run(*a);
      return done ? int{kDone} : refuse(done.error());
    };
  });
}

}  // namespace audit_tool
