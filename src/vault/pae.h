#ifndef COEFFICIENT_SRC_VAULT_PAE_H_
#define COEFFICIENT_SRC_VAULT_PAE_H_

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/version.h"
#include "core/bytes_of.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// Returns PASETO's pre-authentication encoding of the parts: their count and each one's length as
/// 64-bit little-endian numbers, so that different lists never give the same bytes.
std::vector<std::byte> pae(std::initializer_list<std::span<const std::byte>> parts);

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_PAE_H_
