#include "endpoint_secrets.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "coefficient/webhook/scheme.h"
#include "coefficient/webhook/verifier.h"

namespace gateway {
namespace {

namespace vault = coefficient::vault;
namespace webhook = coefficient::webhook;
using coefficient::SecretBytes;

constexpr std::string_view kTenant = "gateway";
constexpr std::string_view kKind = "webhook_secret";
constexpr std::size_t kPage = 1000;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretCharacters = 43;

vault::RecordRef ref_of(std::string_view name) {
  return {.tenant = kTenant, .kind = kKind, .name = name};
}

std::string name_of(std::string_view endpoint, std::uint64_t generation) {
  return std::string(endpoint).append("/").append(std::to_string(generation));
}

// The generation that `name` says, if it is a name of this endpoint as name_of() writes it.
std::optional<std::uint64_t> generation_of(std::string_view name, std::string_view endpoint) {
  const std::size_t slash = endpoint.size();
  if (name.size() <= slash + 1 || name.substr(0, slash) != endpoint || name[slash] != '/')
    return {};
  std::uint64_t generation = 0;
  const char* end = name.data() + name.size();
  const auto [stop, status] = std::from_chars(name.data() + slash + 1, end, generation);
  if (status != std::errc() || stop != end || name_of(endpoint, generation) != name) return {};
  return generation;
}

}  // namespace

struct EndpointSecrets::Generations {
  std::vector<EndpointSecret> valid;  // the newest first
  std::uint64_t last = 0;             // the highest there ever was
};

Result<EndpointSecrets::Generations> EndpointSecrets::read(std::string_view endpoint) const {
  Generations out;
  const std::string first = std::string(endpoint) + "/";
  std::string after = first;
  for (bool more = true; more;) {
    auto page = vault_.list(ref_of(after), kPage);
    if (!page) return page.error();
    more = page->size() == kPage;
    for (const vault::RecordInfo& info : *page) {
      after = info.name;
      if (info.kind != kKind || !info.name.starts_with(first)) return out;
      const auto generation = generation_of(info.name, endpoint);
      if (!generation) continue;
      out.last = std::max(out.last, *generation);
      // Nothing vouches for a list, so that one who says "removed" is not believed either.
      auto secret = vault_.get(ref_of(info.name));
      if (!secret && secret.error().code == ErrorCode::kNotFound) continue;
      if (!secret) return secret.error();
      out.valid.push_back({.name = info.name,
                           .generation = *generation,
                           .bytes = std::move(secret->bytes),
                           .version = secret->version,
                           .updated_at = secret->updated_at});
    }
  }
  return out;
}

Result<std::vector<EndpointSecret>> EndpointSecrets::all(std::string_view endpoint) const {
  auto generations = read(endpoint);
  if (!generations) return generations.error();
  std::ranges::sort(generations->valid, std::ranges::greater{}, &EndpointSecret::generation);
  return std::move(generations->valid);
}

Result<EndpointSecret> EndpointSecrets::newest(std::string_view endpoint) const {
  auto secrets = all(endpoint);
  if (!secrets) return secrets.error();
  if (secrets->empty()) {
    return Error{ErrorCode::kNotFound, "the vault has no secret of " + std::string(endpoint) +
                                           "; run: gateway secret put " + std::string(endpoint) +
                                           " --dir DIR"};
  }
  return std::move(secrets->front());
}

Result<std::string> EndpointSecrets::put(std::string_view endpoint, const SecretBytes& secret) {
  if (auto checked = check_secret(endpoint, secret); !checked) return checked.error();
  auto generations = read(endpoint);
  if (!generations) return generations.error();
  const auto newest = std::ranges::max_element(generations->valid, {}, &EndpointSecret::generation);
  if (newest == generations->valid.end()) return add_after(generations->last, endpoint, secret);
  auto version = vault_.put(ref_of(newest->name), secret.expose(), newest->version);
  if (!version) return version.error();
  return std::move(newest->name);
}

Result<std::string> EndpointSecrets::add(std::string_view endpoint, const SecretBytes& secret) {
  if (auto checked = check_secret(endpoint, secret); !checked) return checked.error();
  auto generations = read(endpoint);
  if (!generations) return generations.error();
  return add_after(generations->last, endpoint, secret);
}

Result<std::string> EndpointSecrets::rotate(std::string_view endpoint, const SecretBytes& secret) {
  if (auto checked = check_secret(endpoint, secret); !checked) return checked.error();
  auto generations = read(endpoint);
  if (!generations) return generations.error();
  const std::string word(endpoint);
  if (generations->valid.empty()) {
    return Error{ErrorCode::kNotFound, "the vault has no secret of " + word + " to rotate; run: " +
                                           "gateway secret put " + word + " --dir DIR"};
  }
  if (generations->valid.size() > 1) {
    return Error{ErrorCode::kFailedPrecondition,
                 word + " has two valid secrets; end the rotation before with: gateway secret " +
                     "retire " + word + " --dir DIR"};
  }
  if (coefficient::constant_time_equal(generations->valid.front().bytes, secret)) {
    return Error{ErrorCode::kAlreadyExists, "this is the secret that is valid now"};
  }
  return add_after(generations->last, endpoint, secret);
}

Result<std::string> EndpointSecrets::add_after(std::uint64_t last, std::string_view endpoint,
                                               const SecretBytes& secret) {
  // Version 0 is expected: of two who add the same generation, one wins.
  std::string name = name_of(endpoint, last + 1);
  auto version = vault_.put(ref_of(name), secret.expose(), 0);
  if (!version) return version.error();
  return name;
}

Result<std::vector<std::string>> EndpointSecrets::retire(std::string_view endpoint) {
  auto secrets = all(endpoint);
  if (!secrets) return secrets.error();
  if (secrets->size() < 2) {
    return Error{ErrorCode::kFailedPrecondition,
                 std::string(endpoint) + " has no second secret to retire"};
  }
  std::vector<std::string> names;
  for (const EndpointSecret& old : std::span(*secrets).subspan(1)) {
    auto removed = vault_.remove(ref_of(old.name), old.version);
    if (!removed) return removed.error();
    names.push_back(old.name);
  }
  return names;
}

Result<SecretBytes> fresh_secret() {
  SecretBytes random = SecretBytes::for_overwrite(kSecretBytes);
  if (auto drawn = coefficient::random_bytes(random.expose_for_writing()); !drawn) {
    return drawn.error();
  }
  SecretBytes text = SecretBytes::for_overwrite(kSecretCharacters);
  if (!coefficient::base64url_encode_exact(random.expose(), text.expose_for_writing())) {
    return Error{ErrorCode::kInternal, "the lengths of a fresh secret do not fit"};
  }
  return text;
}

Result<> check_secret(std::string_view endpoint, const SecretBytes& secret) {
  auto scheme = webhook::scheme_by_name(endpoint);
  if (!scheme) return scheme.error();
  std::vector<webhook::Key> keys;
  keys.push_back({.name = std::string(endpoint), .secret = SecretBytes::copy_of(secret.expose())});
  auto verifier = webhook::Verifier::create(*std::move(scheme), std::move(keys));
  if (!verifier) return verifier.error();
  return {};
}

}  // namespace gateway
