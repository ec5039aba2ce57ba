#include <utility>

#include "audit/note_key.h"
#include "coefficient/audit/note.h"
#include "coefficient/core/encoding.h"
#include "core/bytes_of.h"
#include "core/crypto/public_key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kKeyMaterialBytes = 33;  // the kind and the Ed25519 key
constexpr std::size_t kTimeBytes = 8;          // before a cosignature

Error bad_key(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("not a verifier key: ") + what};
}

bool verify_cosignature(const crypto::PublicKey& key, std::string_view text,
                        std::span<const std::byte> signature) {
  if (signature.size() != kTimeBytes + crypto::kSignatureBytes) return false;
  std::uint64_t time = 0;
  for (const std::byte b : signature.first(kTimeBytes))
    time = (time << 8U) | std::to_integer<std::uint64_t>(b);
  if (time >> 63U != 0) return false;
  std::string message = "cosignature/v1\ntime " + std::to_string(time) + "\n";
  message += text;
  return key.verify(bytes_of(message), signature.subspan(kTimeBytes));
}

}  // namespace

struct NoteVerifier::State {
  std::string name;
  std::uint32_t key_id;
  std::array<std::byte, kKeyMaterialBytes> material;
  crypto::PublicKey key;

  static Result<std::shared_ptr<const State>> create(
      std::string_view name, const std::array<std::byte, kKeyMaterialBytes>& material) {
    if (!is_key_name(name)) return bad_key("its name is no key name");
    const auto kind = static_cast<NoteAlgorithm>(material[0]);
    if (kind != NoteAlgorithm::kEd25519 && kind != NoteAlgorithm::kCosignature)
      return bad_key("its kind is not known");
    Result<std::uint32_t> id = note_key_id(name, material);
    if (!id) return id.error();
    Result<crypto::PublicKey> key =
        crypto::PublicKey::ed25519(std::span<const std::byte>(material).subspan(1));
    if (!key) return key.error();
    return std::shared_ptr<const State>(
        new State{std::string(name), *id, material, std::move(*key)});
  }
};

NoteVerifier::NoteVerifier(std::shared_ptr<const State> state) noexcept
    : state_(std::move(state)) {}
NoteVerifier::NoteVerifier(NoteVerifier&&) noexcept = default;
NoteVerifier& NoteVerifier::operator=(NoteVerifier&&) noexcept = default;
NoteVerifier::NoteVerifier(const NoteVerifier&) = default;
NoteVerifier& NoteVerifier::operator=(const NoteVerifier&) = default;
NoteVerifier::~NoteVerifier() = default;

Result<NoteVerifier> NoteVerifier::parse(std::string_view text) {
  const std::size_t first = text.find('+');
  if (first == std::string_view::npos) return bad_key("it has no '+'");
  const std::size_t second = text.find('+', first + 1);
  if (second == std::string_view::npos) return bad_key("it has one '+'");
  std::array<std::byte, kKeyMaterialBytes> material{};
  if (!base64_decode_exact(text.substr(second + 1), material))
    return bad_key("its last part is not base64 of 33 bytes");
  Result<std::shared_ptr<const State>> state = State::create(text.substr(0, first), material);
  if (!state) return state.error();
  if (text.substr(first + 1, second - first - 1) != key_id_text((*state)->key_id))
    return bad_key("its id is not that of the key");
  return NoteVerifier(std::move(*state));
}

Result<NoteVerifier> NoteVerifier::ed25519(std::string_view name,
                                           std::span<const std::byte, 32> public_key) {
  std::array<std::byte, kKeyMaterialBytes> material{};
  material[0] = static_cast<std::byte>(NoteAlgorithm::kEd25519);
  std::copy(public_key.begin(), public_key.end(), material.begin() + 1);
  Result<std::shared_ptr<const State>> state = State::create(name, material);
  if (!state) return state.error();
  return NoteVerifier(std::move(*state));
}

const std::string& NoteVerifier::name() const noexcept {
  return state_->name;
}
std::uint32_t NoteVerifier::key_id() const noexcept {
  return state_->key_id;
}
NoteAlgorithm NoteVerifier::algorithm() const noexcept {
  return static_cast<NoteAlgorithm>(state_->material[0]);
}
std::string NoteVerifier::text() const {
  return name() + "+" + key_id_text(key_id()) + "+" + base64_encode(state_->material);
}

bool NoteVerifier::verify(std::string_view note_text, std::span<const std::byte> signature) const {
  if (algorithm() == NoteAlgorithm::kCosignature)
    return verify_cosignature(state_->key, note_text, signature);
  return state_->key.verify(bytes_of(note_text), signature);
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
