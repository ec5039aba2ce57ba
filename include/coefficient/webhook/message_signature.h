#ifndef COEFFICIENT_WEBHOOK_MESSAGE_SIGNATURE_H_
#define COEFFICIENT_WEBHOOK_MESSAGE_SIGNATURE_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/version.h"
#include "coefficient/webhook/export.h"
#include "coefficient/webhook/refusal.h"
#include "coefficient/webhook/request.h"
#include "coefficient/webhook/verified.h"
#include "coefficient/webhook/verifier.h"

/// HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530), in one fixed profile:
/// every accepted signature covers the method, the target and the body.
COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

/// The profile's variables. The defaults are the strict ones; a sender with a profile of its own
/// is described here rather than accommodated silently.
struct MessageSignatureProfile {
  /// Component names that a signature must cover besides `@method`, `content-digest`, and either
  /// `@target-uri` or `@authority` and `@path`.
  std::vector<std::string> required_components = {};
  /// Required value of the `tag` parameter; empty: any, or none.
  std::string tag = {};
  /// Parameters beyond `created` and `keyid`, which are always required.
  bool require_expires = false;
  bool require_nonce = false;
  bool require_alg = false;
  /// Clock skew allowed on both ends, and the age limit where there is no `expires`.
  std::chrono::seconds tolerance{300};
  /// Largest `expires - created`.
  std::chrono::seconds max_lifetime{300};
  /// RFC 8941 has padded base64; some senders (AdCP 3.x) write unpadded base64url between the
  /// colons of `Signature`. Exactly one of the two is accepted.
  bool signature_base64url = false;
  std::size_t max_body_bytes = std::size_t{1} << 20U;
  /// Accept a message of which more than one label verifies; the first one is the proof. Each label
  /// has its own replay key and delivery id, so that whoever leaves labels out or reorders them
  /// makes of one message as many as it has labels. Off: such a message is kMalformedSignature.
  bool several_proofs = false;
};

namespace detail {
struct MessageKeyMaterial;
struct MessageSignatureState;
struct MessageSessionState;
}  // namespace detail

/// A key for message signatures: hmac-sha256, ed25519 or ecdsa-p256-sha256 (RFC 9421 section 3.3).
/// The algorithm is the key's; a message's `alg` must agree with it and never chooses.
class COEFFICIENT_WEBHOOK_EXPORT MessageKey {
 public:
  /// `keyid` is matched exactly; empty: any keyid. Errors: kInvalidArgument.
  static Result<MessageKey> hmac_sha256(std::string name, std::string keyid,
                                        const SecretBytes& secret);
  /// SubjectPublicKeyInfo in PEM, Ed25519 or P-256.
  static Result<MessageKey> pem(std::string name, std::string keyid, std::string_view text);
  /// A JWK (RFC 7517) with kty OKP/Ed25519, EC/P-256 or oct; `kid` becomes the keyid. Refused:
  /// `use` other than sig, `key_ops` without verify, an `alg` that does not fit.
  static Result<MessageKey> jwk(std::string name, std::string_view json);

  MessageKey(MessageKey&&) noexcept;
  MessageKey& operator=(MessageKey&&) noexcept;
  MessageKey(const MessageKey&) = delete;
  MessageKey& operator=(const MessageKey&) = delete;
  ~MessageKey();

 private:
  friend class MessageSignatureVerifier;
  explicit MessageKey(std::unique_ptr<detail::MessageKeyMaterial> material) noexcept;
  std::unique_ptr<detail::MessageKeyMaterial> material_;
};

struct MessageSignatureOptions {
  std::string endpoint = {};  ///< See VerifierOptions.
  /// Asked for each keyid before its signature is checked (revocation lists, per-key caps): a
  /// reason refuses the request. Must be safe to call from several threads and not throw.
  std::function<std::optional<Reason>(std::string_view keyid)> key_gate = {};
};

/// A streaming verification of one message; as Session. The signature is checked by begin()
/// already, only the body's digest remains.
///
/// Thread safety: distinct objects only.
class COEFFICIENT_WEBHOOK_EXPORT MessageSession {
 public:
  MessageSession(MessageSession&&) noexcept;
  MessageSession& operator=(MessageSession&&) noexcept;
  MessageSession(const MessageSession&) = delete;
  MessageSession& operator=(const MessageSession&) = delete;
  ~MessageSession();
  /// As Session::update.
  Result<void, Refusal> update(std::span<const std::byte> chunk);
  Result<void, Refusal> update(std::string_view chunk);
  /// As Session::finish. Refusals: kBodyTooLarge, kBadSignature (digest mismatch), kUnavailable.
  Result<Verified, Refusal> finish() &&;

 private:
  friend class MessageSignatureVerifier;
  explicit MessageSession(std::unique_ptr<detail::MessageSessionState> state) noexcept;
  std::unique_ptr<detail::MessageSessionState> state_;
};

/// Verifies RFC 9421 signatures. A message may carry several labels, of which one made by a known
/// keyid (and with the profile's tag) verifies and is the proof; see
/// MessageSignatureProfile::several_proofs. The delivery id is the nonce, which is signed.
///
/// Thread safety: immutable after create(); all const members may be called concurrently.
class COEFFICIENT_WEBHOOK_EXPORT MessageSignatureVerifier {
 public:
  /// Errors: kInvalidArgument: no key, more than 8, two of one name, an impossible profile.
  static Result<MessageSignatureVerifier> create(MessageSignatureProfile profile,
                                                 std::vector<MessageKey> keys,
                                                 const Clock& clock = system_clock(),
                                                 MessageSignatureOptions options = {});
  /// As Verifier::verify; `request` must carry method and url.
  [[nodiscard]] Result<Verified, Refusal> verify(const Request& request, std::string body) const;
  /// As Verifier::begin.
  [[nodiscard]] Result<MessageSession, Refusal> begin(const Request& request,
                                                      StreamOptions options = {}) const;

 private:
  explicit MessageSignatureVerifier(
      std::shared_ptr<const detail::MessageSignatureState> state) noexcept;
  std::shared_ptr<const detail::MessageSignatureState> state_;
};

}  // namespace webhook
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_WEBHOOK_MESSAGE_SIGNATURE_H_
