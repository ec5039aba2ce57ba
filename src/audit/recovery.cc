#include "audit/recovery.h"

#include <algorithm>
#include <utility>

#include "audit/checkpoint_file.h"
#include "audit/own_records.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

OpenError damaged(Damage damage) {
  std::string message(to_string(damage.kind));
  message += " log: " + damage.what + " (record " + std::to_string(damage.first_index);
  if (damage.end_index > damage.first_index + 1)
    message += " or a later one before " + std::to_string(damage.end_index);
  message += ")";
  return OpenError{Error{ErrorCode::kDataLoss, std::move(message)}, std::move(damage)};
}

Damage no_checkpoint(std::string what) {
  return Damage{DamageKind::kTruncated, 0, 1, std::move(what)};
}

std::size_t size_of(const Target& target) {
  if (const auto* text = std::get_if<std::string>(&target.id)) return text->size();
  const auto& id = std::get<Encrypted>(target.id);
  return id.kid.size() + id.nonce.size() + id.ct.size() + id.tag.size();
}

}  // namespace

void Vouched::add(const Anchor& anchor, std::string by) {
  anchors_.emplace(anchor.size, std::pair(anchor.root, std::move(by)));
  next_ = anchors_.begin()->first;
}

void Vouched::add(const KeyChain& keys) {
  for (const Epoch& epoch : keys.epochs()) {
    if (epoch.number != 0)
      add({epoch.first_size, epoch.first_root}, "key number " + std::to_string(epoch.number));
  }
}

bool Vouched::check(const Frontier& tree) {
  if (tree.size() < next_ || damage_) return !damage_;
  const auto root = tree.root();
  if (!root) {
    failed_ = true;
    return false;
  }
  const auto [first, last] = anchors_.equal_range(tree.size());
  for (auto it = first; it != last; ++it) {
    if (it->second.first == *root) continue;
    damage_ = Damage{DamageKind::kForked, confirmed_, tree.size(),
                     "its first " + std::to_string(tree.size()) + " records are not those that " +
                         it->second.second + " vouches for"};
    return false;
  }
  if (first != last) confirmed_ = tree.size();
  next_ = last == anchors_.end() ? ~std::uint64_t{0} : last->first;
  anchors_.erase(anchors_.begin(), last);
  return true;
}

std::optional<Damage> Vouched::result(const Frontier& tree) const {
  if (damage_) return damage_;
  if (anchors_.empty() || anchors_.rbegin()->first <= tree.size()) return std::nullopt;
  const auto& [size, vouched] = *anchors_.rbegin();
  return Damage{DamageKind::kTruncated, tree.size(), tree.size() + 1,
                "it has " + std::to_string(tree.size()) + " records, and " + vouched.second +
                    " vouches for " + std::to_string(size)};
}

std::optional<Damage> unrecorded_pruning(std::uint64_t first_kept, std::uint64_t pruned) {
  if (first_kept <= pruned) return std::nullopt;
  return Damage{DamageKind::kCorrupt, pruned, first_kept,
                "records were removed, and no record that a checkpoint covers says so"};
}

Damage Vouched::without_confirmed(Damage damage) const {
  if (damage.kind != DamageKind::kForked || confirmed_ <= damage.first_index) return damage;
  damage.first_index = confirmed_;
  if (confirmed_ < damage.end_index) return damage;
  damage.end_index = confirmed_ + 1;
  damage.kind = DamageKind::kCorrupt;
  damage.what += ", which were signed: its header is damaged";
  return damage;
}

// In canonical JSON these texts stand nowhere but for such members: inside of a string each '"' has
// a backslash before it.
void OpenIntents::see(std::string_view text) {
  const bool intent = text.find(R"("outcome":"intent")") != std::string_view::npos;
  if (!intent && text.find(R"("intent":")") == std::string_view::npos) return;
  auto record = parse_record(text);
  if (!record) return;
  if (!record->intent.empty()) open_.erase(record->intent);
  if (record->outcome == Outcome::kIntent && open_.size() < kMaxOpen) {
    OpenIntent kept{std::move(record->action), {}};
    if (size_of(record->target) <= kMaxTargetBytes) kept.target = std::move(record->target);
    open_.insert_or_assign(std::move(record->id), std::move(kept));
  }
}

Result<Recovered, OpenError> recover(const Directory& directory, const KeyChain& keys,
                                     const std::optional<Anchor>& anchor,
                                     const Progress& progress) {
  Recovered found;
  auto note = read_last_note(directory);
  if (!note && note.error().code == ErrorCode::kNotFound)
    return damaged(no_checkpoint("its file of checkpoints is missing"));
  if (!note && note.error().code == ErrorCode::kDataLoss)
    return damaged({DamageKind::kCorrupt, 0, 1, note.error().message});
  if (!note) return OpenError{note.error(), {}};
  if (note->text.empty()) return damaged(no_checkpoint("it has no checkpoint"));
  found.checkpoint_bytes = note->end;
  found.torn_checkpoint_bytes = note->torn;
  found.last_note = std::move(note->text);
  const auto last = keys.open_checkpoint(found.last_note);
  if (!last)
    return damaged(Damage{DamageKind::kCorrupt, 0, 1,
                          "its last checkpoint is not genuine: " + last.error().message});
  found.checkpoint_size = last->size;

  Vouched vouched;
  vouched.add({last->size, last->root}, "its last checkpoint");
  vouched.add(keys);
  if (anchor) vouched.add(*anchor, "the expected checkpoint");
  OpenIntents intents;
  OwnRecords own;
  bool fits = vouched.check(Frontier());
  auto scan = scan_log(
      directory,
      [&](const ScannedLeaf& leaf) {
        const std::string_view record = leaf.text();
        intents.see(record);
        own.see(leaf.index, record);
        fits = fits && vouched.check(leaf.tree);
        return fits;
      },
      progress);
  if (vouched.failed()) return OpenError{Error{ErrorCode::kInternal, "SHA-256 failed"}, {}};
  if (!scan && fits) return OpenError{scan.error(), {}};
  if (!fits) return damaged(*vouched.result(Frontier()));
  if (scan->damage) return damaged(vouched.without_confirmed(*std::move(scan->damage)));
  if (auto wrong = vouched.result(scan->tree)) return damaged(*std::move(wrong));
  if (scan->files.empty()) return damaged(no_checkpoint("it has no segment"));
  if (auto wrong = unrecorded_pruning(scan->first_kept, own.pruned(vouched.confirmed())))
    return damaged(*std::move(wrong));
  found.scan = *std::move(scan);
  found.confirmed = vouched.confirmed();
  found.holds = own.holds(found.confirmed);
  found.open_intents = intents.open();
  return found;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
