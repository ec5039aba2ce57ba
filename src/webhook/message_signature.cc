#include "coefficient/webhook/message_signature.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/secret_bytes.h"
#include "core/bytes_of.h"
#include "core/crypto/digest.h"
#include "webhook/key.h"
#include "webhook/message_key.h"
#include "webhook/request_headers.h"
#include "webhook/signature_base.h"
#include "webhook/structured_field.h"
#include "webhook/target_uri.h"
#include "webhook/verified_context.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {
namespace detail {

struct MessageSignatureState final : VerifiedContext {
  MessageSignatureProfile profile;
  std::vector<MessageKey> keys;
  std::vector<const MessageKeyMaterial*> materials;  // of keys
  std::function<std::optional<Reason>(std::string_view)> key_gate;
  const Clock* clock = nullptr;
};

struct MessageSessionState {
  struct ExpectedDigest {
    crypto::Digest digest;
    std::array<std::byte, crypto::kMaxDigestBytes> value{};
    std::size_t size = 0;
  };

  std::shared_ptr<const MessageSignatureState> verifier;
  StreamOptions options;
  std::size_t key_index = 0;
  InlineText<255> nonce;
  ReplayKey replay_key{};
  std::vector<ExpectedDigest> digests;
  std::optional<Reason> failed;
  std::string body;
  std::size_t body_bytes = 0;
};

}  // namespace detail

namespace {

using detail::MessageKeyMaterial;
using detail::MessageSessionState;
using detail::MessageSignatureState;
using detail::SignatureInput;
using detail::TargetUri;
using Outcome = Result<void, Refusal>;

bool covers(const SignatureInput& input, std::string_view component) {
  return std::find(input.components.begin(), input.components.end(), component) !=
         input.components.end();
}

Outcome check_parameters(const MessageSignatureProfile& profile, const SignatureInput& input) {
  const bool complete =
      input.created && input.keyid && (input.expires || !profile.require_expires) &&
      (input.nonce || !profile.require_nonce) && (input.alg || !profile.require_alg) &&
      (profile.tag.empty() || input.tag == profile.tag);
  const bool good_nonce = !input.nonce || detail::is_visible(*input.nonce, 255);
  if (!complete || !good_nonce) return Refusal{Reason::kMalformedSignature};
  const bool target =
      covers(input, "@target-uri") || (covers(input, "@authority") && covers(input, "@path"));
  if (!target || !covers(input, "@method") || !covers(input, "content-digest"))
    return Refusal{Reason::kMalformedSignature};
  for (const std::string& component : profile.required_components)
    if (!covers(input, component)) return Refusal{Reason::kMalformedSignature};
  return {};
}

Outcome check_window(const MessageSignatureState& v, const SignatureInput& input) {
  using std::chrono::floor;
  using std::chrono::seconds;
  const auto created = detail::parse_timestamp(*input.created);
  if (!created) return Refusal{Reason::kMalformedTimestamp};
  const std::int64_t now = floor<seconds>(v.clock->now().time_since_epoch()).count();
  const std::int64_t tolerance = v.profile.tolerance.count();
  std::int64_t end = *created;
  if (input.expires) {
    const auto expires = detail::parse_timestamp(*input.expires);
    if (!expires || *expires <= *created || *expires - *created > v.profile.max_lifetime.count())
      return Refusal{Reason::kMalformedTimestamp};
    end = *expires;
  }
  if (end < now - tolerance) return Refusal{Reason::kTooOld};
  if (*created > now + tolerance) return Refusal{Reason::kTooNew};
  return {};
}

// Checks one label; the index of the key that made it.
class LabelCheck {
 public:
  LabelCheck(const MessageSignatureState& verifier, const Request& request, const TargetUri& target)
      : verifier_(verifier), request_(request), target_(target) {}

  Result<std::size_t, Refusal> run(const SignatureInput& input, std::string_view signature,
                                   std::string& base) const {
    if (const auto ok = check_parameters(verifier_.profile, input); !ok) return ok.error();
    if (const auto ok = check_window(verifier_, input); !ok) return ok.error();
    if (verifier_.key_gate)
      if (const auto stop = verifier_.key_gate(*input.keyid)) return Refusal{*stop};
    auto made = detail::signature_base(input, request_, target_);
    if (!made) return made.error();
    base = *std::move(made);
    return find_key(input, signature, base);
  }

  [[nodiscard]] bool knows(const SignatureInput& input) const {
    return input.keyid && std::any_of(verifier_.materials.begin(), verifier_.materials.end(),
                                      [&](const auto* key) { return may_use(*key, input); });
  }

 private:
  static bool may_use(const MessageKeyMaterial& key, const SignatureInput& input) {
    return (key.keyid.empty() || key.keyid == *input.keyid) &&
           (!input.alg || *input.alg == key.algorithm());
  }

  Result<std::size_t, Refusal> find_key(const SignatureInput& input, std::string_view signature,
                                        std::string_view base) const {
    bool decoded_any = false;
    bool failed = false;
    for (std::size_t i = 0; i < verifier_.materials.size(); ++i) {
      const MessageKeyMaterial& key = *verifier_.materials[i];
      if (!may_use(key, input)) continue;
      std::array<std::byte, crypto::kSignatureBytes> raw{};
      const std::span<std::byte> bytes = std::span(raw).first(key.signature_bytes());
      if (!(verifier_.profile.signature_base64url ? base64url_decode_exact(signature, bytes)
                                                  : base64_decode_exact(signature, bytes)))
        continue;
      decoded_any = true;
      if (key.verify(bytes_of(base), bytes, failed)) return i;
    }
    if (failed) return Refusal{Reason::kUnavailable};
    return Refusal{decoded_any ? Reason::kBadSignature : Reason::kMalformedSignature};
  }

  const MessageSignatureState& verifier_;
  const Request& request_;
  const TargetUri& target_;
};

// RFC 9530 section 2: at least one of sha-256 and sha-512, and all of them must agree.
Outcome expect_digests(std::string_view header, MessageSessionState& session) {
  const auto members = detail::parse_byte_sequences(header);
  if (!members) return Refusal{Reason::kMalformedSignature};
  for (const detail::ByteSequence& member : *members) {
    const bool sha256 = member.name == "sha-256";
    if (!sha256 && member.name != "sha-512") continue;
    const auto algorithm =
        sha256 ? crypto::DigestAlgorithm::kSha256 : crypto::DigestAlgorithm::kSha512;
    auto& expected = session.digests.emplace_back(
        MessageSessionState::ExpectedDigest{crypto::Digest(algorithm), {}, 0});
    expected.size = crypto::digest_bytes(algorithm);
    if (!base64_decode_exact(member.value, std::span(expected.value).first(expected.size)))
      return Refusal{Reason::kMalformedSignature};
  }
  if (session.digests.empty()) return Refusal{Reason::kMalformedSignature};
  return {};
}

Outcome verify_head(const Request& request, MessageSessionState& session) {
  const MessageSignatureState& v = *session.verifier;
  const auto input_header = detail::single_header(request, "signature-input");
  if (!input_header) return input_header.error();
  const auto signature_header = detail::single_header(request, "signature");
  if (!signature_header) return signature_header.error();
  const auto digest_header = detail::single_header(request, "content-digest");
  if (!digest_header) return digest_header.error();
  const auto inputs = detail::parse_signature_input(*input_header);
  const auto signatures = detail::parse_byte_sequences(*signature_header);
  const auto target = detail::parse_target_uri(request.url);
  if (!inputs || !signatures || !target || !detail::is_visible(request.method, 32))
    return Refusal{Reason::kMalformedSignature};
  if (const auto ok = expect_digests(*digest_header, session); !ok) return ok;

  // The first label that verifies is the proof. Otherwise the reason is that of the first label
  // that names a key of ours, else of no label doing so. The others are looked at because each
  // would be a proof by itself, with a replay key of its own.
  std::optional<Reason> reason;
  bool proven = false;
  const LabelCheck check(v, request, *target);
  for (const SignatureInput& input : *inputs) {
    const auto signature =
        std::find_if(signatures->begin(), signatures->end(),
                     [&](const auto& member) { return member.name == input.label; });
    if (signature == signatures->end() || !check.knows(input)) continue;
    std::string base;
    const auto key = check.run(input, signature->value, base);
    if (!key) {
      if (!reason) reason = key.error().reason;
      continue;
    }
    if (proven) return Refusal{Reason::kMalformedSignature};
    proven = true;
    session.key_index = *key;
    session.nonce.assign(input.nonce.value_or(""));
    crypto::Digest replay = detail::begin_replay_key(v.endpoint);
    replay.update(bytes_of(base));
    if (!replay.finish(session.replay_key)) return Refusal{Reason::kUnavailable};
    if (v.profile.several_proofs) return {};
  }
  if (proven) return {};
  return Refusal{reason.value_or(Reason::kBadSignature)};
}

Outcome absorb(MessageSessionState& session, std::span<const std::byte> chunk) {
  if (session.failed) return Refusal{*session.failed};
  if (chunk.size() > session.verifier->profile.max_body_bytes - session.body_bytes) {
    session.failed = Reason::kBodyTooLarge;
    session.body = {};
    return Refusal{*session.failed};
  }
  session.body_bytes += chunk.size();
  for (auto& expected : session.digests) expected.digest.update(chunk);
  return {};
}

Result<Verified, Refusal> finish(MessageSessionState& session) {
  if (session.failed) return Refusal{*session.failed};
  for (auto& expected : session.digests) {
    std::array<std::byte, crypto::kMaxDigestBytes> computed{};
    const std::span<std::byte> digest = std::span(computed).first(expected.size);
    if (!expected.digest.finish(digest)) return Refusal{Reason::kUnavailable};
    if (!constant_time_equal(digest, std::span(expected.value).first(expected.size)))
      return Refusal{Reason::kBadSignature};
  }
  Verified verified = detail::VerifiedAccess::make(session.verifier);
  detail::VerifiedAccess::set_key(verified, session.key_index);
  const bool has_nonce = !session.nonce.view().empty();
  detail::VerifiedAccess::set_headers(verified, "", session.nonce.view(), has_nonce, "");
  detail::VerifiedAccess::set_replay_key(verified, session.replay_key);
  if (session.options.keep_body)
    detail::VerifiedAccess::set_body(verified, std::move(session.body));
  return verified;
}

Result<> check_profile(const MessageSignatureProfile& profile) {
  constexpr std::chrono::seconds kMaxWindow = std::chrono::hours(24 * 7);
  const auto in_range = [&](std::chrono::seconds s) {
    return s >= std::chrono::seconds(0) && s <= kMaxWindow;
  };
  if (!in_range(profile.tolerance) || !in_range(profile.max_lifetime))
    return Error{ErrorCode::kInvalidArgument,
                 "profile: tolerance and max_lifetime are 0 to 7 days"};
  return {};
}

}  // namespace

MessageSession::MessageSession(std::unique_ptr<MessageSessionState> state) noexcept
    : state_(std::move(state)) {}
MessageSession::MessageSession(MessageSession&&) noexcept = default;
MessageSession& MessageSession::operator=(MessageSession&&) noexcept = default;
MessageSession::~MessageSession() = default;

Result<void, Refusal> MessageSession::update(std::span<const std::byte> chunk) {
  if (state_ == nullptr) return Refusal{Reason::kUnavailable};  // moved from
  const auto ok = absorb(*state_, chunk);
  if (ok && state_->options.keep_body)
    state_->body.append(reinterpret_cast<const char*>(chunk.data()), chunk.size());
  return ok;
}

Result<void, Refusal> MessageSession::update(std::string_view chunk) {
  return update(bytes_of(chunk));
}

Result<Verified, Refusal> MessageSession::finish() && {
  const auto state = std::move(state_);
  if (state == nullptr) return Refusal{Reason::kUnavailable};
  return webhook::finish(*state);
}

MessageSignatureVerifier::MessageSignatureVerifier(
    std::shared_ptr<const MessageSignatureState> state) noexcept
    : state_(std::move(state)) {}

Result<MessageSignatureVerifier> MessageSignatureVerifier::create(MessageSignatureProfile profile,
                                                                  std::vector<MessageKey> keys,
                                                                  const Clock& clock,
                                                                  MessageSignatureOptions options) {
  if (const auto ok = check_profile(profile); !ok) return ok.error();
  auto state = std::make_shared<MessageSignatureState>();
  for (const MessageKey& key : keys) {
    if (key.material_ == nullptr) return Error{ErrorCode::kInvalidArgument, "a key was moved from"};
    state->key_names.push_back(key.material_->name);
    state->materials.push_back(key.material_.get());
  }
  if (const auto ok = detail::check_key_names(state->key_names); !ok) return ok.error();
  state->endpoint = std::move(options.endpoint);
  state->key_gate = std::move(options.key_gate);
  state->profile = std::move(profile);
  state->keys = std::move(keys);
  state->clock = &clock;
  return MessageSignatureVerifier(std::move(state));
}

Result<Verified, Refusal> MessageSignatureVerifier::verify(const Request& request,
                                                           std::string body) const {
  MessageSessionState session;
  session.verifier = state_;
  if (const auto ok = verify_head(request, session); !ok) return ok.error();
  if (const auto ok = absorb(session, bytes_of(body)); !ok) return ok.error();
  session.body = std::move(body);
  return finish(session);
}

Result<MessageSession, Refusal> MessageSignatureVerifier::begin(const Request& request,
                                                                StreamOptions options) const {
  auto session = std::make_unique<MessageSessionState>();
  session->verifier = state_;
  session->options = options;
  if (const auto ok = verify_head(request, *session); !ok) return ok.error();
  return MessageSession(std::move(session));
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
