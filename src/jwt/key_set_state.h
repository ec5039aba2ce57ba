#ifndef COEFFICIENT_SRC_JWT_KEY_SET_STATE_H_
#define COEFFICIENT_SRC_JWT_KEY_SET_STATE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/jwt/key_set.h"
#include "jwt/header_memo.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

struct KeySetState {
  std::vector<Key> keys;
  std::vector<SkippedKey> skipped;
  mutable HeaderMemo memo;  // of headers that a key of this set has signed

  /// Returns the index of the one key that a token with this header may be signed by. Refusals:
  /// kWrongAlgorithm, kUnknownKey.
  [[nodiscard]] Result<std::size_t, Refusal> find(std::optional<std::string_view> kid,
                                                  Algorithm algorithm) const;
};

struct KeySetAccess {
  static const KeySetState& state(const KeySet& set) noexcept { return *set.state_; }
};

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_KEY_SET_STATE_H_
