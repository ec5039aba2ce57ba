#include <algorithm>
#include <utility>

#include "audit/note_key.h"
#include "coefficient/audit/note.h"
#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "core/bytes_of.h"
#include "core/crypto/ed25519_key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::string_view kPrivatePrefix = "PRIVATE+KEY+";
constexpr std::size_t kMaterialBytes = 1 + crypto::kEd25519KeyBytes;

Error malformed() {
  return Error{ErrorCode::kInvalidArgument, "not a signer key (PRIVATE+KEY+name+id+base64)"};
}

}  // namespace

struct NoteSigner::State {
  crypto::Ed25519Key key;
  NoteVerifier verifier;
  SecretBytes seed;

  static Result<std::unique_ptr<const State>> create(std::string_view name, SecretBytes seed) {
    Result<crypto::Ed25519Key> key =
        crypto::Ed25519Key::from_seed(seed.expose().first<crypto::kEd25519KeyBytes>());
    if (!key) return key.error();
    Result<NoteVerifier> verifier = NoteVerifier::ed25519(name, key->public_key());
    if (!verifier) return verifier.error();
    return std::unique_ptr<const State>(
        new State{std::move(*key), std::move(*verifier), std::move(seed)});
  }
};

NoteSigner::NoteSigner(std::unique_ptr<const State> state) noexcept : state_(std::move(state)) {}
NoteSigner::NoteSigner(NoteSigner&&) noexcept = default;
NoteSigner& NoteSigner::operator=(NoteSigner&&) noexcept = default;
NoteSigner::~NoteSigner() = default;

Result<NoteSigner> NoteSigner::generate(std::string_view name) {
  SecretBytes seed = SecretBytes::for_overwrite(crypto::kEd25519KeyBytes);
  if (Result<> random = random_bytes(seed.expose_for_writing()); !random) return random.error();
  Result<std::unique_ptr<const State>> state = State::create(name, std::move(seed));
  if (!state) return state.error();
  return NoteSigner(std::move(*state));
}

Result<NoteSigner> NoteSigner::parse(std::string_view text) {
  if (!text.starts_with(kPrivatePrefix)) return malformed();
  text.remove_prefix(kPrivatePrefix.size());
  const std::size_t first = text.find('+');
  const std::size_t second =
      first == std::string_view::npos ? std::string_view::npos : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed();
  SecretBytes material = SecretBytes::for_overwrite(kMaterialBytes);
  if (!base64_decode_exact(text.substr(second + 1), material.expose_for_writing()) ||
      material.expose()[0] != static_cast<std::byte>(NoteAlgorithm::kEd25519))
    return malformed();
  Result<std::unique_ptr<const State>> state =
      State::create(text.substr(0, first), SecretBytes::copy_of(material.expose().subspan(1)));
  if (!state) return state.error();
  if (text.substr(first + 1, second - first - 1) != key_id_text((*state)->verifier.key_id()))
    return malformed();
  return NoteSigner(std::move(*state));
}

const std::string& NoteSigner::name() const noexcept {
  return state_->verifier.name();
}
std::uint32_t NoteSigner::key_id() const noexcept {
  return state_->verifier.key_id();
}
const NoteVerifier& NoteSigner::verifier() const noexcept {
  return state_->verifier;
}

SecretBytes NoteSigner::private_text() const {
  SecretBytes material = SecretBytes::for_overwrite(kMaterialBytes);
  material.expose_for_writing()[0] = static_cast<std::byte>(NoteAlgorithm::kEd25519);
  const std::span<const std::byte> seed = state_->seed.expose();
  std::copy(seed.begin(), seed.end(), material.expose_for_writing().begin() + 1);
  std::string coded = base64_encode(material.expose());
  const std::string head = std::string(kPrivatePrefix) + name() + "+" + key_id_text(key_id()) + "+";
  SecretBytes text = SecretBytes::for_overwrite(head.size() + coded.size());
  const std::span<std::byte> out = text.expose_for_writing();
  const std::span<const std::byte> head_bytes = bytes_of(head);
  const std::span<const std::byte> coded_bytes = bytes_of(coded);
  std::copy(head_bytes.begin(), head_bytes.end(), out.begin());
  std::copy(coded_bytes.begin(), coded_bytes.end(), out.subspan(head.size()).begin());
  wipe(std::as_writable_bytes(std::span<char>(coded)));
  return text;
}

Result<std::string> NoteSigner::signature_line(std::string_view note_text) const {
  std::array<std::byte, 4 + crypto::kEd25519SignatureBytes> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(key_id() >> (24 - 8 * i));
  const auto signature = std::span(bytes).subspan<4, crypto::kEd25519SignatureBytes>();
  if (!state_->key.sign(bytes_of(note_text), signature))
    return Error{ErrorCode::kInternal, "OpenSSL did not sign"};
  return std::string(kSignaturePrefix) + name() + " " + base64_encode(bytes) + "\n";
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
