// A policy text that is accepted has one canonical form, which is accepted and gives an equal
// policy; and whatever the policy, minimizing its own text is total.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "coefficient/core/secret_bytes.h"
#include "coefficient/payload/minimizer.h"
#include "coefficient/payload/policy.h"
#include "core/json.h"

using namespace coefficient;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = payload::Policy::parse(text);
  if (!policy) return 0;
  const auto again = payload::Policy::parse(policy->canonical_json());
  if (!again || again->canonical_json() != policy->canonical_json() ||
      again->sha256() != policy->sha256() || again->rules().size() != policy->rules().size())
    std::abort();
  const SecretBytes key = SecretBytes::copy_of("0123456789abcdef");
  const auto out = payload::minimize(text, *policy, {.hmac_key = &key});
  if (!out || !json::check(out->json)) std::abort();
  return 0;
}
