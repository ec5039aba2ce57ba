// Log proofs, export cursors and the verification of proofs: no crash, what is read is written back
// the same, and no proof leads to a root that is not its own.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "audit/export_cursor.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/proof.h"

namespace audit = coefficient::audit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// The first bytes as sizes, the rest as hashes of a proof.
void check_verification(std::span<const std::uint8_t> data) {
  if (data.size() < 16) return;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::memcpy(&first, data.data(), 8);
  std::memcpy(&second, data.data() + 8, 8);
  data = data.subspan(16);
  std::vector<audit::Hash> proof(data.size() / audit::kHashBytes);
  for (std::size_t i = 0; i < proof.size(); ++i)
    std::memcpy(proof[i].data(), data.data() + i * audit::kHashBytes, audit::kHashBytes);
  const audit::Hash leaf{};
  const audit::Hash root = audit::empty_root();
  // A root that is the hash of nothing has no leaf.
  require(!audit::verify_inclusion(leaf, first, second, proof, root));
  const auto grown = audit::verify_consistency(first, leaf, second, root, proof);
  require(!grown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto proof = audit::parse_proof(text)) {
    const auto again = audit::format_proof(*proof);
    require(again && *again == text);
  }
  if (const auto cursor = audit::parse_cursor(text)) require(audit::format_cursor(*cursor) == text);
  check_verification({data, size});
  return 0;
}
