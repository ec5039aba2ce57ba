#include "coefficient/pkcs11/token_kek.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "pkcs11/session.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace pkcs11 {
namespace {

using vault::KekError;
using vault::KekFault;
using vault::KekVersion;
using vault::WrapAlgorithm;
using vault::WrappedKey;

constexpr std::byte kFormat{1};
constexpr std::size_t kIvBytes = 12;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSealedBytes = kKeyBytes + 16;
constexpr std::size_t kWrapBytes = 1 + kIvBytes + kSealedBytes;

Error invalid(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

ErrorCode code_of(KekFault fault) {
  switch (fault) {
    case KekFault::kRetryable:
      return ErrorCode::kUnavailable;
    case KekFault::kDenied:
      return ErrorCode::kPermissionDenied;
    case KekFault::kNotFound:
      return ErrorCode::kNotFound;
    case KekFault::kDestroyed:
    case KekFault::kIntegrity:
    case KekFault::kConfig:
      break;
  }
  return ErrorCode::kFailedPrecondition;
}

Result<> check_options(const TokenKekOptions& options, const SecretBytes& pin) {
  if (!options.module.starts_with('/'))
    return invalid("the path of the PKCS#11 module is not absolute");
  if (options.token_label.empty() || options.token_label.size() > 32)
    return invalid("a token's label is 1 to 32 bytes");
  if (options.key_label.empty() || options.key_label.size() > 255)
    return invalid("the key's label is not 1 to 255 bytes");
  const auto id = hex_decode(options.key_id);
  if (!id || id->empty() || options.key_id.size() > 255 || hex_encode(*id) != options.key_id)
    return invalid("the key's id is not 1 to 127 bytes in lower-case hex");
  if (options.provider.empty()) return invalid("the provider needs a name");
  if (pin.empty()) return invalid("the PIN is empty");
  return {};
}

bool is_pin_refusal(CK_RV rv) {
  return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE ||
         rv == CKR_PIN_EXPIRED || rv == CKR_PIN_LOCKED;
}

}  // namespace

struct TokenKek::State {
  State(TokenKekOptions options_, SecretBytes pin_, CK_FUNCTION_LIST_PTR functions_)
      : options(std::move(options_)), pin(std::move(pin_)), functions(functions_) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (session && in_child()) session->forget();
  }

  using Use = std::function<Result<void, Failure>(const Session&, CK_OBJECT_HANDLE)>;
  Result<void, KekError> with_key(const KekVersion& kek, const Use& use);
  Result<void, Failure> try_with_key(const KekVersion& kek, std::span<const std::byte> id,
                                     const Use& use);
  Result<void, Failure> ensure_session();
  [[nodiscard]] bool in_child() const { return getpid() != process; }

  const TokenKekOptions options;
  const SecretBytes pin;
  CK_FUNCTION_LIST* const functions;
  const pid_t process = getpid();
  std::mutex mutex;                    // guards what follows
  std::optional<Session> session;      // empty: to be opened
  std::optional<Failure> pin_refused;  // then it is not tried again
  std::set<KekVersion> found;          // keys that the token once had
};

Result<void, Failure> TokenKek::State::ensure_session() {
  if (session) return {};
  if (pin_refused) return *pin_refused;
  auto opened = Session::open(functions, options.token_label, pin);
  if (!opened) {
    if (is_pin_refusal(opened.error().rv)) pin_refused = opened.error();
    return opened.error();
  }
  session.emplace(*std::move(opened));
  return {};
}

Result<void, Failure> TokenKek::State::try_with_key(const KekVersion& kek,
                                                    std::span<const std::byte> id, const Use& use) {
  if (auto ready = ensure_session(); !ready) return ready;
  auto key = session->find_key(kek.kek_id, id);
  if (key) {
    found.insert(kek);
    auto used = use(*session, *key);
    if (used || used.error().fault == KekFault::kIntegrity) return used;
    key = used.error();
  }
  if (key.error().fault == KekFault::kNotFound && key.error().rv == CKR_OK) {
    if (found.contains(kek)) return Failure{KekFault::kDestroyed, "the key was deleted", CKR_OK};
    return key.error();
  }
  session.reset();  // whatever it was: an operation may be left active in it
  return key.error();
}

// Once more if the session was lost. Nothing is retried that the token may have counted.
Result<void, KekError> TokenKek::State::with_key(const KekVersion& kek, const Use& use) {
  if (in_child())
    return KekError{KekFault::kConfig, "this PKCS#11 session stayed in the parent of a fork()"};
  const auto id = hex_decode(kek.version);
  if (kek.provider != options.provider || !id || hex_encode(*id) != kek.version)
    return KekError{KekFault::kNotFound, "not a key version of this provider"};
  const std::lock_guard lock(mutex);
  auto done = try_with_key(kek, *id, use);
  if (!done && is_lost(done.error().rv)) done = try_with_key(kek, *id, use);
  if (!done) return KekError{done.error().fault, done.error().message};
  return {};
}

TokenKek::TokenKek(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
TokenKek::~TokenKek() = default;

Result<std::shared_ptr<TokenKek>> TokenKek::create(TokenKekOptions options, SecretBytes pin) {
  if (auto checked = check_options(options, pin); !checked) return checked.error();
  const auto functions = load_module(options.module);
  if (!functions) return Error{code_of(functions.error().fault), functions.error().message};
  std::shared_ptr<TokenKek> kek(
      new TokenKek(std::make_unique<State>(std::move(options), std::move(pin), *functions)));
  const auto nothing = [](const Session&, CK_OBJECT_HANDLE) -> Result<void, Failure> { return {}; };
  if (auto found = kek->state_->with_key(kek->current(), nothing); !found)
    return Error{code_of(found.error().fault), found.error().message};
  return kek;
}

KekVersion TokenKek::current() const {
  const TokenKekOptions& options = state_->options;
  return {options.provider, options.key_label, options.key_id};
}

Result<WrappedKey, KekError> TokenKek::wrap(const KekVersion& kek,
                                            std::span<const std::byte, 32> key,
                                            std::span<const std::byte> aad) {
  WrappedKey wrapped{WrapAlgorithm::kOpaque, std::vector<std::byte>(kWrapBytes)};
  const std::span<std::byte> bytes(wrapped.bytes);
  bytes[0] = kFormat;
  const auto iv = bytes.subspan<1, kIvBytes>();
  if (auto drawn = random_bytes(iv); !drawn)
    return KekError{KekFault::kConfig, drawn.error().message};
  auto done = state_->with_key(kek, [&](const Session& session, CK_OBJECT_HANDLE handle) {
    return session.encrypt(handle, iv, aad, key, bytes.subspan(1 + kIvBytes));
  });
  if (!done) return done.error();
  return wrapped;
}

namespace {

// Some modules, SoftHSM for one, say CKR_GENERAL_ERROR for a wrong tag as for anything else that
// goes wrong. If the token then opens what it has just sealed under this key, the wrap is at fault.
bool opens_its_own(const Session& session, CK_OBJECT_HANDLE key, std::span<const std::byte> aad) {
  std::array<std::byte, kIvBytes> iv{};
  std::array<std::byte, kSealedBytes> sealed{};
  const std::array<std::byte, kKeyBytes> plain{};
  std::array<std::byte, kKeyBytes> opened{};
  return random_bytes(iv) && session.encrypt(key, iv, aad, plain, sealed) &&
         session.decrypt(key, iv, aad, sealed, opened);
}

Result<void, Failure> decrypt(const Session& session, CK_OBJECT_HANDLE key,
                              std::span<const std::byte> wrapped, std::span<const std::byte> aad,
                              std::span<std::byte, 32> out) {
  const auto iv = wrapped.subspan<1, kIvBytes>();
  auto done = session.decrypt(key, iv, aad, wrapped.subspan(1 + kIvBytes), out);
  if (done) return done;
  Failure failure = done.error();
  const bool vague = failure.rv == CKR_GENERAL_ERROR || failure.rv == CKR_FUNCTION_FAILED;
  if (vague && opens_its_own(session, key, aad)) failure.fault = KekFault::kIntegrity;
  return failure;
}

}  // namespace

Result<void, KekError> TokenKek::unwrap(const KekVersion& kek, const WrappedKey& wrapped,
                                        std::span<const std::byte> aad,
                                        std::span<std::byte, 32> key) {
  std::fill(key.begin(), key.end(), std::byte{0});
  if (wrapped.algorithm != WrapAlgorithm::kOpaque || wrapped.bytes.size() != kWrapBytes ||
      wrapped.bytes[0] != kFormat)
    return KekError{KekFault::kIntegrity, "not a wrap of this provider's form"};
  auto done = state_->with_key(kek, [&](const Session& session, CK_OBJECT_HANDLE handle) {
    return decrypt(session, handle, wrapped.bytes, aad, key);
  });
  if (!done) wipe(key);
  return done;
}

}  // namespace pkcs11
COEFFICIENT_END_NAMESPACE
