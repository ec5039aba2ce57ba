#include "coefficient/audit/verify.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "audit/checkpoint_file.h"
#include "audit/epoch_keys.h"
#include "audit/own_records.h"
#include "audit/recovery.h"
#include "audit/scan.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kMaxKeyText = 65'536;
constexpr std::size_t kMaxRangesNamed = 16;

// What a record says is its index; nothing if it does not say. The last "seq" of a canonical record
// is its own: behind it there are texts only, in which each '"' has a backslash before it.
std::optional<std::uint64_t> seq_of(std::string_view text) noexcept {
  constexpr std::string_view kSeq = R"(,"seq":)";
  const std::size_t at = text.rfind(kSeq);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t seq = 0;
  const char* const from = text.data() + at + kSeq.size();
  const auto [end, fault] = std::from_chars(from, text.data() + text.size(), seq);
  return fault == std::errc() ? std::optional(seq) : std::nullopt;
}

// Whether a file of the log cannot be read since it is not there, or is something else.
bool is_damage(const Error& error) noexcept {
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kDataLoss;
}

class Verifier {
 public:
  Verifier(const Directory& directory, const VerifyOptions& options)
      : directory_(directory), options_(options) {}

  Result<VerifyReport> verify() {
    // As a writer writes them backwards: checkpoints before the keys that signed them, and before
    // the records that they cover.
    if (auto opened = open_notes(); !opened) return opened.error();
    if (auto read = read_keys(); !read) return read.error();
    if (options_.expected_min_checkpoint)
      vouched_.add(*options_.expected_min_checkpoint, "the expected checkpoint");
    bool fits = confirm(Frontier());
    auto scan = scan_log(
        directory_,
        [&](const ScannedLeaf& leaf) {
          see(leaf);
          fits = fits && confirm(leaf.tree);
          return !vouched_.failed() && !failure_;
        },
        options_.progress);
    if (failure_) return *failure_;
    if (vouched_.failed()) return Error{ErrorCode::kInternal, "SHA-256 failed"};
    if (!scan) return scan.error();
    if (auto done = conclude(*scan); !done) return done.error();
    return std::move(report_);
  }

  /// Returns whether a writer may have pruned, and signed for it, after the checkpoints were read.
  [[nodiscard]] bool pruned_meanwhile() const noexcept { return pruned_meanwhile_; }

 private:
  void add(Damage damage) {
    if (report_.damages.size() < VerifyReport::kMaxDamages)
      report_.damages.push_back(std::move(damage));
  }

  // Returns a file's bytes. What is missing of a log, or is no regular file, is damage, and
  // `otherwise` stands for it.
  Result<std::string> read_file(const char* name, std::size_t limit, const std::string& otherwise) {
    auto text = directory_.read(name, 0, limit);
    if (text || !is_damage(text.error())) return text;
    add({DamageKind::kCorrupt, 0, 1, std::string(name) + " is missing, or no file of a log"});
    return otherwise;
  }

  Result<> read_keys() {
    auto text = read_file(kRootKeyFile, kMaxKeyText, options_.root_key);
    if (!text) return text.error();
    report_.root_key = text->substr(0, text->find('\n'));
    if (report_.root_key.empty())
      return Error{ErrorCode::kNotFound,
                   directory_.path() + ": has no root key, and none was given"};
    if (!options_.root_key.empty() && options_.root_key != report_.root_key)
      return Error{ErrorCode::kUnauthenticated, directory_.path() + ": has another root key"};
    auto root = NoteVerifier::parse(report_.root_key);
    if (!root) return root.error();
    report_.origin = root->name();
    auto chain_text = read_file(kKeyChainFile, kMaxKeyChainBytes, "");
    if (!chain_text) return chain_text.error();
    auto chain = KeyChain::parse(*root, *chain_text);
    if (!chain) {
      add({DamageKind::kCorrupt, 0, 1,
           "its chain of keys is not genuine: " + chain.error().message});
      chain = KeyChain(*std::move(root));
    }
    vouched_.add(*chain);
    chain_.emplace(*std::move(chain));
    return {};
  }

  Result<> open_notes() {
    auto opened = CheckpointReader::open(directory_);
    if (!opened && !is_damage(opened.error())) return opened.error();
    if (opened) notes_.emplace(*std::move(opened));
    return {};
  }

  // Returns the next genuine checkpoint; nothing at the end, or if the reading failed.
  std::optional<Checkpoint> next_checkpoint() {
    while (notes_) {
      const auto note = notes_->next();
      if (!note && note.error().code == ErrorCode::kDataLoss) {
        add({DamageKind::kCorrupt, 0, 1, note.error().message});
      } else if (!note) {
        failure_ = note.error();
      }
      if (!note || !*note) {
        if (note) report_.torn_checkpoint_bytes = notes_->rest();
        notes_.reset();
        break;
      }
      ++read_notes_;
      auto checkpoint = chain_->open_checkpoint(**note);
      if (checkpoint) {
        ++report_.checkpoints;
        return *std::move(checkpoint);
      }
      add({DamageKind::kCorrupt, 0, 1,
           "checkpoint number " + std::to_string(read_notes_) +
               " is not genuine: " + checkpoint.error().message});
    }
    return std::nullopt;
  }

  // Compares the tree with all that speaks of its size. The checkpoints come from the file as the
  // tree grows, so that one of them is in memory and not all.
  bool confirm(const Frontier& tree) {
    while (noted_size_ <= tree.size()) {
      const auto checkpoint = next_checkpoint();
      noted_size_ = checkpoint ? checkpoint->size : ~std::uint64_t{0};
      if (!checkpoint) break;
      const std::string name = "checkpoint number " + std::to_string(read_notes_);
      if (noted_size_ < tree.size()) {
        add({DamageKind::kCorrupt, noted_size_, noted_size_ + 1,
             name + " is of fewer records than one before it"});
      } else {
        vouched_.add({checkpoint->size, checkpoint->root}, name);
      }
    }
    return vouched_.check(tree);
  }

  // What no tree was compared with, since there was none of its size: signatures, and the largest.
  void read_rest(std::uint64_t size) {
    std::optional<Checkpoint> largest;
    std::string name;
    while (auto checkpoint = next_checkpoint()) {
      if (checkpoint->size <= (largest ? largest->size : size)) continue;
      name = "checkpoint number " + std::to_string(read_notes_);
      largest = std::move(checkpoint);
    }
    if (largest) vouched_.add({largest->size, largest->root}, std::move(name));
  }

  void see(const ScannedLeaf& leaf) {
    if (leaf.payload.empty()) return;  // pruned
    const std::string_view text = leaf.text();
    intents_.see(text);
    if (const auto seq = seq_of(text); seq && *seq != leaf.index)
      add({DamageKind::kCorrupt, leaf.index, leaf.index + 1,
           "the record says that it is number " + std::to_string(*seq)});
    own_.see(leaf.index, text);
    if (!options_.parse_records) return;
    if (const auto record = parse_record(text); !record)
      add({DamageKind::kCorrupt, leaf.index, leaf.index + 1, record.error().message});
  }

  Result<> conclude(ScanResult& scan) {
    read_rest(scan.tree.size());
    if (failure_) return *failure_;
    if (read_notes_ == 0) add({DamageKind::kTruncated, 0, 1, "there is no checkpoint"});
    const auto root = scan.tree.root();
    if (!root) return root.error();
    report_.root = *root;
    report_.records = scan.tree.size();
    report_.first_kept = scan.first_kept;
    report_.segments = scan.files.size();
    report_.confirmed = vouched_.confirmed();
    report_.open_intents = intents_.open().size();
    if (scan.tail == TailKind::kTorn) report_.torn_bytes = scan.tail_bytes;
    auto wrong = vouched_.result(scan.tree);
    auto removed = unrecorded_pruning(scan.first_kept, own_.pruned(report_.confirmed));
    if (removed && (scan.damage || wrong)) {
      // What is on record of it may lie behind the damage: that accuses nobody of having pruned.
      report_.limits.push_back("Whether the records before record " +
                               std::to_string(removed->end_index) +
                               " were pruned by the log itself was not found out: behind the "
                               "damage nothing that is on record of it counts.");
      removed.reset();
    }
    pruned_meanwhile_ = removed && own_.pruned_since(report_.confirmed);
    if (scan.damage) add(vouched_.without_confirmed(*std::move(scan.damage)));
    if (wrong) add(*std::move(wrong));
    if (removed) add(*std::move(removed));
    std::ranges::stable_sort(report_.damages, {}, &Damage::first_index);
    say_limits();
    return {};
  }

  void say_limits() {
    const auto say = [this](std::string text) { report_.limits.push_back(std::move(text)); };
    if (options_.root_key.empty())
      say("The root key was taken from the directory itself: who can write there can have made "
          "all of it. Compare the root key with one that was noted down elsewhere.");
    if (report_.records > report_.confirmed)
      say("No checkpoint covers the last " + std::to_string(report_.records - report_.confirmed) +
          " records: who can write the directory can have changed, added or removed some.");
    const auto doubtful = own_.unconfirmed(report_.confirmed);
    const std::size_t named = std::min(doubtful.size(), kMaxRangesNamed);
    for (const auto& range : std::span(doubtful).first(named))
      say("Records " + std::to_string(range.begin) + " to " + std::to_string(range.end - 1) +
          " were signed after an opening that found them without a checkpoint: until then, who can "
          "write the directory can have changed, added or removed some.");
    if (doubtful.size() > named)
      say("The same is true of " + std::to_string(doubtful.size() - named) + " later ranges.");
    if (!options_.expected_min_checkpoint)
      say("No checkpoint from outside was compared: who can write the directory can have removed "
          "the last checkpoints together with the records behind those that are left.");
    else if (options_.expected_min_checkpoint->size < report_.records)
      say("Behind record " + std::to_string(options_.expected_min_checkpoint->size) +
          ", to which the expected checkpoint reaches, the last checkpoints can have been removed "
          "together with their records.");
    say("Who had the signing key in office can have signed other records since that key's epoch "
        "began at record " +
        std::to_string(chain_->epochs().back().first_size) + ", but for those that an anchor has.");
  }

  const Directory& directory_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::optional<KeyChain> chain_;
  Vouched vouched_;
  OpenIntents intents_;
  std::optional<CheckpointReader> notes_;
  std::uint64_t read_notes_ = 0;
  OwnRecords own_;
  bool pruned_meanwhile_ = false;
  std::uint64_t noted_size_ = 0;  // of the last that confirm() took
  std::optional<Error> failure_;  // of reading the checkpoints
};

}  // namespace

Result<VerifyReport> verify_log(const std::string& directory, const VerifyOptions& options) {
  auto opened = Directory::open(directory, system_file_calls());
  if (!opened) return opened.error();
  Verifier first(*opened, options);
  auto report = first.verify();
  if (!first.pruned_meanwhile()) return report;
  // Of a log that is written to, the checkpoints may be older than the pruning: the newer ones say.
  return Verifier(*opened, options).verify();
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
