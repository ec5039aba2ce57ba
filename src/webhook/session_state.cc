#include "webhook/session_state.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "core/bytes_of.h"
#include "core/json.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {
namespace {

// With several keys, each slice is hashed by all of them while it is in the cache.
constexpr std::size_t kSliceBytes = std::size_t{16} * 1024;

}  // namespace

SessionState::SessionState(const std::shared_ptr<const VerifierState>& verifier,
                           StreamOptions options)
    : options_(options), verified_(VerifiedAccess::make(verifier)), verifier_(verifier.get()) {}

Result<void, Refusal> SessionState::start(const Request& request) {
  const VerifierState& v = *verifier_;
  if (const auto ok = parse_headers(v.scheme, v.content, request, headers_); !ok) return ok;
  VerifiedAccess::set_headers(verified_, headers_.timestamp, headers_.id, v.content.uses_id,
                              headers_.event_type);
  if (!headers_.timestamp.empty())
    if (const auto ok = check_time(headers_.timestamp, false); !ok) return ok;
  if (const auto ok = select_keys(); !ok) return ok;
  if (v.scheme.timestamp == TimestampSource::kBodyMillis) buffers_ = true;
  if (options_.keep_body) buffers_ = true;
  if (options_.replay_key && !options_.keep_body) replay_.emplace(begin_replay_key(v.endpoint));
  before_body([&](std::span<const std::byte> piece) { hash(piece); });
  return {};
}

Result<void, Refusal> SessionState::select_keys() {
  const std::vector<CompiledKey>& keys = verifier_->keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!could_match(keys[i])) continue;
    Contender& contender = contenders_.emplace_back(&keys[i], i, std::nullopt);
    if (keys[i].hmac) contender.mac.emplace(*keys[i].hmac);
    if (keys[i].public_key) buffers_ = true;  // PureEdDSA reads the message twice
  }
  if (contenders_.empty()) return Refusal{Reason::kBadSignature};
  return {};
}

bool SessionState::could_match(const CompiledKey& key) const {
  if (key.token_hash) {  // the header is all there is to judge
    const auto given = crypto::sha256({bytes_of(headers_.token)});
    return given && constant_time_equal(*given, *key.token_hash);
  }
  const auto signatures = headers_.signatures();
  return std::any_of(signatures.begin(), signatures.end(),
                     [&](const Candidate& candidate) { return candidate.variant == key.variant; });
}

Result<void, Refusal> SessionState::absorb(std::span<const std::byte> chunk) {
  if (failed_) return Refusal{*failed_};
  if (chunk.size() > verifier_->max_body_bytes - body_bytes_) {
    failed_ = Reason::kBodyTooLarge;
    body_ = {};
    return Refusal{*failed_};
  }
  body_bytes_ += chunk.size();
  if (buffers_) body_.append(reinterpret_cast<const char*>(chunk.data()), chunk.size());
  hash(chunk);
  return {};
}

Result<void, Refusal> SessionState::absorb_all(std::string body) {
  if (body.size() > verifier_->max_body_bytes) return Refusal{Reason::kBodyTooLarge};
  body_ = std::move(body);
  body_bytes_ = body_.size();
  hash(bytes_of(body_));
  return {};
}

void SessionState::hash(std::span<const std::byte> chunk) {
  const bool alone = contenders_.size() == 1 && !replay_;
  while (!chunk.empty()) {
    const auto slice = alone ? chunk : chunk.first(std::min(chunk.size(), kSliceBytes));
    for (Contender& contender : contenders_)
      if (contender.mac) contender.mac->update(slice);
    if (replay_) replay_->update(slice);
    chunk = chunk.subspan(slice.size());
  }
}

std::string SessionState::signed_message() const {
  std::string message;
  before_body([&](std::span<const std::byte> piece) {
    message.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return message.append(body_);
}

bool SessionState::matches(Contender& contender, bool& failed) const {
  const CompiledKey& key = *contender.key;
  if (key.token_hash) return true;  // could_match() compared it
  bool match = false;
  if (key.public_key) {
    const std::string message = signed_message();
    for (const Candidate& candidate : headers_.signatures())
      if (candidate.variant == key.variant)
        match = key.public_key->verify(bytes_of(message), candidate.bytes) || match;
    return match;
  }
  std::array<std::byte, crypto::kMaxDigestBytes> computed;
  const std::span<std::byte> tag = std::span(computed).first(key.hmac->mac_bytes());
  if (!contender.mac->finish(tag)) {
    failed = true;
    return false;
  }
  for (const Candidate& candidate : headers_.signatures()) {
    const auto given = std::span(candidate.bytes).first(candidate.size);
    if (candidate.variant == key.variant) match = constant_time_equal(tag, given) || match;
  }
  wipe(tag);
  return match;
}

// Asks all of them, also after a match: the time tells nothing about which key it was.
std::optional<std::size_t> SessionState::matching_key(bool& failed) {
  std::optional<std::size_t> matched;
  for (Contender& contender : contenders_)
    if (matches(contender, failed) && !matched) matched = contender.index;
  return matched;
}

Result<void, Refusal> SessionState::check_time(std::string_view text, bool millis) const {
  const auto sent = parse_timestamp(text);
  if (!sent) return Refusal{Reason::kMalformedTimestamp};
  using std::chrono::floor;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const auto since_epoch = verifier_->clock->now().time_since_epoch();
  const std::int64_t now =
      millis ? floor<milliseconds>(since_epoch).count() : floor<seconds>(since_epoch).count();
  const std::int64_t tolerance = verifier_->tolerance.count() * (millis ? 1000 : 1);
  // No overflow: *sent is below 1e15, tolerance below 1e9, and now is a nanosecond count's seconds
  // or milliseconds on every host, below 1e16.
  if (*sent < now - tolerance) return Refusal{Reason::kTooOld};
  if (*sent > now + tolerance) return Refusal{Reason::kTooNew};
  return {};
}

Result<void, Refusal> SessionState::check_time_in_body() const {
  const auto text = json::scalar_at(body_, verifier_->scheme.timestamp_name);
  if (!text || !*text) return Refusal{Reason::kMalformedTimestamp};
  return check_time(**text, true);
}

Result<Verified, Refusal> SessionState::finish() {
  if (failed_) return Refusal{*failed_};
  bool crypto_failed = false;
  const auto key = matching_key(crypto_failed);
  if (!key) return Refusal{crypto_failed ? Reason::kUnavailable : Reason::kBadSignature};
  if (verifier_->scheme.timestamp == TimestampSource::kBodyMillis)
    if (const auto ok = check_time_in_body(); !ok) return ok.error();
  VerifiedAccess::set_key(verified_, *key);
  if (replay_) {
    ReplayKey replay_key{};
    if (!replay_->finish(replay_key)) return Refusal{Reason::kUnavailable};
    VerifiedAccess::set_replay_key(verified_, replay_key);
  }
  if (options_.keep_body) VerifiedAccess::set_body(verified_, std::move(body_));
  return std::move(verified_);
}

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE
