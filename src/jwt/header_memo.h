#ifndef COEFFICIENT_SRC_JWT_HEADER_MEMO_H_
#define COEFFICIENT_SRC_JWT_HEADER_MEMO_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// What is known of a header, exactly as it is encoded, that was read and signed before.
struct KnownHeader {
  std::string segment;
  std::string type;     ///< Header::type.
  std::size_t key = 0;  ///< The index in the set of the key that it chose.
};

/// The first few headers that keys of one set have signed, so that they need not be decoded and
/// read for each token: an issuer writes one or two. Only what a signature was good for is
/// remembered, so nobody else can fill it, and nothing is ever replaced.
///
/// Thread safety: all members may be called concurrently; find() takes no lock.
class HeaderMemo {
 public:
  HeaderMemo() = default;
  HeaderMemo(const HeaderMemo&) = delete;
  HeaderMemo& operator=(const HeaderMemo&) = delete;
  ~HeaderMemo();
  /// Returns nullptr for one that is not known; else valid as long as this object.
  [[nodiscard]] const KnownHeader* find(std::string_view segment) const noexcept;
  /// Remembers it if it is short and there is room.
  void remember(std::string_view segment, std::string_view type, std::size_t key);

 private:
  std::array<std::atomic<const KnownHeader*>, 8> slots_{};
};

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_HEADER_MEMO_H_
