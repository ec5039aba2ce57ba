// Sealing and opening one record: ours (record key and commitment derived, salt drawn), the floor
// (AES-256-GCM with a fetched cipher, a kept context and its key, only the nonce set anew: no
// derivation, no commitment, a counter for a nonce), and the AEADs of libsodium and Botan with the
// key set up in advance. And a warm get() against a bare read of the same row from the same store.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "coefficient/core/random.h"
#include "coefficient/vault/local_kek.h"
#include "coefficient/vault/memory_store.h"
#include "coefficient/vault/vault.h"
#include "vault/record_blob.h"
#ifdef COEFFICIENT_HAVE_SODIUM
#include <sodium.h>
#endif
#ifdef COEFFICIENT_HAVE_BOTAN
#include <botan/aead.h>
#endif

namespace {

using namespace coefficient;
using namespace coefficient::vault;

constexpr RecordRef kRef{"org-1", "oauth_token", "github"};
constexpr std::array<unsigned char, 48> kAad{};  // as long as a context
constexpr std::size_t kTag = 16;

void require(bool ok) {
  if (!ok) throw std::runtime_error("a benchmark's set-up failed");
}

// A nonce that is never used twice, at the least cost there is.
void next(std::array<unsigned char, 12>& nonce) {
  std::uint64_t n = 0;
  std::memcpy(&n, nonce.data(), sizeof n);
  ++n;
  std::memcpy(nonce.data(), &n, sizeof n);
}

const DataKey& data_key() {
  static const auto kKey = [] {
    std::array<std::byte, 32> raw{};
    require(random_bytes(raw).has_value());
    return DataKey::create(DekId{}, raw).value();
  }();
  return *kKey;
}

void count(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void seal_ours(benchmark::State& state, std::size_t size) {
  const std::vector<std::byte> secret(size, std::byte{5});
  std::uint64_t version = 0;
  for (auto _ : state) {
    auto blob = seal_record(data_key(), kRef, ++version, secret);
    if (!blob) state.SkipWithError("not sealed");
    benchmark::DoNotOptimize(blob);
  }
  count(state, size);
}

void open_ours(benchmark::State& state, std::size_t size) {
  const auto blob = seal_record(data_key(), kRef, 1, std::vector<std::byte>(size)).value();
  for (auto _ : state) {
    auto secret = open_record(data_key(), kRef, 1, blob);
    if (!secret) state.SkipWithError("not opened");
    benchmark::DoNotOptimize(secret);
  }
  count(state, size);
}

struct Gcm {
  explicit Gcm(bool seal) : context(EVP_CIPHER_CTX_new()), sealing(seal) {
    EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    const std::array<unsigned char, 32> key{7};
    require((seal ? EVP_EncryptInit_ex2 : EVP_DecryptInit_ex2)(context, cipher, key.data(), nullptr,
                                                               nullptr) == 1);
    EVP_CIPHER_free(cipher);
  }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
  ~Gcm() { EVP_CIPHER_CTX_free(context); }
  bool run(const std::array<unsigned char, 12>& nonce, const unsigned char* in, std::size_t size,
           unsigned char* out, std::array<unsigned char, kTag>& tag) {
    int n = 0;
    const auto length = static_cast<int>(size);
    if (sealing)
      return EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
             EVP_EncryptUpdate(context, nullptr, &n, kAad.data(), kAad.size()) == 1 &&
             EVP_EncryptUpdate(context, out, &n, in, length) == 1 &&
             EVP_EncryptFinal_ex(context, out + n, &n) == 1 &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, tag.data()) == 1;
    return EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
           EVP_DecryptUpdate(context, nullptr, &n, kAad.data(), kAad.size()) == 1 &&
           EVP_DecryptUpdate(context, out, &n, in, length) == 1 &&
           EVP_DecryptFinal_ex(context, out + n, &n) == 1;
  }
  EVP_CIPHER_CTX* context;
  bool sealing;
};

void seal_floor(benchmark::State& state, std::size_t size) {
  Gcm gcm(true);
  std::vector<unsigned char> in(size, 5), out(size + kTag);
  std::array<unsigned char, 12> nonce{};
  std::array<unsigned char, kTag> tag{};
  for (auto _ : state) {
    next(nonce);
    if (!gcm.run(nonce, in.data(), size, out.data(), tag)) state.SkipWithError("not sealed");
    benchmark::DoNotOptimize(out.data());
  }
  count(state, size);
}

void open_floor(benchmark::State& state, std::size_t size) {
  Gcm sealer(true), gcm(false);
  std::vector<unsigned char> in(size, 5), sealed(size + kTag), out(size + kTag);
  const std::array<unsigned char, 12> nonce{};
  std::array<unsigned char, kTag> tag{};
  require(sealer.run(nonce, in.data(), size, sealed.data(), tag));
  for (auto _ : state) {
    if (!gcm.run(nonce, sealed.data(), size, out.data(), tag)) state.SkipWithError("not opened");
    benchmark::DoNotOptimize(out.data());
  }
  count(state, size);
}

#ifdef COEFFICIENT_HAVE_SODIUM
void sodium(benchmark::State& state, std::size_t size, bool seal) {
  if (sodium_init() < 0 || crypto_aead_aes256gcm_is_available() == 0) {
    state.SkipWithError("libsodium has no AES-256-GCM on this processor");
    return;
  }
  alignas(64) static crypto_aead_aes256gcm_state keyed;
  const std::array<unsigned char, 32> key{7};
  crypto_aead_aes256gcm_beforenm(&keyed, key.data());
  std::vector<unsigned char> in(size, 5), sealed(size + kTag), out(size);
  std::array<unsigned char, 12> nonce{};
  const auto sealing = [&] {
    return crypto_aead_aes256gcm_encrypt_afternm(sealed.data(), nullptr, in.data(), size,
                                                 kAad.data(), kAad.size(), nullptr, nonce.data(),
                                                 &keyed) == 0;
  };
  require(sealing());
  for (auto _ : state) {
    if (seal) next(nonce);
    const bool ok = seal ? sealing()
                         : crypto_aead_aes256gcm_decrypt_afternm(
                               out.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                               kAad.data(), kAad.size(), nonce.data(), &keyed) == 0;
    if (!ok) state.SkipWithError("failed");
    benchmark::DoNotOptimize(out.data());
    benchmark::DoNotOptimize(sealed.data());
  }
  count(state, size);
}
#else
void sodium(benchmark::State& state, std::size_t, bool) {
  state.SkipWithError("libsodium-dev is not installed");
}
#endif

#ifdef COEFFICIENT_HAVE_BOTAN
void botan(benchmark::State& state, std::size_t size, bool seal) {
  const auto mode = [](Botan::Cipher_Dir direction) {
    auto aead = Botan::AEAD_Mode::create_or_throw("AES-256/GCM", direction);
    aead->set_key(std::vector<std::uint8_t>(32, 7));
    aead->set_associated_data(kAad.data(), kAad.size());
    return aead;
  };
  const auto sealer = mode(Botan::ENCRYPTION);
  const auto opener = mode(Botan::DECRYPTION);
  std::array<unsigned char, 12> nonce{};
  Botan::secure_vector<std::uint8_t> sealed(size, 5);
  sealer->start(nonce.data(), nonce.size());
  sealer->finish(sealed);
  const Botan::secure_vector<std::uint8_t> plain(size, 5);
  Botan::secure_vector<std::uint8_t> buffer;
  for (auto _ : state) {
    if (seal) next(nonce);
    buffer = seal ? plain : sealed;
    const auto& aead = seal ? sealer : opener;
    aead->start(nonce.data(), nonce.size());
    aead->finish(buffer);
    benchmark::DoNotOptimize(buffer.data());
  }
  count(state, size);
}
#else
void botan(benchmark::State& state, std::size_t, bool) {
  state.SkipWithError("libbotan-2-dev is not installed");
}
#endif

// A vault over the store in memory, with a thousand records of 256 bytes.
struct Warm {
  Warm() {
    for (int i = 0; i < 1000; ++i) names.push_back("name" + std::to_string(i));
    for (const std::string& name : names) require(vault->put(ref(name), secret).has_value());
  }
  static RecordRef ref(const std::string& name) { return {"org-1", "oauth_token", name}; }
  static std::shared_ptr<KekProvider> kek(SecretArena& arena) {
    const SecretBytes text = LocalKey::generate("bench").value();
    std::vector<LocalKey> keys;
    keys.push_back(LocalKey::from_callback(
                       [&](std::span<std::byte> out) -> Result<std::size_t> {
                         std::memcpy(out.data(), text.expose().data(), text.size());
                         return text.size();
                       },
                       arena)
                       .value());
    return LocalKek::create(std::move(keys)).value();
  }
  struct NoLedger final : ShredLedger {
    Result<std::vector<ShredEntry>> read() override { return std::vector<ShredEntry>(); }
    Result<> append(const ShredEntry&) override {
      return Error{ErrorCode::kUnavailable, "nothing is shredded here"};
    }
  };
  MemoryStore store;
  NoLedger ledger;
  std::shared_ptr<SecretArena> arena = SecretArena::create().value();
  std::unique_ptr<Vault> vault = Vault::create({store, ledger, arena, {kek(*arena)}}).value();
  std::vector<std::byte> secret = std::vector<std::byte>(256, std::byte{5});
  std::vector<std::string> names;
};

void get_ours(benchmark::State& state) {
  Warm warm;
  std::size_t i = 0;
  for (auto _ : state) {
    auto secret = warm.vault->get(Warm::ref(warm.names[i++ % warm.names.size()]));
    if (!secret) state.SkipWithError("not read");
    benchmark::DoNotOptimize(secret);
  }
}

void get_floor(benchmark::State& state) {
  Warm warm;
  std::size_t i = 0;
  for (auto _ : state) {
    auto row = warm.store.read_record(Warm::ref(warm.names[i++ % warm.names.size()]));
    if (!row || !row->record) state.SkipWithError("not read");
    benchmark::DoNotOptimize(row);
  }
}

void register_all() {
  constexpr std::pair<std::size_t, const char*> kSizes[] = {
      {64, "64B"}, {256, "256B"}, {4096, "4KiB"}, {1048576, "1MiB"}};
  const auto add = [](const std::string& name, auto run) {
    benchmark::RegisterBenchmark(name.c_str(), run);
  };
  using State = benchmark::State;
  for (const auto& [size, label] : kSizes) {
    const std::string seal = std::string("vault_seal_") + label;
    const std::string open = std::string("vault_open_") + label;
    add(seal + "/ours", [size = size](State& s) { seal_ours(s, size); });
    add(seal + "/floor", [size = size](State& s) { seal_floor(s, size); });
    add(seal + "/peer:libsodium", [size = size](State& s) { sodium(s, size, true); });
    add(seal + "/peer:botan", [size = size](State& s) { botan(s, size, true); });
    add(open + "/ours", [size = size](State& s) { open_ours(s, size); });
    add(open + "/floor", [size = size](State& s) { open_floor(s, size); });
    add(open + "/peer:libsodium", [size = size](State& s) { sodium(s, size, false); });
    add(open + "/peer:botan", [size = size](State& s) { botan(s, size, false); });
  }
  add("vault_get_warm_256B/ours", get_ours);
  add("vault_get_warm_256B/floor", get_floor);
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
