// Every real payload, signed by the openssl command, verifies; with any one bit of body or
// signature flipped it does not.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "coefficient/webhook/verifier.h"
#include "support/vectors.h"
#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using test::kSecret;
using test::reason;

namespace {

// Flips every bit by default (about 30 million hashed kilobytes, both cores); the sanitizer runs of
// .ci/run set a stride, because OpenSSL is not instrumented and repeats nothing for them.
std::size_t stride() {
  const char* text = std::getenv("COEFFICIENT_BITFLIP_STRIDE");
  const long value = text == nullptr ? 1 : std::strtol(text, nullptr, 10);
  return value > 0 ? static_cast<std::size_t>(value) : 1;
}

// HMAC-SHA256 in hex by the openssl command; empty if it cannot be run.
std::string openssl_hmac(const std::filesystem::path& file) {
  const std::string key = test::hex(kSecret);
  const std::string command = "openssl mac -digest SHA256 -macopt hexkey:" + key + " -in '" +
                              file.string() + "' HMAC 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  for (int c = pipe ? std::fgetc(pipe.get()) : EOF; c != EOF; c = std::fgetc(pipe.get()))
    if (std::isxdigit(c) != 0) out += static_cast<char>(std::tolower(c));
  return out;
}

void flip(std::string& text, std::size_t bit) {
  text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
}

// The number of accepted requests among all whose body has one bit flipped.
std::size_t accepted_flips(const Verifier& verifier, std::span<const Header> headers,
                           const std::string& body) {
  std::atomic<std::size_t> accepted = 0;
  const auto worker = [&](std::size_t first) {
    std::string flipped = body;
    for (std::size_t bit = first * stride(); bit < body.size() * 8; bit += 2 * stride()) {
      flip(flipped, bit);
      auto session = verifier.begin({.headers = headers}, {.keep_body = false});
      if (session && session->update(flipped) && std::move(*session).finish()) ++accepted;
      flip(flipped, bit);
    }
  };
  std::thread other(worker, 1);
  worker(0);
  other.join();
  return accepted;
}

}  // namespace

TEST(Payloads, SignedByOpensslVerifyAndAnyFlippedBitIsRefused) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "payloads/github");
  const auto verifier = Verifier::create(github_scheme(), test::keys({kSecret})).value();
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().extension() != ".json") continue;
    const std::string mac = openssl_hmac(entry.path());
    if (mac.empty()) GTEST_SKIP() << "needs the openssl command (mac)";
    const std::string body = test::read_file(entry.path());
    const std::string signature = "sha256=" + mac;
    const std::vector<Header> headers = {{"X-Hub-Signature-256", signature},
                                         {"X-GitHub-Event", "any"}};
    const auto verified = verifier.verify({.headers = headers}, body);
    ASSERT_TRUE(verified) << entry.path() << " " << reason(verified);
    EXPECT_EQ(accepted_flips(verifier, headers, body), 0U) << entry.path();
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
      std::string flipped = signature;
      flip(flipped, bit);
      const std::vector<Header> wrong = {{"X-Hub-Signature-256", flipped}};
      EXPECT_FALSE(verifier.verify({.headers = wrong}, body)) << flipped;
    }
    ++count;
  }
  EXPECT_EQ(count, 44);
}

// The same with the timestamp in the signed content: Slack's layout over every payload.
TEST(Payloads, ASignedTimestampIsAsGoodAsTheBody) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "payloads/github");
  const ManualClock clock(test::at(1'700'000'000));
  const auto verifier = Verifier::create(slack_scheme(), test::keys({kSecret}), clock).value();
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().extension() != ".json") continue;
    const std::string body = test::read_file(entry.path());
    const std::string ts = "1700000000";
    test::Delivery d{
        {{"X-Slack-Request-Timestamp", ts},
         {"X-Slack-Signature",
          "v0=" + test::hex(test::hmac(EVP_sha256(), kSecret, "v0:" + ts + ":" + body))}},
        body};
    ASSERT_EQ(reason(test::verify(verifier, d)), "ok") << entry.path();
    for (auto& [name, value] : d.headers)
      for (std::size_t bit = 0; bit < value.size() * 8; ++bit) {
        flip(value, bit);
        EXPECT_FALSE(test::verify(verifier, d)) << name << ": " << value;
        flip(value, bit);
      }
  }
}
