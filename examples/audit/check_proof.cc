#include <utility>

#include "coefficient/audit/proof.h"
#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Result;

namespace {

struct CheckArguments {
  std::string root_key;
  std::string proof;
  std::string record;
};

Result<> run(const CheckArguments& a) {
  Result<std::string> text = read_file(a.proof);
  if (!text) return text.error();
  Result<audit::LogProof> proof = audit::parse_proof(*text);
  if (!proof) return proof.error();
  Result<std::string> record = read_file(a.record);
  if (!record) return record.error();
  if (record->ends_with('\n')) record->pop_back();  // a record has none
  Result<audit::NoteVerifier> root = audit::NoteVerifier::parse(a.root_key);
  if (!root) return root.error();
  const std::string chain(reinterpret_cast<const char*>(proof->extra.data()), proof->extra.size());
  Result<audit::KeyChain> keys = audit::KeyChain::parse(std::move(*root), chain);
  if (!keys) return keys.error();
  Result<audit::Hash> leaf = audit::leaf_hash(std::as_bytes(std::span<const char>(*record)));
  if (!leaf) return leaf.error();
  Result<audit::Checkpoint> checkpoint = audit::verify_proof(*proof, *leaf, *keys);
  if (!checkpoint) return checkpoint.error();
  return print("record " + std::to_string(proof->index) + " is in " + checkpoint->origin +
               ", by its checkpoint of " + std::to_string(checkpoint->size) + " records\n");
}

}  // namespace

void define_check_proof(Tool tool) {
  auto a = std::make_shared<CheckArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "check-proof", "Check a proof by prove, without the records: that one is in the log");
  sub->add_option("PROOF", a->proof, "The proof's file; - is standard input")->required();
  sub->add_option("RECORD", a->record, "The record's file: the line as the log has it")->required();
  sub->add_option("--root-key", a->root_key,
                  "The log's first verifier key, as it was noted down elsewhere; default: the one\n"
                  "in DIR. With it DIR is not looked at")
      ->type_name("VKEY");
  sub->callback([tool, a] {
    tool.command = [tool, a] {
      if (a->root_key.empty()) {
        Result<std::string> own = read_file(tool.directory + "/root.vkey");
        if (!own) return refuse(own.error());
        a->root_key = own->substr(0, own->find('\n'));
      }
      const Result<> done = run(*a);
      // A proof that does not hold is an answer, not a mistake in asking.
      return done ? int{kDone} : fail(kRefused, done.error().message);
    };
  });
}

}  // namespace audit_tool
