#include "core/crypto/hkdf.h"

#include <algorithm>
#include <array>

#include "coefficient/core/secret_bytes.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

bool hkdf_expand(const HmacKey& prk, std::initializer_list<std::span<const std::byte>> info,
                 std::span<std::byte> out) {
  const std::size_t size = prk.mac_bytes();
  bool ok = out.size() <= 255 * size;
  std::array<std::byte, kMaxDigestBytes> storage{};
  const auto block = std::span(storage).first(size);  // T(i)
  std::array<std::byte, 1> counter{};
  for (std::size_t done = 0; ok && done < out.size();) {
    Hmac mac(prk);
    if (done > 0) mac.update(block);
    for (const auto part : info) mac.update(part);
    counter[0] = std::byte{static_cast<unsigned char>(std::to_integer<unsigned>(counter[0]) + 1)};
    mac.update(counter);
    ok = mac.finish(block);
    const std::size_t n = std::min(size, out.size() - done);
    std::copy_n(block.begin(), n, out.begin() + static_cast<std::ptrdiff_t>(done));
    done += n;
  }
  wipe(block);
  if (!ok) wipe(out);
  return ok;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
