// Published messages: RFC 9421 appendix B, and those of AdCP.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "coefficient/webhook/message_signature.h"
#include "coefficient/webhook/replay_store.h"
#include "support/vectors.h"
#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using namespace std::chrono_literals;
using test::reason;

namespace {

using Json = nlohmann::json;

}  // namespace

// RFC 9421 B.2.5 and B.2.6: the published signature over the published base verifies with the
// key wrappers; the profile itself refuses those messages, which cover no content-digest.
TEST(MessageSignatureVectors, Rfc9421AppendixB) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "webhook");
  const Json file = test::read_json(dir / "vectors.json");
  const std::string secret =
      test::bytes_of(base64_decode("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBt"
                                   "bmHhIDi6pcl8jsasjlTMtDQ==")
                         .value());
  const ManualClock clock(test::at(1618884473));
  std::vector<MessageKey> keys;
  keys.push_back(
      MessageKey::hmac_sha256("shared", "test-shared-secret", SecretBytes::copy_of(secret))
          .value());
  const auto v = MessageSignatureVerifier::create({}, std::move(keys), clock).value();
  for (const Json& vector : file) {
    if (vector.at("name") == "rfc9421-B.2.5-hmac") {
      EXPECT_EQ(
          test::base64(test::hmac(EVP_sha256(), secret, vector.at("base").get<std::string>())),
          vector.at("expected"));
      const std::vector<Header> headers = {
          {"Date", "Tue, 20 Apr 2021 02:07:55 GMT"},
          {"Content-Type", "application/json"},
          {"Content-Digest",
           "sha-512=:WZDPaVn/"
           "7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"},
          {"Signature-Input",
           "sig-b25=(\"date\" \"@authority\" "
           "\"content-type\");created=1618884473;keyid=\"test-shared-secret\""},
          {"Signature", "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"}};
      EXPECT_EQ(reason(v.verify({.headers = headers,
                                 .method = "POST",
                                 .url = "https://example.com/foo?param=Value&Pet=dog"},
                                R"({"hello": "world"})")),
                "malformed_signature")
          << "covers too little for the profile";
    }
  }
}

namespace {

// AdCP 3.x: RFC 9421 with requirements of its own, expressed as a profile.
MessageSignatureProfile adcp_profile() {
  return {.required_components = {"@target-uri", "@authority", "content-type"},
          .tag = "adcp/webhook-signing/v1",
          .require_expires = true,
          .require_nonce = true,
          .require_alg = true,
          .tolerance = 60s,
          .max_lifetime = 300s,
          .signature_base64url = true};
}

struct Adcp {
  Json keys;
  std::filesystem::path dir;

  // The keys that the receiver may use: AdCP's own purpose member is the host's to check.
  [[nodiscard]] std::vector<MessageKey> load(const Json& vector) const {
    std::vector<MessageKey> out;
    const std::set<std::string> purposes = {"webhook-signing", "request-signing"};
    for (const Json& key : keys.at("keys")) {
      const std::string kid = key.at("kid");
      const Json jwk = vector.contains("jwks_override") && vector["jwks_override"].contains(kid)
                           ? vector["jwks_override"][kid]
                           : key;
      if (!purposes.contains(jwk.at("adcp_use").get<std::string>())) continue;
      auto made = MessageKey::jwk(kid, jwk.dump());
      if (made) out.push_back(*std::move(made));
    }
    return out;
  }

  [[nodiscard]] Result<Verified, Refusal> run(const Json& vector, MessageSignatureProfile profile,
                                              MessageSignatureOptions options = {}) const {
    const ManualClock clock(test::at(vector.at("reference_now")));
    const auto v = MessageSignatureVerifier::create(std::move(profile), load(vector), clock,
                                                    std::move(options));
    const Json& request = vector.at("request");
    test::Delivery d;
    for (const auto& [name, value] : request.at("headers").items())
      d.headers.emplace_back(name, value);
    const auto headers = d.views();
    const std::string method = request.at("method");
    const std::string url = request.at("url");
    return v->verify({.headers = headers, .method = method, .url = url}, request.at("body"));
  }
};

std::vector<std::filesystem::path> files_of(const std::filesystem::path& dir) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST(MessageSignatureVectors, AdcpPositives) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "webhook/rfc9421-adcp");
  const Adcp adcp{test::read_json(dir / "keys.json"), dir};
  int count = 0;
  for (const auto& path : files_of(dir / "positive")) {
    Json vector = test::read_json(path);
    EXPECT_EQ(reason(adcp.run(vector, adcp_profile())), "ok") << path;
    // The same signature in the base64 that RFC 8941 prescribes, under the strict default.
    MessageSignatureProfile strict = adcp_profile();
    strict.signature_base64url = false;
    EXPECT_EQ(reason(adcp.run(vector, strict)), "malformed_signature") << path;
    std::string& signature = vector["request"]["headers"]["Signature"].get_ref<std::string&>();
    signature = signature.substr(0, 6) +
                test::base64(test::bytes_of(
                    base64url_decode(signature.substr(6, signature.size() - 7)).value())) +
                ":";
    EXPECT_EQ(reason(adcp.run(vector, strict)), "ok") << path;
    EXPECT_EQ(reason(adcp.run(vector, {})), "ok") << path << " with the default profile";
    ++count;
  }
  EXPECT_EQ(count, 8);
}

TEST(MessageSignatureVectors, AdcpNegatives) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "webhook/rfc9421-adcp");
  const Adcp adcp{test::read_json(dir / "keys.json"), dir};
  const std::map<std::string, std::string> expected = {
      {"001", "malformed_signature"}, {"002", "too_old"},
      {"003", "malformed_timestamp"}, {"004", "bad_signature"},
      {"005", "malformed_signature"}, {"006", "missing_header"},
      {"007", "bad_signature"},       {"008", "bad_signature"},
      {"009", "bad_signature"},       {"010", "malformed_signature"},
      {"011", "missing_header"},      {"012", "malformed_signature"},
      {"013", "malformed_timestamp"}, {"014", "malformed_signature"},
      {"015", "bad_signature"},       {"016", "ok"},  // a replay: see below
      {"017", "bad_signature"},       {"018", "unavailable"},
      {"019", "unavailable"},         {"020", "bad_signature"},
      {"021", "malformed_signature"}};
  int count = 0;
  for (const auto& path : files_of(dir / "negative")) {
    const Json vector = test::read_json(path);
    const std::string number = path.filename().string().substr(0, 3);
    const Json state = vector.value("test_harness_state", Json::object());
    // Revocation, its freshness and per-key caps are the host's knowledge: its gate refuses.
    const auto gate = [&](std::string_view keyid) -> std::optional<Reason> {
      for (const Json& kid : state.value("revoked_kids", Json::array()))
        if (kid == keyid) return Reason::kBadSignature;
      if (state.value("per_keyid_cap_filled_for", "") == keyid) return Reason::kUnavailable;
      if (state.contains("revocation_list_stale_seconds")) return Reason::kUnavailable;
      return std::nullopt;
    };
    const auto result = adcp.run(vector, adcp_profile(), {.key_gate = gate});
    ASSERT_TRUE(expected.contains(number)) << path;
    EXPECT_EQ(reason(result), expected.at(number)) << path;
    ++count;
  }
  EXPECT_EQ(count, 21);
}

TEST(MessageSignatureVectors, AdcpReplayIsCaughtByTheReplayKey) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "webhook/rfc9421-adcp");
  const Adcp adcp{test::read_json(dir / "keys.json"), dir};
  const Json vector = test::read_json(dir / "negative" / "016-replayed-nonce.json");
  const auto first = adcp.run(vector, adcp_profile());
  const auto second = adcp.run(vector, adcp_profile());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->delivery_id(), "REPLAYEDwebhook16byteA");
  const ManualClock clock(test::at(1'776'520'800));
  const auto store = InMemoryReplayStore::create(10, 600s, clock).value();
  EXPECT_TRUE(store->claim(first->replay_key().value()));
  EXPECT_EQ(reason(store->claim(second->replay_key().value())), "replayed");
}
