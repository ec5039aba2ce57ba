// A scheme text that is accepted makes a verifier, and its verifier is total.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/webhook/verifier.h"

using namespace coefficient;
using namespace coefficient::webhook;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto scheme = parse_scheme(text);
  if (!scheme) return 0;
  // A key for the first variant, in its own encoding.
  const SignatureVariant& variant = scheme->variants.front();
  std::string secret = variant.secret_prefix;
  if (variant.secret_encoding == SecretEncoding::kRaw) secret += "0123456789abcdef";
  if (variant.secret_encoding == SecretEncoding::kHex)
    secret += "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  if (variant.secret_encoding == SecretEncoding::kBase64)
    secret += "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
  std::vector<Key> keys;
  keys.push_back({"k", SecretBytes::copy_of(secret)});
  const auto verifier = Verifier::create(*scheme, std::move(keys));
  if (!verifier) return 0;  // another variant's prefix may claim the key
  std::vector<Header> headers;
  for (const HeaderNames& names : scheme->headers)
    for (const std::string* name : {&names.signature, &names.timestamp, &names.id})
      if (!name->empty()) headers.push_back({*name, "1700000000"});
  (void)verifier->verify({.headers = headers}, "{}");
  return 0;
}
