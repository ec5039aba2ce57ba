#ifndef COEFFICIENT_AUDIT_NOTE_H_
#define COEFFICIENT_AUDIT_NOTE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/audit/export.h"
#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/version.h"

/// Signed notes (C2SP signed-note, as Go's golang.org/x/mod/sumdb/note reads and writes them): a
/// text, an empty line, and a line for each signature over it. A key is named by whom it belongs
/// to and by an id made of its name, kind and public key.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::size_t kMaxNoteBytes = 1'000'000;  ///< As Go's reader has it.
inline constexpr std::size_t kMaxNoteSignatures = 100;
inline constexpr std::size_t kMaxKeyNameBytes = 1024;

/// How a key signs. The values are the signature type bytes of C2SP signed-note.
enum class NoteAlgorithm : std::uint8_t {
  kEd25519 = 0x01,      ///< Over the text.
  kCosignature = 0x04,  ///< Ed25519 over a time and the text (C2SP tlog-cosignature): a witness.
};

/// A public key, as configuration names it: "<name>+<key id in hex>+<base64 of kind and key>".
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_AUDIT_EXPORT NoteVerifier {
 public:
  /// Errors: kInvalidArgument if `text` is not such a key: a name that is empty, too long, not
  /// UTF-8, or has a blank or '+'; an id that is not the key's; a kind that is not known.
  static Result<NoteVerifier> parse(std::string_view text);
  /// Returns the key of kind kEd25519. Errors: kInvalidArgument on the name or the key.
  static Result<NoteVerifier> ed25519(std::string_view name,
                                      std::span<const std::byte, 32> public_key);

  NoteVerifier(NoteVerifier&&) noexcept;
  NoteVerifier& operator=(NoteVerifier&&) noexcept;
  NoteVerifier(const NoteVerifier&);
  NoteVerifier& operator=(const NoteVerifier&);
  ~NoteVerifier();

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] std::uint32_t key_id() const noexcept;
  [[nodiscard]] NoteAlgorithm algorithm() const noexcept;
  /// Returns the text that parse() reads.
  [[nodiscard]] std::string text() const;
  /// Returns whether `signature`, without the key id, is this key's over `note_text`.
  [[nodiscard]] bool verify(std::string_view note_text, std::span<const std::byte> signature) const;

 private:
  struct State;
  explicit NoteVerifier(std::shared_ptr<const State> state) noexcept;
  std::shared_ptr<const State> state_;
};

/// A private Ed25519 key that signs notes.
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_AUDIT_EXPORT NoteSigner {
 public:
  /// Makes a key from 32 random bytes. Errors: kInvalidArgument on the name (see NoteVerifier),
  /// kInternal if OpenSSL failed.
  static Result<NoteSigner> generate(std::string_view name);
  /// Reads "PRIVATE+KEY+<name>+<key id in hex>+<base64 of 0x01 and the seed>", Go's form. The
  /// caller wipes `text`. Errors: kInvalidArgument, which never quotes the text; kInternal.
  static Result<NoteSigner> parse(std::string_view text);

  NoteSigner(NoteSigner&&) noexcept;
  NoteSigner& operator=(NoteSigner&&) noexcept;
  NoteSigner(const NoteSigner&) = delete;
  NoteSigner& operator=(const NoteSigner&) = delete;
  /// Wipes the key.
  ~NoteSigner();

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] std::uint32_t key_id() const noexcept;
  [[nodiscard]] const NoteVerifier& verifier() const noexcept;
  /// Returns the text that parse() reads.
  [[nodiscard]] SecretBytes private_text() const;
  /// Returns the signature line over `note_text`, its line feed included. Error: kInternal.
  [[nodiscard]] Result<std::string> signature_line(std::string_view note_text) const;

 private:
  struct State;
  explicit NoteSigner(std::unique_ptr<const State> state) noexcept;
  std::unique_ptr<const State> state_;
};

/// One signature line, read and not yet believed.
struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::vector<std::byte> bytes;  ///< Without the key id.
};

/// A note taken apart. Nothing of it is verified.
struct Note {
  std::string text;  ///< Ends in a line feed.
  std::vector<NoteSignature> signatures;
};

/// A note that a known key signed.
struct OpenedNote {
  std::string text;
  std::vector<std::size_t> keys;  ///< Which of the verifiers signed it, each once, as in the note.
};

/// Returns `text` with a signature of each signer. Errors: kInvalidArgument if there is no signer
/// or the text does not end in a line feed, is not UTF-8 or has another control character;
/// kResourceExhausted above the limits; kInternal.
COEFFICIENT_AUDIT_EXPORT Result<std::string> sign_note(std::string_view text,
                                                       std::span<const NoteSigner* const> signers);

/// Takes a note apart. Errors: kInvalidArgument says what is malformed, kResourceExhausted above
/// the limits.
COEFFICIENT_AUDIT_EXPORT Result<Note> parse_note(std::string_view note);

/// Returns the text of a note that at least one of `verifiers` signed. Signatures of other keys
/// are ignored; one that is named after a verifier and does not verify condemns the note. Errors:
/// those of parse_note(); kUnauthenticated.
COEFFICIENT_AUDIT_EXPORT Result<OpenedNote> open_note(std::string_view note,
                                                      std::span<const NoteVerifier> verifiers);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_NOTE_H_
