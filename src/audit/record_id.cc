#include "audit/record_id.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "coefficient/core/random.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

Result<std::string> new_record_id(Timestamp now) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::array<std::byte, 10> random{};
  if (auto filled = random_bytes(random); !filled) return filled.error();
  std::string id(26, '0');
  auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  for (std::size_t i = 10; i > 0; --i, ms >>= 5U) id[i - 1] = kAlphabet[ms & 31U];
  std::uint64_t bits = 0;
  unsigned have = 0;
  std::size_t next = 10;
  for (const std::byte b : random) {
    bits = (bits << 8U) | std::to_integer<std::uint64_t>(b);
    for (have += 8; have >= 5; have -= 5) id[next++] = kAlphabet[(bits >> (have - 5)) & 31U];
  }
  return id;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
