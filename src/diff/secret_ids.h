#ifndef COEFFICIENT_SRC_DIFF_SECRET_IDS_H_
#define COEFFICIENT_SRC_DIFF_SECRET_IDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "core/crypto/hmac.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Numbers distinct secrets in the order in which they are asked for, knowing of each only 128 bits
/// of its HMAC.
///
/// Thread safety: distinct objects only.
class SecretIds {
 public:
  /// A random key if `key` is empty. Error: kInternal if OpenSSL failed.
  static Result<SecretIds> create(std::span<const std::byte> key, std::size_t limit);
  /// Returns the number of `secret`, from 1; 0 if it is a new one beyond the limit, or if OpenSSL
  /// failed.
  std::uint64_t id(std::string_view secret);

 private:
  using Tag = std::array<std::uint64_t, 2>;
  SecretIds(crypto::HmacKey key, std::size_t limit);

  crypto::HmacKey key_;
  std::size_t limit_;
  std::vector<Tag> tags_;             // by number, less 1
  std::vector<std::uint16_t> slots_;  // a hash table of numbers, 0 being free
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_SECRET_IDS_H_
