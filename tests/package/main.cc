// A host, as small as one can be: its own clock under the library's interface, a verifier, one
// genuine and one forged request. Built in every way in which a host may take the library.
#include <coefficient/core/clock.h>
#include <coefficient/core/secret_bytes.h>
#include <coefficient/version.h>
#include <coefficient/webhook/verifier.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace webhook = coefficient::webhook;

class FixedClock final : public coefficient::Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1531420618));
  }
};

// Slack's published example, whose timestamp only this host's clock finds fresh.
bool accepts(const webhook::Verifier& verifier, std::string body) {
  const std::array headers{
      webhook::Header{"X-Slack-Request-Timestamp", "1531420618"},
      webhook::Header{"X-Slack-Signature",
                      "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
  };
  const auto verified = verifier.verify({.headers = headers}, std::move(body));
  return verified && verified->key_name() == "current";
}

}  // namespace

int main() {
  const std::string body =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
      "&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
      "&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
      "%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015"
      ".47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const FixedClock clock;
  std::vector<webhook::Key> keys;
  keys.push_back(
      {"current", coefficient::SecretBytes::copy_of("8f742231b10e8888abcd99yyyzzz85a5")});
  auto verifier = webhook::Verifier::create(webhook::slack_scheme(), std::move(keys), clock);
  if (!verifier) {
    std::fprintf(stderr, "create: %s\n", verifier.error().message.c_str());
    return 1;
  }
  const bool right = accepts(*verifier, body) && !accepts(*verifier, body + "x");
  std::printf("coefficient %s: %s\n", COEFFICIENT_VERSION_STRING, right ? "PASS" : "FAIL");
  return right ? 0 : 1;
}
