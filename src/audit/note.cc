#include "coefficient/audit/note.h"

#include <algorithm>
#include <utility>

#include "audit/note_key.h"
#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

Error malformed(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("not a signed note: ") + what};
}

Error too_much(const char* what) {
  return Error{ErrorCode::kResourceExhausted, what};
}

// `line` without its line feed.
Result<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix))
    return malformed("a signature line begins with an em dash and a space");
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space)))
    return malformed("a signature line has no key name");
  Result<std::vector<std::byte>> bytes = base64_decode(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return malformed("a signature is not base64 of 5 bytes or more");
  NoteSignature signature;
  signature.name = line.substr(0, space);
  for (std::size_t i = 0; i < 4; ++i)
    signature.key_id = (signature.key_id << 8U) | std::to_integer<std::uint32_t>((*bytes)[i]);
  signature.bytes.assign(bytes->begin() + 4, bytes->end());
  return signature;
}

}  // namespace

Result<std::string> sign_note(std::string_view text, std::span<const NoteSigner* const> signers) {
  if (signers.empty()) return malformed("nobody signs it");
  if (!text.ends_with('\n') || !is_note_text(text, true))
    return malformed("its text is UTF-8 without control characters and ends in a line feed");
  if (signers.size() > kMaxNoteSignatures) return too_much("a note has at most 100 signatures");
  std::string note(text);
  note += '\n';
  for (const NoteSigner* signer : signers) {
    Result<std::string> line = signer->signature_line(text);
    if (!line) return line;
    note += *line;
  }
  if (note.size() > kMaxNoteBytes) return too_much("a note has at most 1,000,000 bytes");
  return note;
}

Result<Note> parse_note(std::string_view note) {
  if (note.size() > kMaxNoteBytes) return too_much("a note has at most 1,000,000 bytes");
  if (!is_note_text(note, true)) return malformed("it is not UTF-8 without control characters");
  const std::size_t gap = note.rfind("\n\n");
  if (gap == std::string_view::npos) return malformed("it has no empty line");
  Note parsed;
  parsed.text = note.substr(0, gap + 1);
  std::string_view rest = note.substr(gap + 2);
  if (!rest.ends_with('\n')) return malformed("its last line is not a whole signature line");
  while (!rest.empty()) {
    if (parsed.signatures.size() == kMaxNoteSignatures)
      return too_much("a note has at most 100 signatures");
    const std::size_t end = rest.find('\n');
    Result<NoteSignature> signature = parse_signature(rest.substr(0, end));
    if (!signature) return signature.error();
    parsed.signatures.push_back(std::move(*signature));
    rest.remove_prefix(end + 1);
  }
  return parsed;
}

Result<OpenedNote> open_note(std::string_view note, std::span<const NoteVerifier> verifiers) {
  Result<Note> parsed = parse_note(note);
  if (!parsed) return parsed.error();
  OpenedNote opened;
  for (const NoteSignature& signature : parsed->signatures) {
    const auto known =
        std::find_if(verifiers.begin(), verifiers.end(), [&signature](const NoteVerifier& v) {
          return v.key_id() == signature.key_id && v.name() == signature.name;
        });
    if (known == verifiers.end()) continue;
    const auto key = static_cast<std::size_t>(known - verifiers.begin());
    if (std::find(opened.keys.begin(), opened.keys.end(), key) != opened.keys.end()) continue;
    if (!known->verify(parsed->text, signature.bytes))
      return Error{ErrorCode::kUnauthenticated,
                   "the signature of " + signature.name + " does not verify"};
    opened.keys.push_back(key);
  }
  if (opened.keys.empty())
    return Error{ErrorCode::kUnauthenticated, "no known key signed the note"};
  opened.text = std::move(parsed->text);
  return opened;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
