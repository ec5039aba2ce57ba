#include "coefficient/webhook/verifier.h"

#include <gtest/gtest.h>

#include <string>

#include "webhook/senders.h"
#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using namespace std::chrono_literals;
using test::Delivery;
using test::kBody;
using test::kNow;
using test::kSecret;
using test::make;
using test::plain;
using test::reason;
using test::Sender;
using test::senders;

TEST(Verifier, AcceptsEverySendersSignature) {
  const ManualClock clock(test::at(kNow));
  for (const Sender& s : senders()) {
    const Delivery d = s.sign(kBody, kNow);
    const auto verified = test::verify(make(s, clock), d);
    ASSERT_TRUE(verified) << s.scheme.name << ": " << reason(verified);
    EXPECT_EQ(verified->body(), d.body);
    EXPECT_EQ(verified->key_name(), "key0");
  }
}

TEST(Verifier, RefusesAnyFlippedBitOfBodySignatureAndSignedHeaders) {
  const ManualClock clock(test::at(kNow));
  for (const Sender& s : senders()) {
    const Verifier verifier = make(s, clock);
    const Delivery good = s.sign(kBody, kNow);
    const bool token = s.scheme.variants[0].algorithm == Algorithm::kSharedToken;
    for (std::size_t i = 0; !token && i < good.body.size() * 8; ++i) {
      Delivery d = good;
      d.body[i / 8] = static_cast<char>(d.body[i / 8] ^ (1 << i % 8));
      EXPECT_EQ(reason(test::verify(verifier, d)), "bad_signature") << s.scheme.name;
    }
    for (std::size_t h = 0; h < good.headers.size(); ++h) {
      if (good.headers[h].first.starts_with("X-GitHub") ||
          good.headers[h].first == "X-Gitlab-Event")
        continue;  // not signed
      for (std::size_t i = 0; i < good.headers[h].second.size() * 8; ++i) {
        Delivery d = good;
        char& c = d.headers[h].second[i / 8];
        c = static_cast<char>(c ^ (1 << i % 8));
        EXPECT_FALSE(test::verify(verifier, d)) << s.scheme.name << " " << d.headers[h].second;
      }
    }
  }
}

TEST(Verifier, RefusesMissingAndDuplicateHeaders) {
  const ManualClock clock(test::at(kNow));
  for (const Sender& s : senders()) {
    const Verifier verifier = make(s, clock);
    const Delivery good = s.sign(kBody, kNow);
    for (std::size_t h = 0; h < good.headers.size(); ++h) {
      Delivery twice = good;
      twice.headers.push_back(good.headers[h]);
      EXPECT_EQ(reason(test::verify(verifier, twice)), "duplicate_header") << s.scheme.name;
      Delivery upper = good;
      upper.headers.push_back(good.headers[h]);
      for (char& c : upper.headers.back().first) c = static_cast<char>(std::toupper(c));
      EXPECT_EQ(reason(test::verify(verifier, upper)), "duplicate_header") << s.scheme.name;
      Delivery none = good;
      none.headers.erase(none.headers.begin() + static_cast<std::ptrdiff_t>(h));
      const bool optional = good.headers[h].first.starts_with("X-GitHub") ||
                            good.headers[h].first == "X-Gitlab-Event";
      EXPECT_EQ(reason(test::verify(verifier, none)), optional ? "ok" : "missing_header")
          << s.scheme.name;
    }
  }
}

TEST(Verifier, RefusesTwoSetsOfNamesAtOnce) {
  const ManualClock clock(test::at(kNow));
  const auto all = senders();
  const Sender& standard = all[4];
  ASSERT_EQ(standard.scheme.name, "standard-webhooks");
  Delivery d = standard.sign(kBody, kNow);
  d.headers.emplace_back("svix-id", "msg_2");
  EXPECT_EQ(reason(test::verify(make(standard, clock), d)), "duplicate_header");
}

TEST(Verifier, HoldsTimestampsToTheToleranceInBothDirections) {
  const ManualClock clock(test::at(kNow));
  for (const Sender& s : senders()) {
    if (s.scheme.timestamp == TimestampSource::kNone) continue;
    const Verifier verifier = make(s, clock);
    const auto t = s.scheme.tolerance.count();
    EXPECT_EQ(reason(test::verify(verifier, s.sign(kBody, kNow - t))), "ok") << s.scheme.name;
    EXPECT_EQ(reason(test::verify(verifier, s.sign(kBody, kNow + t))), "ok") << s.scheme.name;
    EXPECT_EQ(reason(test::verify(verifier, s.sign(kBody, kNow - t - 1))), "too_old");
    EXPECT_EQ(reason(test::verify(verifier, s.sign(kBody, kNow + t + 1))), "too_new");
    // Ten years ahead, which stripe-node accepts.
    EXPECT_EQ(reason(test::verify(verifier, s.sign(kBody, kNow + 315'360'000))), "too_new");
    EXPECT_EQ(reason(test::verify(verifier, s.sign(kBody, 0))), "too_old");
    const Verifier wide = make(s, clock, {.tolerance = 7 * 24h});
    EXPECT_EQ(reason(test::verify(wide, s.sign(kBody, kNow - t - 1))), "ok");
  }
}

// What peers accept: 123abc, +123, " 123", 0123 (standardwebhooks JS), t=123abc and a duplicate t
// (stripe-node); what python-slack-sdk raises on: a non-numeric timestamp.
TEST(Verifier, RefusesOddTimestamps) {
  const ManualClock clock(test::at(kNow));
  const std::string digits = std::to_string(kNow);
  for (const Sender& s : senders()) {
    if (s.scheme.timestamp == TimestampSource::kNone) continue;
    if (s.scheme.timestamp == TimestampSource::kBodyMillis) continue;
    const Verifier verifier = make(s, clock, {.tolerance = 0s});
    for (const std::string& odd : std::vector<std::string>{
             digits + "abc", "+" + digits, " " + digits, digits + " ", "0" + digits, "-" + digits,
             std::string("not-a-number"), digits + ".0", digits + "e0", "0x65", std::string(),
             std::string("9999999999999999"), std::string("99999999999999999999999999"),
             std::string("\xD9\xA1\xD9\xA2"), digits + std::string(1, '\0')}) {
      Delivery d = s.sign(kBody, kNow);
      for (auto& [name, value] : d.headers)
        if (name.find("imestamp") != std::string::npos) value = odd;
      if (s.scheme.layout == SignatureLayout::kKeyValueList)
        d.headers[0].second = "t=" + odd + d.headers[0].second.substr(12);
      const std::string got = reason(test::verify(verifier, d));
      EXPECT_TRUE(got == "malformed_timestamp" || got == "malformed_signature")
          << s.scheme.name << " '" << odd << "' " << got;
    }
  }
}

TEST(Verifier, StripeRefusesADuplicateTimestampAndIgnoresOtherSchemes) {
  const ManualClock clock(test::at(kNow));
  const auto all = senders();
  const Verifier verifier = make(all[3], clock);
  const Delivery good = all[3].sign(kBody, kNow);
  const std::string value = good.headers[0].second;
  const auto with = [&](std::string header) {
    Delivery d = good;
    d.headers[0].second = std::move(header);
    return reason(test::verify(verifier, d));
  };
  EXPECT_EQ(with(value + ",t=" + std::to_string(kNow)), "malformed_timestamp");
  EXPECT_EQ(with(value + ",v0=anything"), "ok");
  EXPECT_EQ(with(value + ",v1=" + std::string(64, '0')), "ok") << "any v1 may match";
  EXPECT_EQ(with(value + ",v1=00"), "malformed_signature");
  EXPECT_EQ(with(value + ","), "malformed_signature");
  EXPECT_EQ(with("," + value), "malformed_signature");
  EXPECT_EQ(with(value + ", v0=a"), "malformed_signature");
  EXPECT_EQ(with(value.substr(13)), "malformed_timestamp");
  EXPECT_EQ(with(value.substr(0, 12)), "malformed_signature");
  EXPECT_EQ(with("t=" + std::to_string(kNow) + ",v0=aa"), "malformed_signature");
  std::string many = value;
  for (int i = 0; i < 40; ++i) many += ",v0=a";
  EXPECT_EQ(with(many), "malformed_signature") << "bounded";
}

TEST(Verifier, StandardWebhooksListsAndIds) {
  const ManualClock clock(test::at(kNow));
  const auto all = senders();
  const Verifier verifier = make(all[4], clock);
  const Delivery good = all[4].sign(kBody, kNow);
  const std::string value = good.headers[2].second;
  const auto with = [&](std::string header) {
    Delivery d = good;
    d.headers[2].second = std::move(header);
    return reason(test::verify(verifier, d));
  };
  const std::string zero = test::base64(std::string(32, '\0'));
  EXPECT_EQ(with("v1," + zero + " " + value), "ok");
  EXPECT_EQ(with(value + " v2,whatever"), "ok");
  EXPECT_EQ(with("v1," + zero), "bad_signature");
  EXPECT_EQ(with(value + "  v2,x"), "malformed_signature");
  EXPECT_EQ(with(value + " "), "malformed_signature");
  EXPECT_EQ(with(value.substr(0, value.size() - 1)), "malformed_signature") << "padding";
  // svix CVE-2024-21491: a short signature was compared over its own length.
  EXPECT_EQ(with(value.substr(0, 7)), "malformed_signature");
  EXPECT_EQ(with("v1,"), "malformed_signature");
  EXPECT_EQ(with("v2,abc"), "malformed_signature");
  EXPECT_EQ(with("v1a," + test::base64(std::string(64, '\1'))), "bad_signature");
  for (const std::string& id :
       std::vector<std::string>{"msg.1", "msg 1", "", "msg\n1", "\xc3\xa4"}) {
    Delivery d = good;
    d.headers[0].second = id;
    EXPECT_EQ(reason(test::verify(verifier, d)), "malformed_signature") << id;
  }
}

// octokit's web build accepts junk between hex pairs; python-slack-sdk raises on non-ASCII.
TEST(Verifier, RefusesOddSignatures) {
  const ManualClock clock(test::at(kNow));
  const auto all = senders();
  for (const std::size_t which : {0U, 1U, 2U, 8U, 9U, 10U}) {
    const Sender& s = all[which];
    const Verifier verifier = make(s, clock);
    Delivery good = s.sign(kBody, kNow);
    std::string* signature = nullptr;
    for (auto& [name, value] : good.headers)
      if (name == s.scheme.headers[0].signature) signature = &value;
    ASSERT_NE(signature, nullptr);
    const std::string value = *signature;
    const std::string tag = s.scheme.variants[0].tag;
    std::string junk = value;
    junk.insert(tag.size() + 2, "zz");
    std::string upper = value;
    for (std::size_t i = tag.size(); i < upper.size(); ++i)
      upper[i] = static_cast<char>(std::toupper(upper[i]));
    for (const std::string& odd : std::vector<std::string>{
             std::string(), tag, value + " ", " " + value, value + "\n", junk, value + "00",
             value.substr(0, value.size() - 2), value + value, "SHA256=" + value.substr(tag.size()),
             tag + "\xc3\xa9\xc3\xa9" + value.substr(tag.size() + 4), value + "," + value}) {
      *signature = odd;
      EXPECT_EQ(reason(test::verify(verifier, good)), "malformed_signature")
          << s.scheme.name << " '" << odd << "'";
    }
    *signature = upper;
    EXPECT_FALSE(test::verify(verifier, good)) << s.scheme.name;
  }
}

TEST(Verifier, GitHubRefusesTheSha1Header) {
  const Verifier verifier = make(senders()[0], system_clock());
  const Delivery d =
      plain("X-Hub-Signature", "sha1=" + test::hex(test::hmac(EVP_sha1(), kSecret, kBody)), kBody);
  EXPECT_EQ(reason(test::verify(verifier, d)), "missing_header");
}

TEST(Verifier, ReportsWhichKeyOfARotationMatched) {
  const std::string body = "{}";
  for (int which = 0; which < 3; ++which) {
    const std::string secret = "secret number " + std::to_string(which) + " ...";
    const Verifier verifier =
        Verifier::create(github_scheme(), test::keys({"secret number 0 ...", "secret number 1 ...",
                                                      "secret number 2 ..."}))
            .value();
    const Delivery d = plain("X-Hub-Signature-256",
                             "sha256=" + test::hex(test::hmac(EVP_sha256(), secret, body)), body);
    const auto verified = test::verify(verifier, d);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->key_index(), static_cast<std::size_t>(which));
    EXPECT_EQ(verified->key_name(), "key" + std::to_string(which));
  }
}

TEST(Verifier, AnyOfSeveralStripeSignaturesMayMatchAnyKey) {
  const ManualClock clock(test::at(kNow));
  const auto all = senders();
  const std::string old_secret = "the secret before the rotation";
  const Verifier verifier =
      Verifier::create(stripe_scheme(), test::keys({old_secret, kSecret}), clock).value();
  Delivery d = all[3].sign(kBody, kNow);
  EXPECT_EQ(test::verify(verifier, d)->key_index(), 1U);
  const std::string signed_text = std::to_string(kNow) + "." + kBody;
  d.headers[0].second += ",v1=" + test::hex(test::hmac(EVP_sha256(), old_secret, signed_text));
  EXPECT_EQ(test::verify(verifier, d)->key_index(), 0U);
}

TEST(Verifier, MixesHmacAndEd25519KeysOfStandardWebhooks) {
  const ManualClock clock(test::at(kNow));
  const auto all = senders();
  const Verifier verifier = Verifier::create(standard_webhooks_scheme(),
                                             test::keys({all[4].secret, all[6].secret}), clock)
                                .value();
  EXPECT_EQ(test::verify(verifier, all[4].sign(kBody, kNow))->key_index(), 0U);
  EXPECT_EQ(test::verify(verifier, all[6].sign(kBody, kNow))->key_index(), 1U);
}

TEST(Verifier, CapsTheBody) {
  const ManualClock clock(test::at(kNow));
  for (const Sender& s : senders()) {
    const Delivery d = s.sign(kBody, kNow);
    const Verifier exact = make(s, clock, {.max_body_bytes = d.body.size()});
    EXPECT_EQ(reason(test::verify(exact, d)), "ok");
    const Verifier tight = make(s, clock, {.max_body_bytes = d.body.size() - 1});
    EXPECT_EQ(reason(test::verify(tight, d)), "body_too_large") << s.scheme.name;
  }
  EXPECT_EQ(make(senders()[0], clock).max_body_bytes(), 25U << 20U);
  EXPECT_EQ(make(senders()[1], clock).max_body_bytes(), 1U << 20U);
}

TEST(Verifier, RefusesUselessKeys) {
  const auto create = [](Scheme scheme, std::vector<Key> keys, VerifierOptions options = {}) {
    const auto made =
        Verifier::create(std::move(scheme), std::move(keys), system_clock(), std::move(options));
    return made ? std::string() : made.error().message;
  };
  EXPECT_NE(create(github_scheme(), {}), "");
  EXPECT_NE(create(github_scheme(), test::keys({""})).find("empty"), std::string::npos);
  EXPECT_NE(create(github_scheme(), test::keys({"short"})).find("shorter than 16"),
            std::string::npos);
  EXPECT_EQ(create(github_scheme(), test::keys({"short"}), {.min_secret_bytes = 5}), "");
  EXPECT_NE(create(github_scheme(), test::keys({"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})), "");
  EXPECT_NE(create(github_scheme(),
                   test::keys({std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16)})),
            "");
  EXPECT_NE(create(standard_webhooks_scheme(), test::keys({kSecret})).find("whsec_ or whpk_"),
            std::string::npos);
  EXPECT_NE(create(standard_webhooks_scheme(), test::keys({"whsec_!!!"})), "");
  EXPECT_NE(create(standard_webhooks_scheme(), test::keys({"whpk_AAAA"})), "");
  EXPECT_NE(create(discord_scheme(), test::keys({"00"})), "");
  std::vector<Key> same = test::keys({kSecret, "another secret of length"});
  same[1].name = same[0].name;
  EXPECT_NE(create(github_scheme(), std::move(same)).find("two keys"), std::string::npos);
  std::vector<Key> many;
  for (int i = 0; i < 9; ++i) many.push_back({std::to_string(i), SecretBytes::copy_of(kSecret)});
  EXPECT_NE(create(github_scheme(), std::move(many)).find("more than 8"), std::string::npos);
  // No message ever quotes the secret.
  EXPECT_EQ(create(standard_webhooks_scheme(), test::keys({kSecret})).find(kSecret),
            std::string::npos);
}
