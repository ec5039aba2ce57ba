#include "jwt/segments.h"

#include <cstddef>
#include <span>

#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

std::optional<Segments> split(std::string_view token) noexcept {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return Segments{token.substr(0, first), token.substr(first + 1, second - first - 1),
                  token.substr(second + 1), token.substr(0, second)};
}

bool decode_segment(std::string_view segment, std::unique_ptr<char[]>& storage,
                    std::string_view& decoded) {
  // Of a length that no text can have, decoding says so.
  const std::size_t rest = segment.size() % 4;
  const std::size_t size = segment.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1);
  storage = std::make_unique_for_overwrite<char[]>(size);
  decoded = {storage.get(), size};
  return base64url_decode_exact(segment, std::as_writable_bytes(std::span(storage.get(), size)));
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
