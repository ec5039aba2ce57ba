// Input: one line with the scheme's name, header lines `Name: value`, an empty line, the body.
// Whatever comes, the one-shot and the streaming verifier agree, and nothing but a valid
// signature is accepted (the harness's keys sign nothing, so nothing may be).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/webhook/content.h"
#include "coefficient/webhook/verifier.h"

using namespace coefficient;
using namespace coefficient::webhook;

namespace {

const ManualClock& fuzz_clock() {
  static const ManualClock clock{
      std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000))};
  return clock;
}

// The name's verifier; the first of all for a name that is none.
const Verifier& verifier(std::string_view name) {
  struct Entry {
    std::string_view name;
    std::string_view secret;
  };
  static constexpr std::array<Entry, 10> kEntries{{
      {"github", "a secret of some length"},
      {"slack", "a secret of some length"},
      {"paystack", "a secret of some length"},
      {"stripe", "a secret of some length"},
      {"standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
      {"gitlab", "a secret of some length"},
      {"shopify", "a secret of some length"},
      {"discord", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
      {"bitbucket", "a secret of some length"},
      {"linear", "a secret of some length"},
  }};
  static const std::vector<Verifier> verifiers = [] {
    std::vector<Verifier> out;
    for (const Entry& entry : kEntries) {
      std::vector<Key> keys;
      keys.push_back({"fuzz", SecretBytes::copy_of(entry.secret)});
      if (entry.name == "standard-webhooks")
        keys.push_back(
            {"fuzz2", SecretBytes::copy_of("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=")});
      out.push_back(Verifier::create(scheme_by_name(entry.name).value(), std::move(keys),
                                     fuzz_clock(), {.max_body_bytes = 1024})
                        .value());
    }
    return out;
  }();
  for (std::size_t i = 0; i < kEntries.size(); ++i)
    if (kEntries[i].name == name) return verifiers[i];
  return verifiers[0];
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const Verifier& v = verifier(take_line(text));
  std::vector<Header> headers;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
  }
  const Request request{.headers = headers};
  const auto whole = v.verify(request, std::string(text));
  auto session = v.begin(request);
  Reason streamed{};
  if (!session) {
    streamed = session.error().reason;
  } else {
    const auto half = text.substr(0, text.size() / 2);
    (void)session->update(half);
    (void)session->update(text.substr(half.size()));
    const auto finished = std::move(*session).finish();
    if (finished) std::abort();
    streamed = finished.error().reason;
  }
  if (whole || whole.error().reason != streamed) std::abort();
  (void)is_slack_ssl_check(request, text);
  return 0;
}
