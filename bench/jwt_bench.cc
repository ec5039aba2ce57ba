// Verifying and signing tokens of six claims (164 bytes): ours is from the token to typed, checked
// claims, or from claims to the token. The floor is the signature alone over the same text, with
// everything prepared that OpenSSL lets one prepare.
#include <benchmark/benchmark.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/jwt/signer.h"
#include "coefficient/jwt/verifier.h"
#include "core/crypto/signature_key.h"
#include "jwt/key_state.h"
#include "jwt_peers.h"

namespace {

using namespace coefficient;
using coefficient::jwt::Algorithm;
namespace cjwt = coefficient::jwt;

constexpr std::string_view kSecret = "0123456789abcdef0123456789ABCDEF";

cjwt::ClaimSet claim_set() {
  cjwt::ClaimSet claims;
  claims.issuer(jwt_peers::kIssuer)
      .subject(jwt_peers::kSubject)
      .audience(jwt_peers::kAudience)
      .issued_at(std::chrono::sys_seconds(std::chrono::seconds(jwt_peers::kIssued)))
      .expires_at(std::chrono::sys_seconds(std::chrono::seconds(jwt_peers::kExpires)))
      .id(jwt_peers::kId);
  return claims;
}

// A key pair, a token by it, and a verifier that has only what verifying needs.
struct Subject {
  cjwt::Key key;
  std::string token;
  cjwt::Verifier verifier;
};

Subject subject(Algorithm algorithm) {
  auto key = [&] {
    if (is_symmetric(algorithm))
      return cjwt::Key::hmac(algorithm, SecretBytes::copy_of(kSecret), "key-2026-01").value();
    const SecretBytes text =
        cjwt::generate_jwk(algorithm, {.kid = "key-2026-01", .rsa_bits = 2048}).value();
    return cjwt::Key::from_jwk({reinterpret_cast<const char*>(text.expose().data()), text.size()})
        .value();
  }();
  std::string token = cjwt::Signer::create(key)->sign(claim_set()).value();
  const auto verifying =
      is_symmetric(algorithm) ? key : cjwt::Key::from_jwk(key.public_jwk().value()).value();
  cjwt::Policy policy;
  policy.issuers = {jwt_peers::kIssuer};
  policy.audiences = {jwt_peers::kAudience};
  auto verifier = cjwt::Verifier::create(cjwt::KeySet::create({verifying}).value(), policy).value();
  return {std::move(key), std::move(token), std::move(verifier)};
}

const Subject& shared_subject() {
  static const Subject value = subject(Algorithm::kHs256);
  return value;
}

void verify_ours(benchmark::State& state, Algorithm algorithm) {
  const Subject s = subject(algorithm);
  for (auto _ : state) {
    const auto claims = s.verifier.verify(s.token);
    if (!claims) {
      state.SkipWithError("refused");
      break;
    }
    benchmark::DoNotOptimize(claims->subject());
    benchmark::DoNotOptimize(claims->expires_at());
  }
}

void sign_ours(benchmark::State& state) {
  const auto signer = cjwt::Signer::create(shared_subject().key).value();
  for (auto _ : state) {
    auto token = signer.sign(claim_set());
    if (!token) {
      state.SkipWithError("refused");
      break;
    }
    benchmark::DoNotOptimize(*token);
  }
}

void verify_shared(benchmark::State& state) {
  const Subject& s = shared_subject();
  for (auto _ : state) {
    const auto claims = s.verifier.verify(s.token);
    if (!claims) {
      state.SkipWithError("refused");
      break;
    }
    benchmark::DoNotOptimize(claims->subject());
  }
}

struct MdFree {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Md = std::unique_ptr<EVP_MD_CTX, MdFree>;

const EVP_MD* sha256() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}

void must(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL failed");
}

Md absorbed(unsigned char pad) {
  std::array<unsigned char, 64> block{};
  block.fill(pad);
  for (std::size_t i = 0; i < kSecret.size(); ++i)
    block[i] = static_cast<unsigned char>(block[i] ^ static_cast<unsigned char>(kSecret[i]));
  Md context(EVP_MD_CTX_new());
  must(EVP_DigestInit_ex2(context.get(), sha256(), nullptr) == 1 &&
       EVP_DigestUpdate(context.get(), block.data(), block.size()) == 1);
  return context;
}

void hmac_floor(benchmark::State& state) {
  const std::string text = shared_subject().token.substr(0, shared_subject().token.rfind('.'));
  const Md inner = absorbed(0x36);
  const Md outer = absorbed(0x5c);
  const Md context(EVP_MD_CTX_new());
  std::array<unsigned char, 32> out{};
  for (auto _ : state) {
    must(EVP_MD_CTX_copy_ex(context.get(), inner.get()) == 1 &&
         EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1 &&
         EVP_MD_CTX_copy_ex(context.get(), outer.get()) == 1 &&
         EVP_DigestUpdate(context.get(), out.data(), out.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
    benchmark::DoNotOptimize(out);
  }
}

struct KeyContextFree {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};

// r || s as the DER that OpenSSL takes, made once: converting it is not the floor's work.
std::vector<unsigned char> der_of(std::span<const std::byte> signature) {
  std::vector<unsigned char> body;
  for (const auto half : {signature.first(32), signature.subspan(32)}) {
    std::size_t zeros = 0;
    while (half[zeros] == std::byte{0}) ++zeros;
    const bool pad = (half[zeros] & std::byte{0x80}) != std::byte{0};
    body.push_back(2);
    body.push_back(static_cast<unsigned char>(32 - zeros + (pad ? 1 : 0)));
    if (pad) body.push_back(0);
    for (const std::byte b : half.subspan(zeros)) body.push_back(std::to_integer<unsigned char>(b));
  }
  body.insert(body.begin(), {0x30, static_cast<unsigned char>(body.size())});
  return body;
}

void public_key_floor(benchmark::State& state, Algorithm algorithm) {
  const Subject s = subject(algorithm);
  const std::size_t dot = s.token.rfind('.');
  const std::string text = s.token.substr(0, dot);
  const auto raw = base64url_decode(std::string_view(s.token).substr(dot + 1)).value();
  const auto* message = reinterpret_cast<const unsigned char*>(text.data());
  EVP_PKEY* const key = cjwt::detail::KeyAccess::state(s.key).asymmetric->key().get();
  if (algorithm == Algorithm::kEdDsa) {
    const Md context(EVP_MD_CTX_new());
    must(EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key, nullptr) ==
         1);
    for (auto _ : state)
      must(EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(raw.data()),
                            raw.size(), message, text.size()) == 1);
    return;
  }
  std::vector<unsigned char> signature(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i)
    signature[i] = std::to_integer<unsigned char>(raw[i]);
  if (algorithm == Algorithm::kEs256) signature = der_of(raw);
  const std::unique_ptr<EVP_PKEY_CTX, KeyContextFree> context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  must(EVP_PKEY_verify_init(context.get()) == 1 &&
       EVP_PKEY_CTX_set_signature_md(context.get(), sha256()) == 1);
  const Md digest(EVP_MD_CTX_new());
  std::array<unsigned char, 32> hash{};
  must(EVP_DigestInit_ex2(digest.get(), sha256(), nullptr) == 1);
  for (auto _ : state) {
    must(EVP_DigestInit_ex2(digest.get(), nullptr, nullptr) == 1 &&
         EVP_DigestUpdate(digest.get(), message, text.size()) == 1 &&
         EVP_DigestFinal_ex(digest.get(), hash.data(), nullptr) == 1 &&
         EVP_PKEY_verify(context.get(), signature.data(), signature.size(), hash.data(),
                         hash.size()) == 1);
  }
}

void peer_verify(benchmark::State& state, const jwt_peers::Peer& peer, Algorithm algorithm) {
  const Subject s = subject(algorithm);
  const std::string key =
      is_symmetric(algorithm)
          ? std::string(kSecret)
          : jwt_peers::pem_of(cjwt::detail::KeyAccess::state(s.key).asymmetric->key().get());
  for (auto _ : state) {
    if (const char* const fault = peer.verify(s.token, key, to_string(algorithm).data())) {
      state.SkipWithError(fault);
      break;
    }
  }
}

void peer_sign(benchmark::State& state, const jwt_peers::Peer& peer) {
  const std::string key(kSecret);
  for (auto _ : state) {
    if (const char* const fault = peer.sign(key)) {
      state.SkipWithError(fault);
      break;
    }
  }
}

template <class Run>
void add(const std::string& name, Run run) {
  benchmark::RegisterBenchmark(name.c_str(), run);
}

void register_all() {
  constexpr std::pair<const char*, Algorithm> kCases[] = {{"jwt_hs256_verify", Algorithm::kHs256},
                                                          {"jwt_rs256_verify", Algorithm::kRs256},
                                                          {"jwt_es256_verify", Algorithm::kEs256},
                                                          {"jwt_eddsa_verify", Algorithm::kEdDsa}};
  using State = benchmark::State;
  for (const auto& [label, algorithm] : kCases) {
    const std::string name = label;
    add(name + "/ours", [a = algorithm](State& s) { verify_ours(s, a); });
    if (is_symmetric(algorithm)) {
      add(name + "/floor", hmac_floor);
    } else {
      add(name + "/floor", [a = algorithm](State& s) { public_key_floor(s, a); });
    }
    for (const jwt_peers::Peer* peer : jwt_peers::all()) {
      if (algorithm == Algorithm::kEdDsa) continue;  // neither has it
      add(name + "/peer:" + peer->name,
          [peer, a = algorithm](State& s) { peer_verify(s, *peer, a); });
    }
  }
  add("jwt_hs256_sign/ours", sign_ours);
  add("jwt_hs256_sign/floor", hmac_floor);
  for (const jwt_peers::Peer* peer : jwt_peers::all())
    add(std::string("jwt_hs256_sign/peer:") + peer->name,
        [peer](State& s) { peer_sign(s, *peer); });
  // ours: wall time an operation while two threads verify; floor: one. 0.5 x is perfect scaling.
  benchmark::RegisterBenchmark("jwt_two_threads_hs256/ours", verify_shared)
      ->Threads(2)
      ->UseRealTime();
  benchmark::RegisterBenchmark("jwt_two_threads_hs256/floor", verify_shared)->UseRealTime();
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
