// Input: header lines `Name: value`, an empty line, the URL on one line, the body. The profile's
// one key signed nothing, so nothing may be accepted; one-shot and streaming agree.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/webhook/message_signature.h"

using namespace coefficient;
using namespace coefficient::webhook;

namespace {

const MessageSignatureVerifier& verifier(bool base64url) {
  static const ManualClock clock{
      std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000))};
  const auto make = [](bool url_alphabet) {
    std::vector<MessageKey> keys;
    keys.push_back(
        MessageKey::hmac_sha256("h", "k", SecretBytes::copy_of("a secret of some length")).value());
    keys.push_back(MessageKey::jwk("e", R"({"kty":"OKP","crv":"Ed25519","kid":"e",)"
                                        R"("x":"y7tTfeqazsFeTn3ccCzQlcJ4qFWuYsu-JkJAcfc9VoA"})")
                       .value());
    return MessageSignatureVerifier::create(
               {.signature_base64url = url_alphabet, .max_body_bytes = 1024}, std::move(keys),
               clock)
        .value();
  };
  static const MessageSignatureVerifier strict = make(false);
  static const MessageSignatureVerifier url = make(true);
  return base64url ? url : strict;
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Header> headers;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
  }
  const std::string_view url = take_line(text);
  const Request request{.headers = headers, .method = "POST", .url = url};
  for (const bool base64url : {false, true}) {
    const MessageSignatureVerifier& v = verifier(base64url);
    const auto whole = v.verify(request, std::string(text));
    auto session = v.begin(request);
    Reason streamed{};
    if (!session) {
      streamed = session.error().reason;
    } else {
      (void)session->update(text);
      const auto finished = std::move(*session).finish();
      if (finished) std::abort();
      streamed = finished.error().reason;
    }
    if (whole || whole.error().reason != streamed) std::abort();
  }
  (void)MessageKey::jwk("fuzz", text);
  (void)MessageKey::pem("fuzz", "", text);
  return 0;
}
