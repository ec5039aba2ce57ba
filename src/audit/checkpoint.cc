#include "coefficient/audit/checkpoint.h"

#include <optional>
#include <utility>

#include "audit/decimal.h"
#include "audit/lines.h"
#include "audit/note_key.h"
#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

Error malformed(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("not a checkpoint: ") + what};
}

}  // namespace

Result<std::string> checkpoint_text(const Checkpoint& checkpoint) {
  if (checkpoint.origin.empty() || !is_note_text(checkpoint.origin, false))
    return malformed("its origin is a line of UTF-8 without control characters");
  std::string text = checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
                     base64_encode(checkpoint.root) + "\n";
  for (const std::string& line : checkpoint.extensions) {
    if (line.empty() || !is_note_text(line, false))
      return malformed("an extension is a line of UTF-8 without control characters");
    text += line + "\n";
  }
  return text;
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  Checkpoint checkpoint;
  if (!is_note_text(text, true)) return malformed("it is not UTF-8 without control characters");
  const std::optional<std::string_view> origin = take_line(text);
  if (!origin || origin->empty()) return malformed("its first line is the origin");
  checkpoint.origin = *origin;
  const std::optional<std::string_view> size = take_line(text);
  const std::optional<std::uint64_t> number = size ? parse_decimal(*size) : std::nullopt;
  if (!number) return malformed("its second line is the size in decimal");
  checkpoint.size = *number;
  const std::optional<std::string_view> root = take_line(text);
  if (!root || !base64_decode_exact(*root, checkpoint.root))
    return malformed("its third line is the root in base64");
  while (!text.empty()) {
    const std::optional<std::string_view> line = take_line(text);
    if (!line || line->empty()) return malformed("a further line is empty or not whole");
    checkpoint.extensions.emplace_back(*line);
  }
  return checkpoint;
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint,
                                    std::span<const NoteSigner* const> signers) {
  Result<std::string> text = checkpoint_text(checkpoint);
  if (!text) return text;
  return sign_note(*text, signers);
}

Result<Checkpoint> open_checkpoint(std::string_view note, std::string_view origin,
                                   std::span<const NoteVerifier> log_keys) {
  std::vector<NoteVerifier> own;
  for (const NoteVerifier& key : log_keys)
    if (key.name() == origin && key.algorithm() == NoteAlgorithm::kEd25519) own.push_back(key);
  Result<OpenedNote> opened = open_note(note, own);
  if (!opened) return opened.error();
  Result<Checkpoint> checkpoint = parse_checkpoint_text(opened->text);
  if (!checkpoint) return checkpoint;
  if (checkpoint->origin != origin)
    return Error{ErrorCode::kUnauthenticated, "the checkpoint is of another log"};
  return checkpoint;
}

Result<std::size_t> count_cosignatures(std::string_view note,
                                       std::span<const NoteVerifier> witnesses) {
  std::vector<NoteVerifier> keys;
  for (const NoteVerifier& key : witnesses)
    if (key.algorithm() == NoteAlgorithm::kCosignature) keys.push_back(key);
  Result<Note> parsed = parse_note(note);
  if (!parsed) return parsed.error();
  if (Result<Checkpoint> checkpoint = parse_checkpoint_text(parsed->text); !checkpoint)
    return checkpoint.error();
  bool any = false;
  for (const NoteSignature& s : parsed->signatures)
    for (const NoteVerifier& key : keys)
      any = any || (s.key_id == key.key_id() && s.name == key.name());
  if (!any) return std::size_t{0};
  Result<OpenedNote> opened = open_note(note, keys);
  if (!opened) return opened.error();
  return opened->keys.size();
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
