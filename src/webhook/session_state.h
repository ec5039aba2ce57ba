#ifndef COEFFICIENT_SRC_WEBHOOK_SESSION_STATE_H_
#define COEFFICIENT_SRC_WEBHOOK_SESSION_STATE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/webhook/verifier.h"
#include "core/crypto/digest.h"
#include "core/crypto/hmac.h"
#include "core/inline_vector.h"
#include "webhook/key.h"
#include "webhook/request_headers.h"
#include "webhook/verified_context.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// A verifier's immutable inside; shared with its sessions and their Verified.
struct VerifierState final : VerifiedContext {
  Scheme scheme;
  std::vector<CompiledKey> keys;
  const Clock* clock = nullptr;
  std::size_t max_body_bytes = 0;
  std::chrono::seconds tolerance{0};
};

/// One verification, on the stack of verify() or in a Session. All keys that could have made one
/// of the header's signatures absorb the body in one pass.
struct SessionState {
  SessionState(const std::shared_ptr<const VerifierState>& verifier, StreamOptions options);

  /// Reads and judges the headers. `request` is not needed afterwards.
  Result<void, Refusal> start(const Request& request);
  Result<void, Refusal> absorb(std::span<const std::byte> chunk);
  /// absorb() for a body that is already whole and owned: no copy.
  Result<void, Refusal> absorb_all(std::string body);
  Result<Verified, Refusal> finish();

 private:
  /// A key that could have made one of the header's signatures.
  struct Contender {
    const CompiledKey* key;
    std::size_t index;
    std::optional<crypto::Hmac> mac;
  };

  Result<void, Refusal> select_keys();
  [[nodiscard]] bool could_match(const CompiledKey& key) const;
  void hash(std::span<const std::byte> chunk);
  [[nodiscard]] std::optional<std::size_t> matching_key(bool& failed);
  [[nodiscard]] bool matches(Contender& contender, bool& failed) const;
  [[nodiscard]] std::string signed_message() const;
  Result<void, Refusal> check_time(std::string_view text, bool millis) const;
  Result<void, Refusal> check_time_in_body() const;

  template <class Absorb>
  void before_body(Absorb absorb) const {
    verifier_->content.for_each(VerifiedAccess::id(verified_), VerifiedAccess::timestamp(verified_),
                                absorb);
  }

  StreamOptions options_;
  Verified verified_;              // given away by finish() only; it keeps *verifier_ alive
  const VerifierState* verifier_;  // plain, so that no second reference count is touched
  ParsedHeaders headers_;          // its views are dead after start(); its candidates are not
  coefficient::detail::InlineVector<Contender, kMaxKeys> contenders_;
  std::optional<crypto::Digest> replay_;
  std::optional<Reason> failed_;
  std::string body_;
  std::size_t body_bytes_ = 0;
  bool buffers_ = false;
};

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_SESSION_STATE_H_
