// Verifies a GitHub webhook delivery, then the same one with a forged body.
#include "coefficient/webhook/verifier.h"

#include <array>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

// [verify]
using coefficient::SecretBytes;
namespace webhook = coefficient::webhook;

// Handlers take the proof, so no unverified byte can reach them.
void handle(const webhook::Verified& delivery) {
  std::cout << delivery.event_type().value_or("?") << ": " << delivery.body() << '\n';
}

int serve(const webhook::Verifier& verifier, const webhook::Request& request, std::string body) {
  const auto verified = verifier.verify(request, std::move(body));
  if (!verified) return webhook::http_status(verified.error().reason);
  handle(*verified);
  return 200;
}
// [verify]

}  // namespace

int main() {
  // [create]
  std::vector<webhook::Key> keys;  // several while a secret is rotated
  keys.push_back({"2024", SecretBytes::copy_of("It's a Secret to Everybody")});
  auto verifier = webhook::Verifier::create(webhook::github_scheme(), std::move(keys));
  if (!verifier) {
    std::cerr << verifier.error().message << '\n';
    return EXIT_FAILURE;
  }
  // [create]
  const std::array headers{
      webhook::Header{"X-GitHub-Event", "ping"},
      webhook::Header{"X-Hub-Signature-256",
                      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
  };
  const webhook::Request request{.headers = headers};
  std::cout << serve(*verifier, request, "Hello, World!") << '\n';
  std::cout << serve(*verifier, request, "Hello, World?") << '\n';
  return EXIT_SUCCESS;
}
