#ifndef COEFFICIENT_SRC_VAULT_PAE_H_
#define COEFFICIENT_SRC_VAULT_PAE_H_

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// PASETO's pre-authentication encoding of parts: their count and each one's length as 64-bit
/// little-endian numbers, so that different lists never give the same bytes. It allocates only
/// where it is longer than that of a record's usual address.
///
/// Thread safety: immutable.
class Pae {
 public:
  Pae(std::initializer_list<std::span<const std::byte>> parts);
  Pae(const Pae&) = delete;
  Pae& operator=(const Pae&) = delete;
  ~Pae() = default;

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return {large_ != nullptr ? large_.get() : small_, size_};
  }

 private:
  std::size_t size_ = 8;
  std::unique_ptr<std::byte[]> large_;
  std::byte small_[256];  // the end stays unwritten
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_PAE_H_
