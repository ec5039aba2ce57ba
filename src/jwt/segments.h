#ifndef COEFFICIENT_SRC_JWT_SEGMENTS_H_
#define COEFFICIENT_SRC_JWT_SEGMENTS_H_

#include <memory>
#include <optional>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// The parts of a JWS in compact form, which are views into it. None is decoded yet.
struct Segments {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  ///< header '.' payload
};

/// Returns nothing unless there are exactly two dots. A part may be empty.
std::optional<Segments> split(std::string_view token) noexcept;

/// Decodes canonical unpadded base64url to `storage` and views it; false if it is anything else.
bool decode_segment(std::string_view segment, std::unique_ptr<char[]>& storage,
                    std::string_view& decoded);

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_SEGMENTS_H_
