#include "coefficient/webhook/message_signature.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using namespace std::chrono_literals;
using test::reason;

namespace {

constexpr std::int64_t kCreated = 1'776'520'800;
const std::string kSharedSecret = "0123456789abcdef0123456789abcdef";

// A signed request, made with OpenSSL's one-shots and a signature base written out by hand.
struct Message {
  std::string method = "POST";
  std::string url = "https://host.example/hook?x=1";
  std::string body = R"({"a":1})";
  std::string components = R"("@method" "@target-uri" "content-digest")";
  std::string parameters = ";created=1776520800;keyid=\"k\"";
  test::Delivery delivery = {};

  static std::string digest_of(std::string_view body) {
    unsigned char md[32];
    EVP_Q_digest(nullptr, "SHA256", nullptr, body.data(), body.size(), md, nullptr);
    return "sha-256=:" + test::base64({reinterpret_cast<const char*>(md), 32}) + ":";
  }
  Message& sign(std::string_view secret) {
    const std::string digest = digest_of(body);
    const std::string input = "(" + components + ")" + parameters;
    std::string base;
    std::string_view rest = components;
    while (!rest.empty()) {
      const auto name = rest.substr(1, rest.find('"', 1) - 1);
      rest.remove_prefix(std::min(rest.size(), name.size() + 3));
      base += "\"" + std::string(name) + "\": ";
      if (name == "@method") base += method;
      if (name == "@target-uri") base += url;
      if (name == "@authority") base += "host.example";
      if (name == "@path") base += "/hook";
      if (name == "@query") base += "?x=1";
      if (name == "@scheme") base += "https";
      if (name == "@request-target") base += "/hook?x=1";
      if (name == "content-digest") base += digest;
      if (name == "content-type") base += "application/json";
      base += "\n";
    }
    base += "\"@signature-params\": " + input;
    delivery.headers = {
        {"Content-Type", "application/json"},
        {"Content-Digest", digest},
        {"Signature-Input", "s=" + input},
        {"Signature", "s=:" + test::base64(test::hmac(EVP_sha256(), secret, base)) + ":"}};
    return *this;
  }
};

MessageSignatureVerifier make(const Clock& clock, MessageSignatureProfile profile = {},
                              MessageSignatureOptions options = {}) {
  std::vector<MessageKey> keys;
  keys.push_back(
      MessageKey::hmac_sha256("old", "other", SecretBytes::copy_of("another secret....")).value());
  keys.push_back(MessageKey::hmac_sha256("new", "k", SecretBytes::copy_of(kSharedSecret)).value());
  return MessageSignatureVerifier::create(std::move(profile), std::move(keys), clock,
                                          std::move(options))
      .value();
}

auto verify(const MessageSignatureVerifier& v, const Message& m) {
  const auto headers = m.delivery.views();
  return v.verify({.headers = headers, .method = m.method, .url = m.url}, m.body);
}

const ManualClock& clock_at_now() {
  static const ManualClock clock(test::at(kCreated));
  return clock;
}

}  // namespace

TEST(MessageSignature, AcceptsAndTellsTheKeyAndTheNonce) {
  Message m;
  m.parameters += ";nonce=\"n-1\"";
  const auto verified = verify(make(clock_at_now()), m.sign(kSharedSecret));
  ASSERT_TRUE(verified) << reason(verified);
  EXPECT_EQ(verified->key_name(), "new");
  EXPECT_EQ(verified->delivery_id(), "n-1");
  EXPECT_TRUE(verified->delivery_id_signed());
  EXPECT_EQ(verified->body(), m.body);
}

TEST(MessageSignature, CoversEveryDerivedComponent) {
  Message m;
  m.components =
      R"("@method" "@authority" "@path" "@query" "@scheme" "@request-target" "content-type" "content-digest")";
  EXPECT_EQ(reason(verify(make(clock_at_now()), m.sign(kSharedSecret))), "ok");
  for (const std::string& url :
       std::vector<std::string>{"https://host.example/other?x=1", "https://evil.example/hook?x=1",
                                "http://host.example/hook?x=1", "https://host.example/hook?x=2",
                                "https://host.example/hook"}) {
    Message changed = m;
    changed.url = url;
    EXPECT_EQ(reason(verify(make(clock_at_now()), changed)), "bad_signature") << url;
  }
}

TEST(MessageSignature, NormalizesTheTargetUri) {
  for (const std::string& url : std::vector<std::string>{
           "https://HOST.example/hook?x=1", "https://host.example:443/hook?x=1",
           "HTTPS://host.example/hook?x=1", "https://host.example:/hook?x=1"}) {
    Message m;
    m.sign(kSharedSecret);
    m.url = url;
    EXPECT_EQ(reason(verify(make(clock_at_now()), m)), "ok") << url;
  }
  for (const std::string& url : std::vector<std::string>{
           "", "/hook", "ftp://host.example/", "https://", "https://u@host.example/hook?x=1",
           "https://host.example/hook?x=1#f", "https://host.example/%zz", "https://host.example/%2",
           "https://host.example:99999999/", "https://host.example:x/", "https://[::1/",
           "https://host.example/\xc3\xa9"}) {
    Message m;
    m.sign(kSharedSecret);
    m.url = url;
    EXPECT_EQ(reason(verify(make(clock_at_now()), m)), "malformed_signature") << url;
  }
}

namespace {

// The same content under both messages' labels, `b`'s renamed to "t".
Message with_labels_of(const Message& a, const Message& b) {
  Message both = a;
  for (const std::size_t i : {2U, 3U})
    both.delivery.headers[i].second += ", t" + b.delivery.headers[i].second.substr(1);
  return both;
}

}  // namespace

TEST(MessageSignature, RefusesAMessageThatSeveralLabelsProve) {
  Message one;
  one.parameters += ";nonce=\"n-1\"";
  one.sign(kSharedSecret);
  Message two;
  two.components = R"("@method" "@authority" "@path" "content-digest")";
  two.parameters += ";nonce=\"n-2\"";
  two.sign(kSharedSecret);
  Message foreign;
  foreign.parameters = ";created=1776520800;keyid=\"proxy\"";
  foreign.sign("of a proxy on the way");
  Message forged;
  forged.sign("a secret that is not ours");
  Message old;
  old.parameters = ";created=1776510000;keyid=\"k\"";
  old.sign(kSharedSecret);
  struct Case {
    const char* what;
    Message message;
    const char* strict;
    const char* several;
  };
  for (const Case& c :
       {Case{"both ours", with_labels_of(one, two), "malformed_signature", "ok"},
        Case{"both ours, the other way round", with_labels_of(two, one), "malformed_signature",
             "ok"},
        Case{"twice the same", with_labels_of(one, one), "malformed_signature", "ok"},
        Case{"another's beside ours", with_labels_of(one, foreign), "ok", "ok"},
        Case{"another's before ours", with_labels_of(foreign, one), "ok", "ok"},
        Case{"one that does not verify", with_labels_of(one, forged), "ok", "ok"},
        Case{"one that does not verify first", with_labels_of(forged, one), "ok", "ok"},
        Case{"one that is over", with_labels_of(old, one), "ok", "ok"}}) {
    EXPECT_EQ(reason(verify(make(clock_at_now()), c.message)), c.strict) << c.what;
    const auto several = verify(make(clock_at_now(), {.several_proofs = true}), c.message);
    EXPECT_EQ(reason(several), c.several) << c.what;
  }
}

TEST(MessageSignature, RefusesIncompleteCoverage) {
  for (const char* components :
       {R"("@target-uri" "content-digest")", R"("@method" "content-digest")",
        R"("@method" "@target-uri")", R"("@method" "@authority" "content-digest")",
        R"("@method" "@path" "content-digest")"}) {
    Message m;
    m.components = components;
    EXPECT_EQ(reason(verify(make(clock_at_now()), m.sign(kSharedSecret))), "malformed_signature")
        << components;
  }
}

TEST(MessageSignature, HoldsTheWindow) {
  const auto with = [](std::string parameters) {
    Message m;
    m.parameters = std::move(parameters) + ";keyid=\"k\"";
    return reason(verify(make(clock_at_now()), m.sign(kSharedSecret)));
  };
  EXPECT_EQ(with(";created=1776520500"), "ok");
  EXPECT_EQ(with(";created=1776520499"), "too_old");
  EXPECT_EQ(with(";created=1776521100"), "ok");
  EXPECT_EQ(with(";created=1776521101"), "too_new");
  EXPECT_EQ(with(";created=1776520300;expires=1776520500"), "ok") << "within the skew";
  EXPECT_EQ(with(";created=1776520300;expires=1776520499"), "too_old");
  EXPECT_EQ(with(";created=1776520800;expires=1776520800"), "malformed_timestamp");
  EXPECT_EQ(with(";created=1776520800;expires=1776520700"), "malformed_timestamp");
  EXPECT_EQ(with(";created=1776520800;expires=1776521101"), "malformed_timestamp");
  EXPECT_EQ(with(";created=01776520800"), "malformed_timestamp");
  EXPECT_EQ(with(";created=9999999999999999"), "malformed_timestamp");
  EXPECT_EQ(with(";created=-1"), "malformed_signature");
  EXPECT_EQ(with(";created=\"1776520800\""), "malformed_signature");
  EXPECT_EQ(with(""), "malformed_signature");
}

TEST(MessageSignature, TheKeyNotTheMessageChoosesTheAlgorithm) {
  const auto with = [](std::string alg) {
    Message m;
    m.parameters += ";alg=\"" + alg + "\"";
    return reason(verify(make(clock_at_now()), m.sign(kSharedSecret)));
  };
  EXPECT_EQ(with("hmac-sha256"), "ok");
  EXPECT_EQ(with("ed25519"), "bad_signature");
  EXPECT_EQ(with("none"), "bad_signature");
}

TEST(MessageSignature, RefusesMissingDuplicateAndMalformedHeaders) {
  const MessageSignatureVerifier v = make(clock_at_now());
  Message good;
  good.sign(kSharedSecret);
  for (std::size_t i = 1; i < good.delivery.headers.size(); ++i) {
    Message none = good;
    none.delivery.headers.erase(none.delivery.headers.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(reason(verify(v, none)), "missing_header");
    Message twice = good;
    twice.delivery.headers.push_back(good.delivery.headers[i]);
    EXPECT_EQ(reason(verify(v, twice)), "duplicate_header");
  }
  const std::string input = good.delivery.headers[2].second;
  for (const std::string& odd : std::vector<std::string>{
           "",
           "s",
           "s=",
           "s=(",

           "s=token",
           input + ",",
           input + ", ",
           input + "," + input,
           " " + input,
           input + " ",
           input + ";",
           input + ";created=1",
           "S" + input.substr(1),
           input + ";x=?2",
           input + ";x=\"",
           input + ";x=:a",
           input + ";x=1.",
           input + ";x=\"\\\"\"",
           "s=(\"@method\"  \"@target-uri\" \"content-digest\");created=1776520800;keyid=\"k\"",
           "s=(\"@method\" \"@target-uri\";req \"content-digest\");created=1776520800;keyid=\"k\"",
           "s=(\"@method\" \"@method\" \"@target-uri\" "
           "\"content-digest\");created=1776520800;keyid=\"k\"",
           "s=(\"@method\" \"@target-uri\" \"@nothing\" "
           "\"content-digest\");created=1776520800;keyid=\"k\"",
           "s=(\"@method\" \"@target-uri\" \"Content-Digest\" "
           "\"content-digest\");created=1776520800;keyid=\"k\"",
           std::string(20'000, 'a')}) {
    Message m = good;
    m.delivery.headers[2].second = odd;
    EXPECT_EQ(reason(verify(v, m)), "malformed_signature") << odd.substr(0, 120);
  }
  const std::string signature = good.delivery.headers[3].second;
  for (const std::string& odd : std::vector<std::string>{
           "", "s", "s=", "s=::", "s=:AAAA:", "s=" + signature, signature + ", " + signature,
           signature + ";x", signature.substr(0, signature.size() - 1), "s=:\xff:"}) {
    Message m = good;
    m.delivery.headers[3].second = odd;
    EXPECT_EQ(reason(verify(v, m)), "malformed_signature") << odd;
  }
  for (const std::string& odd :
       std::vector<std::string>{"", "sha-256=::", "md5=:AAAA:", "sha-256=:AAAA:", "x"}) {
    Message m = good;
    m.delivery.headers[1].second = odd;
    EXPECT_EQ(reason(verify(v, m)), "malformed_signature") << odd;
  }
}

TEST(MessageSignature, EveryDigestThatIsThereMustAgree) {
  const MessageSignatureVerifier v = make(clock_at_now());
  Message m;
  m.sign(kSharedSecret);
  m.body += "x";
  EXPECT_EQ(reason(verify(v, m)), "bad_signature");
}

TEST(MessageSignature, RefusesAnyFlippedBit) {
  const MessageSignatureVerifier v = make(clock_at_now());
  Message good;
  good.parameters += ";nonce=\"abc\";alg=\"hmac-sha256\"";
  good.sign(kSharedSecret);
  for (std::size_t h = 1; h < good.delivery.headers.size(); ++h)
    for (std::size_t i = 0; i < good.delivery.headers[h].second.size() * 8; ++i) {
      Message m = good;
      char& c = m.delivery.headers[h].second[i / 8];
      c = static_cast<char>(c ^ (1 << i % 8));
      EXPECT_FALSE(verify(v, m)) << m.delivery.headers[h].second;
    }
  for (std::size_t i = 0; i < good.body.size() * 8; ++i) {
    Message m = good;
    m.body[i / 8] = static_cast<char>(m.body[i / 8] ^ (1 << i % 8));
    EXPECT_EQ(reason(verify(v, m)), "bad_signature");
  }
}

TEST(MessageSignature, StreamsWithACap) {
  const MessageSignatureVerifier v = make(clock_at_now(), {.max_body_bytes = 8});
  Message m;
  m.sign(kSharedSecret);
  const auto headers = m.delivery.views();
  const Request request{.headers = headers, .method = m.method, .url = m.url};
  auto session = v.begin(request);
  ASSERT_TRUE(session);
  for (const char c : m.body) ASSERT_TRUE(session->update(std::string_view(&c, 1)));
  const auto verified = std::move(*session).finish();
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->body(), m.body);
  EXPECT_EQ(verified->replay_key().value(), verify(v, m)->replay_key().value());
  auto tight = v.begin(request, {.keep_body = false});
  EXPECT_EQ(reason(tight->update("123456789")), "body_too_large");
  EXPECT_EQ(reason(std::move(*tight).finish()), "body_too_large");
}

TEST(MessageSignature, TheGateIsAskedForTheKeyid) {
  Message m;
  m.sign(kSharedSecret);
  std::string asked;
  const auto gate = [&](std::string_view keyid) -> std::optional<Reason> {
    asked = keyid;
    return Reason::kUnavailable;
  };
  EXPECT_EQ(reason(verify(make(clock_at_now(), {}, {.key_gate = gate}), m)), "unavailable");
  EXPECT_EQ(asked, "k");
}

TEST(MessageSignature, RefusesUselessKeys) {
  EXPECT_FALSE(MessageKey::hmac_sha256("n", "", SecretBytes::copy_of("short")));
  EXPECT_FALSE(MessageKey::hmac_sha256("n", "", SecretBytes::copy_of(std::string(32, 'a'))));
  EXPECT_FALSE(MessageKey::pem("n", "", "no pem"));
  const std::string x = R"("x":"y7tTfeqazsFeTn3ccCzQlcJ4qFWuYsu-JkJAcfc9VoA")";
  EXPECT_TRUE(MessageKey::jwk("n", R"({"kty":"OKP","crv":"Ed25519",)" + x + "}"));
  for (const std::string& bad : std::vector<std::string>{
           "", "[]", R"({"kty":"OKP","crv":"X25519",)" + x + "}",
           R"({"kty":"OKP","crv":"Ed25519"})", R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})",
           R"({"kty":"OKP","crv":"Ed25519","use":"enc",)" + x + "}",
           R"({"kty":"OKP","crv":"Ed25519","key_ops":["sign"],)" + x + "}",
           R"({"kty":"OKP","crv":"Ed25519","alg":"ES256",)" + x + "}",
           R"({"kty":"OKP","kty":"OKP","crv":"Ed25519",)" + x + "}"})
    EXPECT_FALSE(MessageKey::jwk("n", bad)) << bad;
  EXPECT_FALSE(MessageSignatureVerifier::create({}, {}));
}
