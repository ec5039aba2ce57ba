#ifndef COEFFICIENT_WEBHOOK_VERIFIER_H_
#define COEFFICIENT_WEBHOOK_VERIFIER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/version.h"
#include "coefficient/webhook/export.h"
#include "coefficient/webhook/refusal.h"
#include "coefficient/webhook/request.h"
#include "coefficient/webhook/scheme.h"
#include "coefficient/webhook/verified.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

/// A configured secret (or public key), in the sender's own text form, and the name under which a
/// match is reported.
struct Key {
  std::string name = {};  ///< At most 64 bytes.
  SecretBytes secret = {};
};

struct VerifierOptions {
  /// Goes into the replay key: give each receiving URL (or tenant) its own.
  std::string endpoint = {};
  /// Overrides the scheme's cap on the body, in bytes.
  std::optional<std::size_t> max_body_bytes = {};
  /// Overrides the scheme's tolerance; 0 to 7 days.
  std::optional<std::chrono::seconds> tolerance = {};
  /// Shortest HMAC key or token accepted, in bytes after decoding.
  std::size_t min_secret_bytes = 16;
};

struct StreamOptions {
  /// Keep the body for Verified::body(). Otherwise memory stays constant in the body's size
  /// (except for Ed25519, which must see the message whole).
  bool keep_body = true;
  /// Compute the replay key while streaming; needed only when the body is not kept.
  bool replay_key = false;
};

namespace detail {
class StateHandles;
struct SessionState;
}  // namespace detail

/// A verification in progress: update() with each piece of the body as it arrives, then finish().
/// Nothing of the body can be had before finish() says it is genuine.
///
/// Thread safety: distinct objects only. Outlives its verifier safely.
class COEFFICIENT_WEBHOOK_EXPORT Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Absorbs the next bytes of the body. Refusal: kBodyTooLarge, at the first byte over the cap;
  /// stop reading then. Every later call gives the same answer.
  Result<void, Refusal> update(std::span<const std::byte> chunk);
  Result<void, Refusal> update(std::string_view chunk);
  /// Returns the proof. Refusals: kBodyTooLarge, kBadSignature, kMalformedTimestamp, kTooOld,
  /// kTooNew (the last three only where the time stands in the body), kUnavailable.
  Result<Verified, Refusal> finish() &&;

 private:
  friend class Verifier;
  explicit Session(std::unique_ptr<detail::SessionState> state) noexcept;
  std::unique_ptr<detail::SessionState> state_;
};

/// Verifies requests of one scheme against one or more keys. There is no way to skip it.
///
/// Thread safety: immutable after create(); all const members may be called concurrently.
class COEFFICIENT_WEBHOOK_EXPORT Verifier {
 public:
  /// Errors: kInvalidArgument with the reason: a scheme that contradicts itself, no key, more than
  /// 8 keys, two keys of one name, a key that is empty, too short, of one repeated byte, or not
  /// in the encoding or with the prefix that the scheme asks for. `clock` must outlive the
  /// verifier and its sessions.
  static Result<Verifier> create(Scheme scheme, std::vector<Key> keys,
                                 const Clock& clock = system_clock(), VerifierOptions options = {});

  /// Verifies a whole request and returns the proof, which then owns the body. On refusal the
  /// body is gone. Total: no input throws, and with HMAC schemes (but Linear, whose time stands in
  /// the JSON) nothing is allocated from the C++ heap.
  /// Refusals: all but kReplayed.
  [[nodiscard]] Result<Verified, Refusal> verify(const Request& request, std::string body) const;

  /// Starts a streaming verification: refuses on header faults before any body is read.
  /// Refusals: kMissingHeader, kDuplicateHeader, kMalformedSignature, kMalformedTimestamp,
  /// kTooOld, kTooNew, kBadSignature (a token, or no key for any listed version).
  [[nodiscard]] Result<Session, Refusal> begin(const Request& request,
                                               StreamOptions options = {}) const;

  [[nodiscard]] std::size_t max_body_bytes() const noexcept;
  [[nodiscard]] const Scheme& scheme() const noexcept;

 private:
  explicit Verifier(std::shared_ptr<const detail::StateHandles> state) noexcept;
  std::shared_ptr<const detail::StateHandles> state_;
};

}  // namespace webhook
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_WEBHOOK_VERIFIER_H_
