#include "coefficient/audit/key_chain.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "audit/decimal.h"
#include "audit/lines.h"
#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::string_view kHeader = "coefficient-audit-epoch-v1";
constexpr int kEntryLines = 8;  // six of text, an empty one, a signature

Error malformed(std::uint64_t number, const char* what) {
  return Error{ErrorCode::kInvalidArgument,
               "key chain: entry " + std::to_string(number) + ": " + what};
}

std::string entry_text(const std::string& origin, const Epoch& epoch) {
  return std::string(kHeader) + "\n" + origin + "\n" + std::to_string(epoch.number) + "\n" +
         epoch.key.text() + "\n" + std::to_string(epoch.first_size) + "\n" +
         base64_encode(epoch.first_root) + "\n";
}

// Reads the text of an entry whose signature was verified.
Result<Epoch> read_entry(std::string_view text, const std::string& origin, const Epoch& before) {
  const std::uint64_t number = before.number + 1;
  if (take_line(text) != kHeader) return malformed(number, "it does not begin as one");
  if (take_line(text) != origin)
    return Error{ErrorCode::kUnauthenticated, "key chain: an entry is of another log"};
  if (take_line(text) != std::to_string(number))
    return malformed(number, "it does not follow the one before");
  const std::optional<std::string_view> key_line = take_line(text);
  Result<NoteVerifier> key = NoteVerifier::parse(key_line.value_or(""));
  if (!key || key->name() != origin || key->algorithm() != NoteAlgorithm::kEd25519)
    return malformed(number, "its key is no key of this log");
  const std::optional<std::uint64_t> size = parse_decimal(take_line(text).value_or(""));
  if (!size || *size < before.first_size) return malformed(number, "its tree is smaller or none");
  Epoch epoch{number, std::move(*key), *size, {}};
  if (!base64_decode_exact(take_line(text).value_or(""), epoch.first_root) || !text.empty())
    return malformed(number, "its root is no hash, or more follows");
  if (*size == before.first_size && epoch.first_root != before.first_root)
    return malformed(number, "its tree has another root than that of the entry before");
  return epoch;
}

// The entry that `text` begins with: kEntryLines lines.
std::optional<std::string_view> take_entry(std::string_view& text) noexcept {
  std::string_view rest = text;
  for (int i = 0; i < kEntryLines; ++i)
    if (!take_line(rest)) return std::nullopt;
  const std::string_view entry = text.substr(0, text.size() - rest.size());
  text = rest;
  return entry;
}

}  // namespace

KeyChain::KeyChain(NoteVerifier root) {
  epochs_.push_back(Epoch{0, std::move(root), 0, empty_root()});
}

Result<KeyChain> KeyChain::parse(NoteVerifier root, std::string_view text) {
  if (text.size() > kMaxKeyChainBytes)
    return Error{ErrorCode::kResourceExhausted, "the key chain is over 4 MiB"};
  KeyChain chain(std::move(root));
  while (!text.empty()) {
    const std::optional<std::string_view> entry = take_entry(text);
    if (!entry) return malformed(chain.epochs_.back().number + 1, "it has not 8 lines");
    if (Result<> added = chain.append(*entry); !added) return added.error();
  }
  return chain;
}

Result<std::string> KeyChain::hand_over(const NoteSigner& from, const NoteVerifier& to,
                                        std::uint64_t size, const Hash& root) const {
  const Epoch& last = epochs_.back();
  const auto refuse = [](const char* what) { return Error{ErrorCode::kInvalidArgument, what}; };
  if (from.verifier().text() != last.key.text())
    return refuse("only the key in office can name its successor");
  if (to.name() != origin() || to.algorithm() != NoteAlgorithm::kEd25519)
    return refuse("the successor is no key of this log");
  if (size < last.first_size || (size == last.first_size && root != last.first_root))
    return refuse("the tree is not what it was at the last change of keys, or more");
  const NoteSigner* signer = &from;
  return sign_note(entry_text(origin(), Epoch{last.number + 1, to, size, root}), {&signer, 1});
}

Result<> KeyChain::append(std::string_view entry) {
  if (text_.size() + entry.size() > kMaxKeyChainBytes)
    return Error{ErrorCode::kResourceExhausted, "the key chain is over 4 MiB"};
  std::string_view rest = entry;
  if (!take_entry(rest) || !rest.empty())
    return malformed(epochs_.back().number + 1, "it has not 8 lines");
  Result<OpenedNote> opened = open_note(entry, std::span(&epochs_.back().key, 1));
  if (!opened) return opened.error();
  Result<Epoch> epoch = read_entry(opened->text, origin(), epochs_.back());
  if (!epoch) return epoch.error();
  epochs_.push_back(std::move(*epoch));
  text_ += entry;
  return {};
}

Result<Checkpoint> KeyChain::open_checkpoint(std::string_view note) const {
  Result<Note> parsed = parse_note(note);
  if (!parsed) return parsed.error();
  // Of many keys, a year's, those that the note names.
  std::vector<NoteVerifier> keys;
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < epochs_.size(); ++i) {
    const NoteVerifier& key = epochs_[i].key;
    const bool named = std::any_of(parsed->signatures.begin(), parsed->signatures.end(),
                                   [&key](const NoteSignature& s) {
                                     return s.key_id == key.key_id() && s.name == key.name();
                                   });
    if (!named) continue;
    keys.push_back(key);
    numbers.push_back(i);
  }
  Result<OpenedNote> opened = open_note(note, keys);
  if (!opened) return opened.error();
  Result<Checkpoint> checkpoint = parse_checkpoint_text(opened->text);
  if (!checkpoint) return checkpoint;
  if (checkpoint->origin != origin())
    return Error{ErrorCode::kUnauthenticated, "the checkpoint is of another log"};
  const auto disagrees = [&checkpoint](const Epoch& epoch) {
    return checkpoint->size == epoch.first_size && checkpoint->root != epoch.first_root;
  };
  for (const std::size_t signer : opened->keys) {
    const std::size_t number = numbers[signer];
    const Epoch& epoch = epochs_[number];
    const Epoch* next = number + 1 < epochs_.size() ? &epochs_[number + 1] : nullptr;
    if (checkpoint->size < epoch.first_size ||
        (next != nullptr && checkpoint->size > next->first_size))
      return Error{ErrorCode::kUnauthenticated,
                   "the checkpoint is not of the epoch of the key that signed it"};
    if (disagrees(epoch) || (next != nullptr && disagrees(*next)))
      return Error{ErrorCode::kUnauthenticated,
                   "the checkpoint has another root than a change of keys at its size"};
  }
  return checkpoint;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
