// verify() of an HMAC scheme takes nothing from the C++ heap. OpenSSL 3.0 itself allocates a few
// digest contexts in each verification; they are counted and bounded separately.
#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "coefficient/webhook/verifier.h"
#include "webhook/support.h"

namespace {
std::atomic<std::size_t> cxx_allocations = 0;
std::atomic<std::size_t> openssl_allocations = 0;

void* counted_malloc(std::size_t size, const char* /*file*/, int /*line*/) {
  ++openssl_allocations;
  return std::malloc(size);
}
void* counted_realloc(void* p, std::size_t size, const char* /*file*/, int /*line*/) {
  ++openssl_allocations;
  return std::realloc(p, size);
}
void counted_free(void* p, const char* /*file*/, int /*line*/) {
  std::free(p);
}

// OpenSSL takes its memory functions only before its first allocation.
const int kOpensslIsCounted =
    CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free);
}  // namespace

// Not inlined: g++ under -fsanitize would else see a pointer from new reach free() and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++cxx_allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t /*size*/) noexcept {
  std::free(p);
}

using namespace coefficient;
using namespace coefficient::webhook;

namespace {

struct Case {
  Scheme scheme;
  std::string secret;
  test::Delivery delivery;
};

std::vector<Case> cases() {
  const std::string secret = "a secret of some length";
  const std::string raw = "0123456789abcdef0123456789abcdef";
  const std::string body(20'000, 'x');
  const auto mac = [&](std::string_view content) {
    return test::hmac(EVP_sha256(), secret, content);
  };
  return {
      {github_scheme(),
       secret,
       {{{"X-Hub-Signature-256", "sha256=" + test::hex(mac(body))},
         {"X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
         {"X-GitHub-Event", "pull_request_review_comment"}},
        body}},
      {slack_scheme(),
       secret,
       {{{"X-Slack-Request-Timestamp", "1700000000"},
         {"X-Slack-Signature", "v0=" + test::hex(mac("v0:1700000000:" + body))}},
        body}},
      {paystack_scheme(),
       secret,
       {{{"x-paystack-signature", test::hex(test::hmac(EVP_sha512(), secret, body))}}, body}},
      {stripe_scheme(),
       secret,
       {{{"Stripe-Signature", "t=1700000000,v1=" + test::hex(mac("1700000000." + body))}}, body}},
      {standard_webhooks_scheme(),
       "whsec_" + test::base64(raw),
       {{{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
         {"webhook-timestamp", "1700000000"},
         {"webhook-signature",
          "v1," + test::base64(test::hmac(EVP_sha256(), raw,
                                          "msg_p5jXN8AQM9LWM0D4loKWxJek.1700000000." + body))}},
        body}},
      {shopify_scheme(), secret, {{{"X-Shopify-Hmac-SHA256", test::base64(mac(body))}}, body}},
      {bitbucket_scheme(), secret, {{{"X-Hub-Signature", "sha256=" + test::hex(mac(body))}}, body}},
  };
}

}  // namespace

TEST(Allocation, VerifyOfHmacSchemesTakesNothingFromTheHeap) {
  const ManualClock clock(test::at(1'700'000'000));
  for (const Case& c : cases()) {
    const auto verifier = Verifier::create(c.scheme, test::keys({c.secret}), clock).value();
    const auto headers = c.delivery.views();
    const Request request{.headers = headers};
    std::string body = c.delivery.body;
    for (int round = 0; round < 3; ++round) {  // the first warms OpenSSL's own caches
      const std::size_t before = cxx_allocations;
      const std::size_t openssl_before = openssl_allocations;
      auto verified = verifier.verify(request, std::move(body));
      const std::size_t taken = cxx_allocations - before;
      const std::size_t openssl_taken = openssl_allocations - openssl_before;
      ASSERT_TRUE(verified) << c.scheme.name << test::reason(verified);
      body = std::move(*verified).take_body();
      if (round == 0) continue;
      EXPECT_EQ(taken, 0U) << c.scheme.name;
      if (kOpensslIsCounted == 1) {
        EXPECT_LE(openssl_taken, 3U) << c.scheme.name;
      }
    }
  }
}

TEST(Allocation, RefusalsTakeNothingEither) {
  const ManualClock clock(test::at(1'700'000'000));
  const auto verifier =
      Verifier::create(github_scheme(), test::keys({"a secret of some length"}), clock).value();
  const std::vector<Header> headers = {{"X-Hub-Signature-256", "sha256=junk"}};
  const std::string zeros = "sha256=" + std::string(64, '0');
  const std::vector<Header> wrong = {{"X-Hub-Signature-256", zeros}};
  const std::size_t before = cxx_allocations;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(verifier.verify({}, {}));
    EXPECT_FALSE(verifier.verify({.headers = headers}, {}));
    EXPECT_FALSE(verifier.verify({.headers = wrong}, {}));
  }
  EXPECT_EQ(cxx_allocations - before, 0U);
}

// The counter counts: without this, the zeros above could come from a dead hook.
TEST(Allocation, TheCounterCounts) {
  const std::size_t before = cxx_allocations;
  const std::string* text = new std::string(100, 'x');
  EXPECT_GE(cxx_allocations - before, 2U);
  delete text;
}
