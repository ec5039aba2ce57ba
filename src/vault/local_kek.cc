#include "coefficient/vault/local_kek.h"

#include <algorithm>
#include <array>
#include <utility>

#include "coefficient/core/random.h"
#include "core/crypto/aes_kwp.h"
#include "core/crypto/cobblestone.h"
#include "vault/names.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

KekError failed(const char* what) {
  return KekError{KekFault::kConfig, what};
}

KekError does_not_open() {
  return KekError{KekFault::kIntegrity, "the wrapped key does not open under this local key"};
}

Result<std::vector<std::byte>> cobblestone_wrap(std::span<const std::byte, 32> kek,
                                                std::span<const std::byte, 32> key,
                                                std::span<const std::byte> aad) {
  std::array<std::byte, crypto::kCobblestoneSaltBytes> salt{};
  if (const auto drawn = random_bytes(salt); !drawn) return drawn.error();
  const auto state = crypto::HmacKey::create(crypto::DigestAlgorithm::kSha512, kek);
  if (!state) return state.error();
  std::vector<std::byte> out(crypto::cobblestone_sealed_size(key.size()));
  if (const auto sealed = crypto::cobblestone_seal(*state, salt, aad, key, out); !sealed)
    return sealed.error();
  return out;
}

Result<void, KekError> cobblestone_unwrap(std::span<const std::byte, 32> kek,
                                          std::span<const std::byte> wrapped,
                                          std::span<const std::byte> aad,
                                          std::span<std::byte, 32> key) {
  const auto state = crypto::HmacKey::create(crypto::DigestAlgorithm::kSha512, kek);
  if (!state) return failed("OpenSSL failed");
  const auto opened = crypto::cobblestone_open(*state, aad, wrapped, key);
  if (opened) return {};
  if (opened.error() == crypto::CobblestoneFault::kInternal) return failed("OpenSSL failed");
  return does_not_open();
}

Result<void, KekError> kwp_unwrap(std::span<const std::byte, 32> kek,
                                  std::span<const std::byte> wrapped,
                                  std::span<std::byte, 32> key) {
  std::array<std::byte, 40> room{};  // on the stack and wiped: OpenSSL wants more than 32 bytes
  if (wrapped.size() != room.size()) return does_not_open();
  const auto size = crypto::aes256_kwp_unwrap(kek, wrapped, room);
  const bool fits = size && *size == key.size();
  if (fits) std::copy_n(room.begin(), key.size(), key.begin());
  wipe(room);
  if (!size && size.error().code == ErrorCode::kInternal) return failed("OpenSSL failed");
  if (!fits) return does_not_open();
  return {};
}

}  // namespace

Result<std::shared_ptr<LocalKek>> LocalKek::create(std::vector<LocalKey> keys,
                                                   LocalKekOptions options) {
  if (keys.empty()) return Error{ErrorCode::kInvalidArgument, "a local provider needs a key"};
  if (!is_name(options.provider))
    return Error{ErrorCode::kInvalidArgument, "the provider's name is not a valid text"};
  if (options.algorithm != WrapAlgorithm::kCobblestone256 &&
      options.algorithm != WrapAlgorithm::kAesKwp)
    return Error{ErrorCode::kInvalidArgument, "local keys wrap by Cobblestone-256 or AES-KWP"};
  for (auto key = keys.begin(); key != keys.end(); ++key)
    if (std::any_of(keys.begin(), key, [&](const LocalKey& k) { return k.id() == key->id(); }))
      return Error{ErrorCode::kInvalidArgument, "two local keys have the id " + key->id()};
  return std::shared_ptr<LocalKek>(new LocalKek(std::move(keys), std::move(options)));
}

LocalKek::LocalKek(std::vector<LocalKey> keys, LocalKekOptions options) noexcept
    : keys_(std::move(keys)), options_(std::move(options)) {}
LocalKek::~LocalKek() = default;

KekVersion LocalKek::current() const {
  return KekVersion{options_.provider, keys_.front().id(), "1"};
}

Result<std::span<const std::byte, 32>, KekError> LocalKek::find(const KekVersion& kek) const {
  const auto key = std::find_if(keys_.begin(), keys_.end(),
                                [&](const LocalKey& k) { return k.id() == kek.kek_id; });
  if (kek.provider != options_.provider || kek.version != "1" || key == keys_.end())
    return KekError{KekFault::kNotFound, "there is no local key " + kek.kek_id};
  const auto bytes = key->key_.expose();
  if (bytes.size() != 32) return failed("local keys stayed in the parent of a fork()");
  return std::span<const std::byte, 32>(bytes.data(), 32);
}

Result<WrappedKey, KekError> LocalKek::wrap(const KekVersion& kek,
                                            std::span<const std::byte, 32> key,
                                            std::span<const std::byte> aad) {
  const auto found = find(kek);
  if (!found) return found.error();
  auto wrapped = options_.algorithm == WrapAlgorithm::kAesKwp ? crypto::aes256_kwp_wrap(*found, key)
                                                              : cobblestone_wrap(*found, key, aad);
  if (!wrapped) return failed("OpenSSL failed");
  return WrappedKey{options_.algorithm, *std::move(wrapped)};
}

// By the algorithm that the wrap was made with, whatever new ones use.
Result<void, KekError> LocalKek::unwrap(const KekVersion& kek, const WrappedKey& wrapped,
                                        std::span<const std::byte> aad,
                                        std::span<std::byte, 32> key) {
  wipe(key);
  const auto found = find(kek);
  if (!found) return found.error();
  switch (wrapped.algorithm) {
    case WrapAlgorithm::kCobblestone256:
      return cobblestone_unwrap(*found, wrapped.bytes, aad, key);
    case WrapAlgorithm::kAesKwp:
      return kwp_unwrap(*found, wrapped.bytes, key);
    case WrapAlgorithm::kOpaque:
      break;
  }
  return KekError{KekFault::kConfig, "a local key does not unwrap this algorithm"};
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
