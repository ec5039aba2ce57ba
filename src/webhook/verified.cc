#include "coefficient/webhook/verified.h"

#include <array>
#include <cstdint>
#include <utility>

#include "core/json.h"
#include "webhook/verified_context.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

namespace detail {
void copy_text(char* to, std::string_view text) noexcept {
  text.copy(to, text.size());
}

crypto::Digest begin_replay_key(std::string_view endpoint) {
  crypto::Digest digest(crypto::DigestAlgorithm::kSha256);
  std::array<std::byte, 8> length{};
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<std::byte>(std::uint64_t{endpoint.size()} >> (56 - 8 * i) & 0xFFU);
  digest.update(length);
  digest.update(std::as_bytes(std::span(endpoint)));
  return digest;
}
}  // namespace detail

Verified::Verified() noexcept = default;
Verified::Verified(Verified&&) noexcept = default;
Verified& Verified::operator=(Verified&&) noexcept = default;
Verified::~Verified() = default;

std::string Verified::take_body() && noexcept {
  has_body_ = false;
  return std::exchange(body_, {});
}

std::string_view Verified::key_name() const noexcept {
  return context_ == nullptr ? std::string_view() : context_->key_names[key_index_];
}

std::optional<std::string> Verified::delivery_id() const {
  if (!id_.view().empty()) return std::string(id_.view());
  if (context_ == nullptr || !has_body_ || context_->id_in_body.empty()) return std::nullopt;
  std::string id;
  for (const std::string& pointer : context_->id_in_body) {
    const auto part = json::scalar_at(body_, pointer);
    if (!part || !*part) return std::nullopt;
    if (!id.empty()) id += ':';
    id += **part;
  }
  return id;
}

bool Verified::delivery_id_signed() const noexcept {
  return id_signed_ || (id_.view().empty() && context_ != nullptr && !context_->id_in_body.empty());
}

std::optional<std::string> Verified::event_type() const {
  if (!event_type_.view().empty()) return std::string(event_type_.view());
  if (context_ == nullptr || !has_body_) return std::nullopt;
  for (const std::string& pointer : context_->event_type_in_body) {
    auto type = json::scalar_at(body_, pointer);
    if (!type) return std::nullopt;
    if (*type) return *std::move(type);
  }
  return std::nullopt;
}

Result<ReplayKey> Verified::replay_key() const {
  if (replay_key_) return *replay_key_;
  if (!has_body_ || context_ == nullptr)
    return Error{ErrorCode::kFailedPrecondition, "neither the body nor the replay key was kept"};
  crypto::Digest digest = detail::begin_replay_key(context_->endpoint);
  context_->content.for_each(id_.view(), timestamp_.view(),
                             [&](std::span<const std::byte> piece) { digest.update(piece); });
  digest.update(std::as_bytes(std::span(body_)));
  ReplayKey key{};
  if (!digest.finish(key)) return Error{ErrorCode::kInternal, "SHA-256 failed"};
  return key;
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
