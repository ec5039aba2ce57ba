#ifndef COEFFICIENT_SRC_WEBHOOK_VERIFIED_CONTEXT_H_
#define COEFFICIENT_SRC_WEBHOOK_VERIFIED_CONTEXT_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/webhook/verified.h"
#include "core/crypto/digest.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// A compiled `signed_content` template: what stands before the body.
struct SignedContent {
  enum class Kind { kLiteral, kId, kTimestamp };
  struct Piece {
    Kind kind;
    std::string literal;
  };
  std::vector<Piece> before_body;
  bool uses_id = false;
  bool uses_timestamp = false;
  /// The byte after {id}, which an id may not hold: otherwise two splits would sign the same.
  std::optional<char> id_delimiter;

  template <class Absorb>
  void for_each(std::string_view id, std::string_view timestamp, Absorb absorb) const {
    for (const Piece& piece : before_body) {
      const std::string_view text = piece.kind == Kind::kLiteral ? std::string_view(piece.literal)
                                    : piece.kind == Kind::kId    ? id
                                                                 : timestamp;
      absorb(std::as_bytes(std::span(text)));
    }
  }
};

/// What a Verified needs of its verifier after the verification.
struct VerifiedContext {
  std::string endpoint;
  std::vector<std::string> key_names;
  std::vector<std::string> id_in_body;
  std::vector<std::string> event_type_in_body;
  SignedContent content;
};

/// Starts a replay key: SHA-256 over the endpoint (length first, so that no endpoint can run into
/// the content) and the signed content, which the caller absorbs.
crypto::Digest begin_replay_key(std::string_view endpoint);

/// The only door into Verified; see that class for the meaning of the members. A verification
/// fills one in as it goes and gives it away only at its good end.
struct VerifiedAccess {
  static Verified make(std::shared_ptr<const VerifiedContext> context) {
    Verified v;
    v.context_ = std::move(context);
    return v;
  }
  static void set_key(Verified& v, std::size_t key_index) { v.key_index_ = key_index; }
  static void set_body(Verified& v, std::string body) {
    v.body_ = std::move(body);
    v.has_body_ = true;
  }
  // Preconditions: timestamp <= 15, id <= 255, event_type <= 127 bytes.
  static void set_headers(Verified& v, std::string_view timestamp, std::string_view id,
                          bool id_signed, std::string_view event_type) {
    v.timestamp_.assign(timestamp);
    v.id_.assign(id);
    v.id_signed_ = id_signed;
    v.event_type_.assign(event_type);
  }
  static std::string_view timestamp(const Verified& v) { return v.timestamp_.view(); }
  static std::string_view id(const Verified& v) { return v.id_.view(); }
  static void set_replay_key(Verified& v, const ReplayKey& key) { v.replay_key_ = key; }
};

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_VERIFIED_CONTEXT_H_
