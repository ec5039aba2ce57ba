#ifndef COEFFICIENT_SRC_WEBHOOK_REQUEST_HEADERS_H_
#define COEFFICIENT_SRC_WEBHOOK_REQUEST_HEADERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/webhook/refusal.h"
#include "coefficient/webhook/request.h"
#include "coefficient/webhook/scheme.h"
#include "webhook/verified_context.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// A signature from the header, decoded to exactly the `size` bytes that its variant has; the rest
/// stays unwritten, as do the candidates beyond candidate_count: this is the hot path.
struct Candidate {
  std::size_t variant;
  std::size_t size;
  std::array<std::byte, 64> bytes;
};

/// What a scheme's headers say. Views into the request. Nothing here is verified.
struct ParsedHeaders {
  ParsedHeaders() noexcept {}  // NOLINT(modernize-use-equals-default): candidates stay unwritten
  std::string_view token;      ///< The whole signature header, for kSharedToken.
  std::string_view timestamp;
  std::string_view id;
  std::string_view event_type;
  std::array<Candidate, 8> candidates;
  std::size_t candidate_count = 0;

  [[nodiscard]] std::span<const Candidate> signatures() const noexcept {
    return std::span(candidates).first(candidate_count);
  }
};

/// Reads the headers of `request` as `scheme` lays them out, into `out` (caller's storage, so that
/// nothing is allocated). Refusals: kMissingHeader, kDuplicateHeader, kMalformedSignature,
/// kMalformedTimestamp.
Result<void, Refusal> parse_headers(const Scheme& scheme, const SignedContent& content,
                                    const Request& request, ParsedHeaders& out) noexcept;

/// Returns whether `text` may be the version in a list of signatures: it holds nothing that
/// separates versions from signatures.
bool is_version(std::string_view text) noexcept;

/// Returns the number that 1-15 ASCII digits without leading zero stand for; else nothing.
std::optional<std::int64_t> parse_timestamp(std::string_view text) noexcept;

/// Returns whether `a` and `b`, which have one length, are equal but for ASCII case.
bool same_letters(std::string_view a, std::string_view b) noexcept;

/// Returns whether `a` and `b` are equal header names (ASCII case-insensitive).
inline bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && same_letters(a, b);
}

/// Returns whether `text` is 1 to `max` visible ASCII characters.
bool is_visible(std::string_view text, std::size_t max) noexcept;

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_REQUEST_HEADERS_H_
