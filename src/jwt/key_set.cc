#include "coefficient/jwt/key_set.h"

#include <algorithm>
#include <utility>

#include "core/json_reader.h"
#include "jwt/jwk.h"
#include "jwt/key_set_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace {

using json::Event;

constexpr json::Limits kJwksLimits{.max_bytes = std::size_t{1} << 20U, .max_depth = 8};

Error bad_set(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

// Whether no token could tell one of these keys from another.
bool ambiguous(const Key& a, const Key& b) {
  return a.kid() == b.kid() && (!a.kid().empty() || a.algorithm() == b.algorithm());
}

Result<> check(const std::vector<Key>& keys) {
  if (keys.empty()) return bad_set("the set has no key that can be used");
  if (keys.size() > KeySet::kMaxKeys) return bad_set("the set has more than 64 keys");
  for (auto it = keys.begin(); it != keys.end(); ++it) {
    if (!it->can_verify()) return bad_set("key_ops forbids a key of the set to verify");
    if (is_symmetric(it->algorithm()) != is_symmetric(keys.front().algorithm()))
      return bad_set("the set has HMAC secrets beside public keys");
    if (std::any_of(keys.begin(), it, [&](const Key& other) { return ambiguous(*it, other); }))
      return bad_set("two keys of the set have one kid, or none and the same algorithm");
  }
  return {};
}

// Reads the array "keys". Returns nothing for what is not one of at most kMaxKeys objects.
std::optional<std::vector<detail::JwkMembers>> read_keys(json::Reader& reader) {
  std::vector<detail::JwkMembers> all;
  if (reader.next() != Event::kBeginArray) return std::nullopt;
  Event event = reader.next();
  for (; event == Event::kBeginObject; event = reader.next()) {
    auto jwk = detail::read_jwk(reader);
    if (!jwk || all.size() == KeySet::kMaxKeys) return std::nullopt;
    all.push_back(*std::move(jwk));
  }
  if (event != Event::kEndArray) return std::nullopt;
  return all;
}

// Whether two members that are not for encryption have one kid, also where one cannot be used: a
// token means one of them, and it is not known which.
bool has_duplicate_kid(const std::vector<detail::JwkMembers>& all) {
  std::vector<std::string_view> kids;
  for (const detail::JwkMembers& jwk : all)
    if (jwk.kid && jwk.use.value_or("sig") == "sig") kids.emplace_back(*jwk.kid);
  std::sort(kids.begin(), kids.end());
  return std::adjacent_find(kids.begin(), kids.end()) != kids.end();
}

std::optional<std::vector<detail::JwkMembers>> read_set(std::string_view text) {
  json::Reader reader(text, kJwksLimits);
  std::optional<std::vector<detail::JwkMembers>> keys;
  if (reader.next() != Event::kBeginObject) return std::nullopt;
  Event event = reader.next();
  for (; event == Event::kName; event = reader.next()) {
    if (reader.name() == "keys") {
      keys = read_keys(reader);
      if (!keys) return std::nullopt;
      continue;
    }
    event = reader.next();  // another member is ignored (RFC 7517 section 5)
    while (event != Event::kError && reader.depth() > 1) event = reader.next();
    if (event == Event::kError) return std::nullopt;
  }
  if (event != Event::kEndObject || reader.next() != Event::kEnd) return std::nullopt;
  return keys;
}

}  // namespace

KeySource::~KeySource() = default;

KeySet::KeySet(std::shared_ptr<const detail::KeySetState> state) noexcept
    : state_(std::move(state)) {}

Result<KeySet> KeySet::create(std::vector<Key> keys) {
  if (const auto fit = check(keys); !fit) return fit.error();
  auto state = std::make_shared<detail::KeySetState>();
  state->keys = std::move(keys);
  return KeySet(std::move(state));
}

Result<KeySet> KeySet::from_jwks(std::string_view text, std::optional<Algorithm> if_absent) {
  const auto members = read_set(text);
  if (!members) return bad_set("not a JWK set of at most 64 keys and 1 MiB, as strict JSON");
  if (has_duplicate_kid(*members)) return bad_set("two keys of the set have one kid");
  auto state = std::make_shared<detail::KeySetState>();
  for (std::size_t i = 0; i < members->size(); ++i) {
    auto key = detail::key_from((*members)[i], if_absent);
    if (!key) {
      state->skipped.push_back({i, key.error().message});
    } else if (!key->can_verify()) {
      state->skipped.push_back({i, "key_ops does not hold verify"});
    } else {
      state->keys.push_back(*std::move(key));
    }
  }
  if (const auto fit = check(state->keys); !fit) return fit.error();
  return KeySet(std::move(state));
}

std::span<const Key> KeySet::keys() const noexcept {
  return state_->keys;
}

std::span<const SkippedKey> KeySet::skipped() const noexcept {
  return state_->skipped;
}

bool KeySet::has(std::string_view kid) const noexcept {
  return !kid.empty() && std::any_of(state_->keys.begin(), state_->keys.end(),
                                     [kid](const Key& key) { return key.kid() == kid; });
}

Result<std::size_t, Refusal> detail::KeySetState::find(std::optional<std::string_view> kid,
                                                       Algorithm algorithm) const {
  constexpr std::size_t kNone = KeySet::kMaxKeys;
  std::size_t fits = kNone;  // has the algorithm, and no kid if the token has one
  bool several = false;
  bool without_kid = false;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Key& key = keys[i];
    if (kid && !key.kid().empty()) {
      if (key.kid() != *kid) continue;
      if (key.algorithm() != algorithm) return Refusal{Reason::kWrongAlgorithm};
      return i;
    }
    without_kid = without_kid || key.kid().empty();
    if (key.algorithm() != algorithm) continue;
    several = several || fits != kNone;
    fits = i;
  }
  // Trying several keys would let a stranger choose how much work a token makes.
  if (several) return Refusal{Reason::kUnknownKey};
  if (fits != kNone) return fits;
  return Refusal{kid && !without_kid ? Reason::kUnknownKey : Reason::kWrongAlgorithm};
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
