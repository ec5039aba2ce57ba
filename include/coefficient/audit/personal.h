#ifndef COEFFICIENT_AUDIT_PERSONAL_H_
#define COEFFICIENT_AUDIT_PERSONAL_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "coefficient/audit/export.h"
#include "coefficient/audit/record.h"
#include "coefficient/audit/value.h"
#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/version.h"

/// Personal data in a log that nothing can be taken out of: it is encrypted under a key of the
/// person whom it is about, and the key is what is erased. The record stays, byte for byte, and so
/// do all proofs.
///
/// What stays readable after an erasure: that there was somebody, by the key's random id, how many
/// records are about them and how long the texts were.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::size_t kSubjectKeyBytes = 32;
inline constexpr std::size_t kMaxSubjectBytes = 1024;

struct SubjectKey {
  std::string kid;  ///< Random, so that it says nothing once the subject's name is erased.
  SecretBytes key;  ///< kSubjectKeyBytes bytes.
};

/// Where the keys of subjects live. A host implements it over its vault, as
/// examples/vault_subject_keys.h does over vault::Vault, or takes FileSubjectKeys.
///
/// Errors of an implementation: kUnavailable if it cannot be reached, and what each says.
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_AUDIT_EXPORT SubjectKeys {
 public:
  SubjectKeys() = default;
  SubjectKeys(const SubjectKeys&) = delete;
  SubjectKeys& operator=(const SubjectKeys&) = delete;
  virtual ~SubjectKeys();

  /// Returns the subject's key; makes one, durable before it returns, if there is none. A subject
  /// that was erased and comes back gets a new one.
  virtual Result<SubjectKey> key_of(std::string_view subject) = 0;
  /// Returns the key of that id. kNotFound if it was erased or never was.
  virtual Result<SecretBytes> find(std::string_view kid) = 0;
  /// Returns the id of the subject's key, to search for (see Query), and makes none. kNotFound if
  /// there is none.
  virtual Result<std::string> kid_of(std::string_view subject) = 0;
  /// Destroys the subject's key, durably before it returns, and returns its id. kNotFound if there
  /// is none.
  virtual Result<std::string> erase(std::string_view subject) = 0;
};

/// Keys in files of one directory, one for each subject, mode 0600, in the clear: their protection
/// is the directory's, and a backup of it undoes an erasure. Erasing overwrites the file where it
/// lies and removes it; so is what a failed or interrupted making of a key left.
///
/// Errors: kInvalidArgument if a subject is empty, over kMaxSubjectBytes, not UTF-8 or has a
/// control character; kDataLoss if a file is damaged; kUnavailable, also if another process has the
/// directory; kPermissionDenied, kResourceExhausted, kNotFound as the system says.
/// Thread safety: may be called concurrently.
class COEFFICIENT_AUDIT_EXPORT FileSubjectKeys final : public SubjectKeys {
 public:
  /// Opens the directory, which must be there, and reads all keys.
  static Result<std::unique_ptr<FileSubjectKeys>> open(const std::string& directory);
  FileSubjectKeys(const FileSubjectKeys&) = delete;
  FileSubjectKeys& operator=(const FileSubjectKeys&) = delete;
  ~FileSubjectKeys() override;
  Result<SubjectKey> key_of(std::string_view subject) override;
  Result<SecretBytes> find(std::string_view kid) override;
  Result<std::string> kid_of(std::string_view subject) override;
  Result<std::string> erase(std::string_view subject) override;

 private:
  friend struct SubjectKeysAccess;
  struct State;
  explicit FileSubjectKeys(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

/// Encrypts `text` (AES-256-GCM, a random nonce of 96 bits: up to 2^32 texts for each subject)
/// under the subject's key. `place` is the member that it will be, as in "actor.id": it opens
/// nowhere else. Errors: those of key_of(); kInternal.
///
/// Thread safety of these functions: that of `keys`.
COEFFICIENT_AUDIT_EXPORT Result<Encrypted> seal_field(SubjectKeys& keys, std::string_view subject,
                                                      std::string_view place,
                                                      std::string_view text);

/// Returns the text. Errors: those of find(), of which kNotFound means that the subject was erased;
/// kInvalidArgument if the field is malformed; kDataLoss if it does not open under its key and
/// place.
COEFFICIENT_AUDIT_EXPORT Result<SecretBytes> open_field(SubjectKeys& keys, std::string_view place,
                                                        const Encrypted& field);

/// Encrypts one text of a record where it is. `place`: "actor.id", "actor.session", "target.id",
/// "src.ip", "src.ua", "reason", or "details." and the name of a member, as in "details.email".
/// Returns whether there was something to encrypt: not if the text is missing, empty, or encrypted
/// already. Errors: those of seal_field(); kInvalidArgument for any other place, or if the member
/// is not a text; the record is then as it was.
COEFFICIENT_AUDIT_EXPORT Result<bool> seal_in_place(SubjectKeys& keys, std::string_view subject,
                                                    std::string_view place, Record& record);

/// Decrypts all of a record that `keys` open, for people to read, and returns how many texts stay
/// encrypted because their subjects were erased. The record is then not the one that was hashed.
/// The place of a text deep in `details` is the names on the way to it, with dots in between; an
/// array's elements have the array's place. Errors: those of open_field() but kNotFound; the record
/// may then be decrypted in part.
COEFFICIENT_AUDIT_EXPORT Result<std::size_t> open_in_place(SubjectKeys& keys, Record& record);

/// Erases the subject's key and returns the record that says so, for the caller to complete (actor,
/// reason) and append: action "subject.erased", target the key's id. Append an intent before, so
/// that a crash in between shows. Errors: those of erase().
COEFFICIENT_AUDIT_EXPORT Result<Record> erase_subject(SubjectKeys& keys, std::string_view subject);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_PERSONAL_H_
