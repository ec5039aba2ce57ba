#ifndef COEFFICIENT_WEBHOOK_VERIFIED_H_
#define COEFFICIENT_WEBHOOK_VERIFIED_H_

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "coefficient/webhook/export.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

/// SHA-256 over the endpoint and the signed content: equal exactly for the same signed content at
/// the same endpoint, whatever unsigned ids came with it and whichever key verified it.
using ReplayKey = std::array<std::byte, 32>;

namespace detail {
struct VerifiedAccess;
struct VerifiedContext;

// Out of line: inlined with a bounded size it would become `rep movs`, which is slow to start.
COEFFICIENT_WEBHOOK_EXPORT void copy_text(char* to, std::string_view text) noexcept;

// A short text stored in place, so that a verification allocates nothing. Only the bytes in use are
// ever written or copied (copies round up to a block, which is a few moves of fixed size).
template <std::size_t N>
class InlineText {
 public:
  InlineText() noexcept {}  // NOLINT(modernize-use-equals-default): bytes_ stays unwritten
  InlineText(const InlineText& other) noexcept { copy(other); }
  InlineText& operator=(const InlineText& other) noexcept {
    if (this != &other) copy(other);
    return *this;
  }
  InlineText(InlineText&& other) noexcept { copy(other); }
  InlineText& operator=(InlineText&& other) noexcept {
    if (this != &other) copy(other);
    return *this;
  }
  ~InlineText() = default;
  // Precondition: text.size() <= N.
  void assign(std::string_view text) noexcept {
    size_ = static_cast<unsigned char>(text.size());
    if (!text.empty()) copy_text(bytes_.data(), text);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

 private:
  static_assert(N <= 255);
  static constexpr std::size_t kBlock = 16;
  void copy(const InlineText& other) noexcept {
    size_ = other.size_;
    for (std::size_t i = 0; i < size_; i += kBlock)
      std::memcpy(bytes_.data() + i, other.bytes_.data() + i, kBlock);
  }
  unsigned char size_ = 0;
  std::array<char, (N + kBlock - 1) / kBlock * kBlock> bytes_;
};
}  // namespace detail

/// Proof that a request came from a holder of a configured key. Only a verifier makes one, and a
/// host's handlers should take `const Verified&` rather than text: then no unverified byte can
/// reach them.
///
/// Thread safety: const members may be called concurrently.
class COEFFICIENT_WEBHOOK_EXPORT Verified {
 public:
  Verified(Verified&&) noexcept;
  Verified& operator=(Verified&&) noexcept;
  Verified(const Verified&) = delete;
  Verified& operator=(const Verified&) = delete;
  ~Verified();

  /// Returns false only after a streaming verification that was told not to keep the body.
  [[nodiscard]] bool has_body() const noexcept { return has_body_; }
  /// Returns the body exactly as received; empty without has_body().
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  /// Returns the body by move; afterwards has_body() is false.
  [[nodiscard]] std::string take_body() && noexcept;

  /// Returns the index and the name of the key that matched, so that a host sees when the old one
  /// of a rotation can retire. With several matching keys, the first.
  [[nodiscard]] std::size_t key_index() const noexcept { return key_index_; }
  [[nodiscard]] std::string_view key_name() const noexcept;

  /// Returns the sender's id of this delivery: from its header, else from the body (has_body()).
  [[nodiscard]] std::optional<std::string> delivery_id() const;
  /// Returns whether the signature covers that id. An unsigned id may be forged by a replayer:
  /// deduplicate by replay_key().
  [[nodiscard]] bool delivery_id_signed() const noexcept;
  /// Returns the event type: from its header (unsigned), else from the body (signed).
  [[nodiscard]] std::optional<std::string> event_type() const;

  /// Returns the replay key. It costs one SHA-256 over the body, paid when asked for.
  /// Errors: kFailedPrecondition if a streaming verification kept neither the body nor the key
  /// (StreamOptions), kInternal if OpenSSL failed.
  [[nodiscard]] Result<ReplayKey> replay_key() const;

 private:
  friend struct detail::VerifiedAccess;
  Verified() noexcept;
  std::shared_ptr<const detail::VerifiedContext> context_;
  std::string body_;
  std::size_t key_index_ = 0;
  bool has_body_ = false;
  bool id_signed_ = false;
  detail::InlineText<15> timestamp_;
  detail::InlineText<255> id_;
  detail::InlineText<127> event_type_;
  std::optional<ReplayKey> replay_key_;
};

}  // namespace webhook
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_WEBHOOK_VERIFIED_H_
