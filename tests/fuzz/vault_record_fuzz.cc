// Any bytes as a record blob: a typed refusal, since nobody without the key makes one that opens.
// The same bytes as a secret: they come back, and no blob with one bit flipped opens.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "vault/record_blob.h"

using namespace coefficient;
using namespace coefficient::vault;

namespace {

constexpr RecordRef kRef{"tenant", "kind", "name"};

const DataKey& data_key() {
  static const auto key = [] {
    std::array<std::byte, 32> raw{};
    raw[3] = std::byte{7};
    return DataKey::create(DekId{}, raw).value();
  }();
  return *key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto header = parse_record_header(bytes);
  if (header && (size < 104 || data[0] != 'C' || data[7] != 0)) std::abort();
  if (open_record(data_key(), kRef, header ? header->version : 1, bytes)) std::abort();

  auto blob = seal_record(data_key(), kRef, size, bytes).value();
  const auto opened = open_record(data_key(), kRef, size, blob);
  if (!opened || !constant_time_equal(opened->expose(), bytes)) std::abort();
  std::size_t bit = 0;
  for (const std::byte b : bytes.first(size < 8 ? size : 8))
    bit = bit * 256 + std::to_integer<std::size_t>(b);
  bit %= blob.size() * 8;
  blob.data()[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
  if (open_record(data_key(), kRef, size, blob)) std::abort();
  return 0;
}
