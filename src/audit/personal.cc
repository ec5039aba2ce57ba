#include "coefficient/audit/personal.h"

#include <array>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "core/bytes_of.h"
#include "core/crypto/aes_gcm.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

static_assert(kSubjectKeyBytes == crypto::kAes256KeyBytes);

// What a ciphertext is bound to: its key and its place. Neither holds a line feed in a record.
std::string bound_to(std::string_view kid, std::string_view place) {
  std::string text = "coefficient-audit-field-v1\n";
  text += kid;
  text += '\n';
  text += place;
  return text;
}

Error no_key() {
  return Error{ErrorCode::kInternal, "a subject's key has not 32 bytes"};
}

}  // namespace

SubjectKeys::~SubjectKeys() = default;

Result<Encrypted> seal_field(SubjectKeys& keys, std::string_view subject, std::string_view place,
                             std::string_view text) {
  Result<SubjectKey> key = keys.key_of(subject);
  if (!key) return key.error();
  if (key->key.size() != kSubjectKeyBytes) return no_key();
  std::array<std::byte, crypto::kGcmNonceBytes> nonce{};
  if (Result<> random = random_bytes(nonce); !random) return random.error();
  const std::string aad = bound_to(key->kid, place);
  std::vector<std::byte> ciphertext(text.size());
  std::array<std::byte, crypto::kGcmTagBytes> tag{};
  crypto::Aes256Gcm cipher(crypto::Aes256Gcm::Use::kSeal,
                           key->key.expose().first<kSubjectKeyBytes>());
  if (!cipher.seal(nonce, bytes_of(aad), bytes_of(text), ciphertext, tag))
    return Error{ErrorCode::kInternal, "OpenSSL did not encrypt"};
  return Encrypted{std::move(key->kid), base64_encode(nonce), base64_encode(ciphertext),
                   base64_encode(tag)};
}

Result<SecretBytes> open_field(SubjectKeys& keys, std::string_view place, const Encrypted& field) {
  std::array<std::byte, crypto::kGcmNonceBytes> nonce{};
  std::array<std::byte, crypto::kGcmTagBytes> tag{};
  Result<std::vector<std::byte>> ciphertext = base64_decode(field.ct);
  if (!ciphertext || !base64_decode_exact(field.nonce, nonce) ||
      !base64_decode_exact(field.tag, tag))
    return Error{ErrorCode::kInvalidArgument, "not an encrypted field"};
  Result<SecretBytes> key = keys.find(field.kid);
  if (!key) return key;
  if (key->size() != kSubjectKeyBytes) return no_key();
  const std::string aad = bound_to(field.kid, place);
  SecretBytes text = SecretBytes::for_overwrite(ciphertext->size());
  crypto::Aes256Gcm cipher(crypto::Aes256Gcm::Use::kOpen, key->expose().first<kSubjectKeyBytes>());
  if (!cipher.open(nonce, bytes_of(aad), *ciphertext, tag, text.expose_for_writing()))
    return Error{ErrorCode::kDataLoss, "the field does not open under its key and in its place"};
  return text;
}

Result<Record> erase_subject(SubjectKeys& keys, std::string_view subject) {
  Result<std::string> kid = keys.erase(subject);
  if (!kid) return kid.error();
  Record record;
  record.action = "subject.erased";
  record.target.type = "subject_key";
  record.target.id = std::move(*kid);
  return record;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
