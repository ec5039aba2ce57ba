#include "sqlite/chain.h"

#include <string_view>

#include "core/crypto/digest.h"
#include "sqlite/big_endian.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

Result<Hash> chain_hash(const Hash& previous, const Change& change) {
  constexpr std::string_view kLabel = "coefficient.sqlite.change.v1";
  std::array<std::byte, 32> numbers{};
  const std::span<std::byte> out(numbers);
  put_big_endian(out.subspan(0, 8), static_cast<std::uint64_t>(change.seq));
  put_big_endian(out.subspan(8, 8), static_cast<std::uint64_t>(change.time_ms));
  put_big_endian(out.subspan(16, 8), static_cast<std::uint64_t>(change.schema));
  put_big_endian(out.subspan(24, 8), change.changeset.size());
  return crypto::sha256({std::as_bytes(std::span(kLabel)), previous, numbers, change.changeset});
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
