// Verifying a GitHub delivery: ours (header parsing, HMAC, compare, Verified), the floor (raw
// SHA-256 of the same bytes with OpenSSL's low-level context), and OpenSSL's one-shot HMAC() with
// the same header parsing that a careful host would write around it.
#define OPENSSL_SUPPRESS_DEPRECATED  // the floor is the low-level API on purpose
#include <benchmark/benchmark.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/webhook/verifier.h"

namespace {

using namespace coefficient;
using namespace coefficient::webhook;

constexpr std::string_view kSecret = "It's a Secret to Everybody";

std::string make_body(std::size_t size) {
  std::string body(size, '\0');
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 20);
  return body;
}

std::array<unsigned char, 32> one_shot(std::string_view body) {
  std::array<unsigned char, 32> mac{};
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()),
           reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac.data(),
           &length) == nullptr)
    throw std::runtime_error("HMAC");
  return mac;
}

std::string signature_of(std::string_view body) {
  const auto mac = one_shot(body);
  return "sha256=" + hex_encode(std::as_bytes(std::span(mac)));
}

const Verifier& verifier() {
  static const Verifier v = [] {
    std::vector<Key> keys;
    keys.push_back({"k", SecretBytes::copy_of(kSecret)});
    return Verifier::create(github_scheme(), std::move(keys)).value();
  }();
  return v;
}

// What a host's HTTP layer hands over: a handful of headers around the three that matter.
std::vector<Header> headers_with(std::string_view signature) {
  return {{"Host", "hooks.example"},
          {"User-Agent", "GitHub-Hookshot/044aadd"},
          {"Content-Type", "application/json"},
          {"X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
          {"X-GitHub-Event", "pull_request"},
          {"X-Hub-Signature-256", signature}};
}

void ours(benchmark::State& state, std::size_t size, bool with_replay_key) {
  std::string body = make_body(size);
  const std::string signature = signature_of(body);
  const std::vector<Header> headers = headers_with(signature);
  const Request request{.headers = headers};
  for (auto _ : state) {
    auto verified = verifier().verify(request, std::move(body));
    if (!verified) state.SkipWithError("refused");
    if (with_replay_key) benchmark::DoNotOptimize(verified->replay_key());
    body = std::move(*verified).take_body();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void floor_sha256(benchmark::State& state, std::size_t size) {
  const std::string body = make_body(size);
  std::array<unsigned char, 32> out{};
  for (auto _ : state) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, body.data(), body.size());
    SHA256_Final(out.data(), &context);
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void one_shot_hmac(benchmark::State& state, std::size_t size) {
  const std::string body = make_body(size);
  const std::string signature = signature_of(body);
  for (auto _ : state) {
    const auto mac = one_shot(body);
    std::array<std::byte, 32> given{};
    const bool good = signature.starts_with("sha256=") &&
                      hex_decode_exact(std::string_view(signature).substr(7), given) &&
                      CRYPTO_memcmp(mac.data(), given.data(), given.size()) == 0;
    if (!good) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

// Two threads on one verifier: the time of one verification when both verify all the time.
void two_threads(benchmark::State& state) {
  std::string body = make_body(8192);
  const std::string signature = signature_of(body);
  const std::vector<Header> headers = headers_with(signature);
  for (auto _ : state) {
    auto verified = verifier().verify({.headers = headers}, std::move(body));
    if (!verified) state.SkipWithError("refused");
    body = std::move(*verified).take_body();
  }
}

void register_all() {
  constexpr std::pair<std::size_t, const char*> kSizes[] = {
      {256, "256B"}, {1024, "1KiB"}, {8192, "8KiB"}, {65536, "64KiB"}, {1048576, "1MiB"}};
  for (const auto& [size, label] : kSizes) {
    const std::string name = std::string("webhook_github_verify_") + label;
    const auto add = [](const std::string& case_name, const char* role, auto run) {
      benchmark::RegisterBenchmark((case_name + "/" + role).c_str(), run);
    };
    add(name, "ours", [size = size](benchmark::State& s) { ours(s, size, false); });
    add(name, "floor", [size = size](benchmark::State& s) { floor_sha256(s, size); });
    add(name, "peer:one-shot-HMAC", [size = size](benchmark::State& s) { one_shot_hmac(s, size); });
    // The replay key is a second hash over the same bytes, so its floor is two of them.
    const std::string replay = name + "_and_replay_key";
    add(replay, "ours", [size = size](benchmark::State& s) { ours(s, size, true); });
    add(replay, "floor", [size = size](benchmark::State& s) { floor_sha256(s, size); });
  }
  // ours: wall time an operation with two threads; floor: with one. 1.0 x is perfect scaling.
  benchmark::RegisterBenchmark("webhook_two_threads_8KiB/ours", two_threads)
      ->Threads(2)
      ->UseRealTime();
  benchmark::RegisterBenchmark("webhook_two_threads_8KiB/floor", two_threads)->UseRealTime();
  // What this machine makes of two threads that share nothing at all.
  const auto nothing_shared = [](benchmark::State& s) { floor_sha256(s, 8192); };
  benchmark::RegisterBenchmark("two_threads_raw_sha256_8KiB/ours", nothing_shared)
      ->Threads(2)
      ->UseRealTime();
  benchmark::RegisterBenchmark("two_threads_raw_sha256_8KiB/floor", nothing_shared)->UseRealTime();
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
