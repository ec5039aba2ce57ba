#include "coefficient/audit/witness.h"

#include <optional>
#include <utility>

#include "audit/decimal.h"
#include "audit/hash_lines.h"
#include "audit/note_key.h"
#include "coefficient/audit/checkpoint.h"
#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kMaxWitnessHashes = 63;

Error witness_error(ErrorCode code, const std::string& what) {
  return Error{code, "the witness " + what};
}

// The answer of status 409: the size that the witness knows, and a line feed.
std::optional<std::uint64_t> conflicting_size(const WitnessAnswer& answer) {
  if (answer.status != 409 || !answer.body.ends_with('\n')) return std::nullopt;
  return parse_decimal(std::string_view(answer.body).substr(0, answer.body.size() - 1));
}

Error refused(int status) {
  if (status == 422)
    return witness_error(ErrorCode::kFailedPrecondition, "finds the checkpoint inconsistent");
  if (status == 403 || status == 404)
    return witness_error(ErrorCode::kPermissionDenied, "does not know the log or its key");
  return witness_error(ErrorCode::kUnavailable, "answered " + std::to_string(status));
}

}  // namespace

Result<std::string> add_checkpoint_body(std::uint64_t old_size, std::span<const Hash> proof,
                                        std::string_view checkpoint) {
  if (proof.size() > kMaxWitnessHashes || (old_size == 0 && !proof.empty()))
    return Error{ErrorCode::kInvalidArgument, "no such consistency proof is sent to a witness"};
  std::string body = "old " + std::to_string(old_size) + "\n";
  append_hash_lines(proof, body);
  body += "\n";
  body += checkpoint;
  return body;
}

Result<std::string> add_cosignature(std::string_view checkpoint, std::string_view answer,
                                    const NoteVerifier& witness) {
  Result<Note> before = parse_note(checkpoint);
  if (!before) return before.error();
  if (checkpoint.size() > kMaxNoteBytes || answer.size() > kMaxNoteBytes - checkpoint.size())
    return Error{ErrorCode::kResourceExhausted, "the witness answered too much"};
  const std::string both = before->text + "\n" + std::string(answer);
  Result<Note> after = parse_note(both);
  if (!after) return after.error();
  if (after->text != before->text)
    return Error{ErrorCode::kInvalidArgument, "the witness answered no signature lines"};
  if (Result<OpenedNote> opened = open_note(both, {&witness, 1}); !opened) return opened.error();
  std::string note(checkpoint);
  for (const NoteSignature& signature : after->signatures) {
    if (signature.name != witness.name() || signature.key_id != witness.key_id()) continue;
    std::vector<std::byte> bytes(4);
    for (std::size_t i = 0; i < 4; ++i)
      bytes[i] = static_cast<std::byte>(signature.key_id >> (24 - 8 * i));
    bytes.insert(bytes.end(), signature.bytes.begin(), signature.bytes.end());
    note += std::string(kSignaturePrefix) + signature.name + " " + base64_encode(bytes) + "\n";
    break;  // the first, which is the one that open_note() verified
  }
  return note;
}

WitnessAnchor::WitnessAnchor(NoteVerifier witness, const HashSource& source, Send send,
                             std::uint64_t old_size)
    : witness_(std::move(witness)), source_(&source), send_(std::move(send)), old_size_(old_size) {}

Result<WitnessAnswer> WitnessAnchor::ask(std::uint64_t size, std::string_view checkpoint) {
  if (old_size_ > size)
    return witness_error(ErrorCode::kFailedPrecondition, "has signed a larger tree");
  std::vector<Hash> proof;
  if (old_size_ != 0) {
    Result<std::vector<Hash>> made = prove_consistency(*source_, old_size_, size);
    if (!made) return made.error();
    proof = std::move(*made);
  }
  Result<std::string> body = add_checkpoint_body(old_size_, proof, checkpoint);
  if (!body) return body.error();
  return send_(*body);
}

Result<> WitnessAnchor::publish(std::string_view checkpoint) {
  Result<Note> note = parse_note(checkpoint);
  if (!note) return note.error();
  Result<Checkpoint> parsed = parse_checkpoint_text(note->text);
  if (!parsed) return parsed.error();
  Result<WitnessAnswer> answer = ask(parsed->size, checkpoint);
  if (!answer) return answer.error();
  if (const std::optional<std::uint64_t> known = conflicting_size(*answer)) {
    old_size_ = *known;
    answer = ask(parsed->size, checkpoint);
    if (!answer) return answer.error();
  }
  if (answer->status != 200) return refused(answer->status);
  Result<std::string> cosigned = add_cosignature(checkpoint, answer->body, witness_);
  if (!cosigned) return cosigned.error();
  cosigned_ = std::move(*cosigned);
  old_size_ = parsed->size;
  return {};
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
