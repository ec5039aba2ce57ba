// audit_verify: checks an audit log, a checkpoint or a proof without the code that wrote it: what
// reads segments and computes the tree is this program's own. Says what it checked, how far that
// goes, and what somebody could have done all the same. See docs/audit-proofs.md.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "coefficient/audit/checkpoint.h"
#include "coefficient/audit/key_chain.h"
#include "coefficient/audit/proof.h"
#include "directory.h"
#include "notes.h"

namespace audit_verify {
namespace {

namespace audit = coefficient::audit;

enum ExitCode { kIntact = 0, kNotIntact = 1, kUsage = 2 };

constexpr std::uint64_t kMaxFile = std::uint64_t{1} << 30;

struct Arguments {
  std::string directory;
  std::string root_key;
  std::string anchor;
  std::string checkpoint;
  std::string proof;
  std::string record;
  std::string keys;
};

int usage(const std::string& what) {
  std::cerr << "audit_verify: " << what << '\n';
  return kUsage;
}

int broken(const std::string& what) {
  std::cout << "NOT INTACT: " << what << '\n';
  return kNotIntact;
}

void say(const std::string& line) {
  std::cout << line << '\n';
}

std::string plural(std::uint64_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

std::string without_line_feed(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

/// What the log's tree must be at some sizes, by signatures of its keys.
class Expected {
 public:
  // False if two signed statements contradict each other.
  bool add(std::uint64_t size, const audit::Hash& root) {
    return roots_.emplace(size, root).first->second == root;
  }
  void see(Tree& tree) {
    const auto found = roots_.find(tree.size());
    if (found == roots_.end()) return;
    if (tree.root() == found->second) {
      confirmed_ = tree.size();
    } else if (!wrong_) {
      wrong_ = tree.size();
    }
  }
  [[nodiscard]] std::uint64_t largest() const {
    return roots_.empty() ? 0 : roots_.rbegin()->first;
  }
  [[nodiscard]] std::uint64_t confirmed() const { return confirmed_; }
  [[nodiscard]] std::optional<std::uint64_t> wrong() const { return wrong_; }

 private:
  std::map<std::uint64_t, audit::Hash> roots_;
  std::uint64_t confirmed_ = 0;
  std::optional<std::uint64_t> wrong_;
};

/// One run over a directory.
class DirectoryCheck {
 public:
  explicit DirectoryCheck(const Arguments& arguments) : a_(arguments) {}

  int run(bool may_retry = true) {
    // As a writer writes them backwards: checkpoints before the keys that signed them.
    Notes notes;
    if (!is_plain_file(a_.directory + "/checkpoints") || !notes.open(a_.directory + "/checkpoints"))
      return unreadable("checkpoints");
    if (!read_keys() || !read_checkpoints(notes) || !read_anchor()) return status_;
    const SegmentsRead read =
        read_segments(a_.directory, [this](Tree& tree) { expected_.see(tree); });
    if (expected_.wrong())
      return broken("records before " + std::to_string(*expected_.wrong()) +
                    " are not those that were signed");
    if (read.records < expected_.largest())
      return broken("the first " + plural(read.records, "record") + " can be read, and " +
                    std::to_string(expected_.largest()) + " were signed" +
                    (read.fault.empty() ? "" : ": " + read.fault));
    if (!read.fault.empty()) return broken(read.fault);
    if (read.first_kept > pruned_by_record(read)) {
      // The checkpoints may be older than the pruning: a writer signs for it before it removes.
      if (may_retry && !read.prunings.empty() &&
          read.prunings.back().index >= expected_.confirmed())
        return DirectoryCheck(a_).run(false);
      return broken("records before " + std::to_string(read.first_kept) +
                    " were removed, and no record that was signed says so");
    }
    report(read);
    return kIntact;
  }

 private:
  bool stop(int status) {
    status_ = status;
    return false;
  }
  // What is missing of a log is not intact; a log that is not there, or may not be read, is another
  // matter.
  [[nodiscard]] int unreadable(const std::string& name) const {
    std::error_code error;
    if (std::filesystem::is_directory(a_.directory, error) &&
        !is_plain_file(a_.directory + "/" + name))
      return broken(name + " is missing, or is no regular file");
    return usage(a_.directory + ": there is no log, or it cannot be read");
  }
  bool read_own(const std::string& name, std::uint64_t limit, std::string& out) {
    const std::string path = a_.directory + "/" + name;
    return (is_plain_file(path) && read_whole(path, limit, out)) || stop(unreadable(name));
  }
  bool read_keys() {
    std::string own;
    std::string chain;
    if (!read_own("root.vkey", 4096, own) || !read_own("keys", audit::kMaxKeyChainBytes, chain))
      return false;
    own = without_line_feed(own);
    if (!a_.root_key.empty() && own != a_.root_key)
      return stop(broken("the log has another root key than the one given"));
    auto root = audit::NoteVerifier::parse(own);
    if (!root) return stop(broken(root.error().message));
    auto keys = audit::KeyChain::parse(*root, chain);
    if (!keys) return stop(broken(keys.error().message));
    for (const audit::Epoch& epoch : keys->epochs())
      if (!expected_.add(epoch.first_size, epoch.first_root))
        return stop(broken("two changes of keys contradict each other"));
    keys_ = std::move(*keys);
    return true;
  }
  bool read_checkpoints(Notes& notes) {
    std::uint64_t largest = 0;
    while (const auto note = notes.next()) {
      const auto checkpoint = keys_->open_checkpoint(*note);
      if (!checkpoint) return stop(broken(checkpoint.error().message));
      if (!expected_.add(checkpoint->size, checkpoint->root))
        return stop(broken("two signed checkpoints contradict each other"));
      if (checkpoint->size < largest)
        return stop(broken("a checkpoint is of fewer records than one before it"));
      largest = checkpoint->size;
      ++checkpoints_;
    }
    if (checkpoints_ == 0) return stop(broken("there is no checkpoint"));
    unfinished_checkpoint_ = notes.rest_bytes();
    if (notes.failed() || !notes.rest_is_begun(keys_->origin()))
      return stop(broken("the file of checkpoints holds what is none"));
    return true;
  }
  bool read_anchor() {
    if (a_.anchor.empty()) return true;
    std::string note;
    if (!read_whole(a_.anchor, audit::kMaxNoteBytes, note))
      return stop(usage(a_.anchor + ": cannot be read"));
    const auto checkpoint = keys_->open_checkpoint(note);
    if (!checkpoint) return stop(broken("the anchor: " + checkpoint.error().message));
    if (!expected_.add(checkpoint->size, checkpoint->root))
      return stop(broken("the log was rewritten: the anchor has another root"));
    anchored_ = checkpoint->size;
    return true;
  }

  // What the writer signed although it had found it without a checkpoint, the last first. What
  // stands in one of these, another recovery too, is not the writer's word.
  [[nodiscard]] std::vector<Recovery> doubtful(const SegmentsRead& read) const {
    std::vector<Recovery> out;
    std::uint64_t before = expected_.confirmed();
    for (auto it = read.recoveries.rbegin(); it != read.recoveries.rend(); ++it) {
      if (it->index >= before) continue;
      out.push_back(*it);
      before = it->begin;
    }
    return out;
  }
  // Below which index records may be missing, by what was signed of the log's own records.
  [[nodiscard]] std::uint64_t pruned_by_record(const SegmentsRead& read) const {
    const std::vector<Recovery> ranges = doubtful(read);
    auto range = ranges.rbegin();
    std::uint64_t first_kept = 0;
    for (const Pruning& pruning : read.prunings) {
      while (range != ranges.rend() && range->index <= pruning.index) ++range;
      const bool in_doubt = range != ranges.rend() && range->begin <= pruning.index;
      if (pruning.index < expected_.confirmed() && !in_doubt)
        first_kept = std::max(first_kept, pruning.first_kept);
    }
    return first_kept;
  }

  void report(const SegmentsRead& read) const {
    const std::uint64_t confirmed = expected_.confirmed();
    say("intact: " + keys_->origin());
    say("root key " + keys_->epochs().front().key.text());
    say("checked: " + plural(read.records, "record") + " in " + plural(read.files, "file") +
        ": checksum, place and Merkle tree of each");
    say("checked: " + plural(checkpoints_, "checkpoint") + " and " +
        plural(keys_->epochs().size() - 1, "change") +
        " of keys: signature, and root against the records");
    say("signed: the first " + plural(confirmed, "record"));
    if (anchored_) say("anchored: the first " + plural(*anchored_, "record"));
    say("what somebody could have done all the same:");
    if (a_.root_key.empty())
      say("- anything: no root key was given, and the log's own may be of their making");
    const std::uint64_t fixed = anchored_.value_or(0);
    const std::uint64_t epoch = keys_->epochs().back().first_size;
    say("- with the log's present private key: rewritten records from " +
        std::to_string(std::max(fixed, epoch)) + " on");
    say("- without any key: removed records from " + std::to_string(fixed) +
        " on, back to any checkpoint signed since" + (anchored_ ? "" : ": no anchor was given"));
    if (read.records > confirmed)
      say("- without any key: changed or removed the last " +
          plural(read.records - confirmed, "record") + ", which no checkpoint covers yet");
    if (const auto ranges = doubtful(read); !ranges.empty())
      say("- without any key: changed or removed records in " + plural(ranges.size(), "range") +
          " that had no checkpoint when the log was opened, up to "
          "record " +
          std::to_string(ranges.front().index - 1) + ", until they were signed then");
    if (read.first_kept > 0)
      say("- nothing of what the " + plural(read.first_kept, "pruned record") +
          " said can be seen here; their hashes are those that were signed");
    if (read.unfinished_bytes > 0)
      say("- an unfinished record of " + plural(read.unfinished_bytes, "byte") +
          " at the end is an interrupted write, or was made to look like one");
    if (unfinished_checkpoint_ > 0)
      say("- an unfinished checkpoint of " + plural(unfinished_checkpoint_, "byte") +
          " at the end is an interrupted write, or was made to look like one");
    say("- the writer itself may have recorded what is not true, or left something out");
  }

  const Arguments& a_;
  std::optional<audit::KeyChain> keys_;
  Expected expected_;
  std::uint64_t checkpoints_ = 0;
  std::uint64_t unfinished_checkpoint_ = 0;  // bytes of it
  std::optional<std::uint64_t> anchored_;
  int status_ = kIntact;
};

// The chain that begins with the given root key; `text` holds what follows it.
std::optional<audit::KeyChain> chain_of(const Arguments& a, std::string text, int& status) {
  if (a.root_key.empty()) {
    status = usage("--root-key is needed: nothing else says whose log it is");
    return std::nullopt;
  }
  if (!a.keys.empty() && !read_whole(a.keys, audit::kMaxKeyChainBytes, text)) {
    status = usage(a.keys + ": cannot be read");
    return std::nullopt;
  }
  auto root = audit::NoteVerifier::parse(a.root_key);
  if (!root) {
    status = usage(root.error().message);
    return std::nullopt;
  }
  auto chain = audit::KeyChain::parse(*root, text);
  if (!chain) {
    status = broken(chain.error().message);
    return std::nullopt;
  }
  return std::move(*chain);
}

int check_checkpoint(const Arguments& a) {
  std::string note;
  if (!read_whole(a.checkpoint, audit::kMaxNoteBytes, note))
    return usage(a.checkpoint + ": cannot be read");
  int status = kUsage;
  const auto keys = chain_of(a, "", status);
  if (!keys) return status;
  const auto checkpoint = keys->open_checkpoint(note);
  if (!checkpoint) return broken(checkpoint.error().message);
  say("genuine: " + checkpoint->origin + " had " + plural(checkpoint->size, "record"));
  say("checked: the signature, by a key that the root key leads to");
  say("what somebody could have done all the same:");
  say("- this says nothing of the records: check the log's directory, or a proof");
  say("- with that private key: signed another checkpoint of the same size for somebody else");
  return kIntact;
}

int check_proof(const Arguments& a) {
  std::string text;
  std::string record;
  if (!read_whole(a.proof, audit::kMaxProofBytes, text)) return usage(a.proof + ": cannot be read");
  if (!read_whole(a.record, kMaxFile, record)) return usage(a.record + ": cannot be read");
  const auto proof = audit::parse_proof(text);
  if (!proof) return broken(proof.error().message);
  int status = kUsage;
  const std::string chain(reinterpret_cast<const char*>(proof->extra.data()), proof->extra.size());
  const auto keys = chain_of(a, chain, status);
  if (!keys) return status;
  record = without_line_feed(record);
  Tree leaf;
  leaf.append_record(std::as_bytes(std::span<const char>(record)));
  const auto checkpoint = audit::verify_proof(*proof, leaf.root(), *keys);
  if (!leaf.ok()) return usage("OpenSSL failed");
  if (!checkpoint) return broken(checkpoint.error().message);
  say("genuine: the record is number " + std::to_string(proof->index) + " of " +
      checkpoint->origin + ", by its checkpoint of " + plural(checkpoint->size, "record"));
  say("checked: the path to the root, and the checkpoint's signature, by a key that the root key "
      "leads to");
  say("what somebody could have done all the same:");
  say("- with that private key: signed another tree for somebody else, unless a witness cosigned; "
      "a "
      "proof alone does not show whether that has the records from before the key's term");
  say("- the writer itself may have recorded what is not true");
  return kIntact;
}

}  // namespace
}  // namespace audit_verify

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  using namespace audit_verify;
  Arguments a;
  CLI::App app(
      "Checks an audit log's directory, a checkpoint or a proof.\n"
      "Exit status: 0 intact, 1 not intact, 2 usage or environment.",
      "audit_verify");
  CLI::Option* directory = app.add_option("DIR", a.directory, "The log's directory");
  app.add_option("--root-key", a.root_key, "The log's first verifier key, as noted down elsewhere")
      ->type_name("VKEY");
  app.add_option("--anchor", a.anchor, "A checkpoint that was kept elsewhere")
      ->type_name("FILE")
      ->needs(directory);
  CLI::Option* checkpoint = app.add_option("--checkpoint", a.checkpoint, "Check this checkpoint")
                                ->type_name("FILE")
                                ->excludes(directory);
  CLI::Option* record =
      app.add_option("--record", a.record, "The record that --proof is of")->type_name("FILE");
  app.add_option("--proof", a.proof, "Check this proof (C2SP tlog-proof)")
      ->type_name("FILE")
      ->needs(record)
      ->excludes(directory)
      ->excludes(checkpoint);
  app.add_option("--keys", a.keys, "The log's chain of keys, if it is not in the proof")
      ->type_name("FILE")
      ->excludes(directory);
  CLI11_PARSE(app, argc, argv);
  if (!a.proof.empty()) return check_proof(a);
  if (!a.checkpoint.empty()) return check_checkpoint(a);
  if (a.directory.empty()) return usage("a DIR, --checkpoint or --proof is needed; see --help");
  return DirectoryCheck(a).run();
}
