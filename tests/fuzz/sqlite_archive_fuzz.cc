// Files of an archive from outside: read whole or refused, and what is read is written back the
// same. The first byte chooses; with it even, the hash at the end is made right, so that the fuzzer
// gets behind it. What is accepted as a patchset is also given to SQLite.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "core/crypto/digest.h"
#include "sqlite/connection.h"
#include "sqlite/patchset.h"
#include "sqlite/schema.h"
#include "sqlite/segment.h"

namespace {

namespace sqlite = coefficient::sqlite;
using Bytes = std::vector<std::byte>;

constexpr std::size_t kHash = 32;

void require(bool condition) {
  if (!condition) std::abort();
}

void seal(Bytes& bytes) {
  if (bytes.size() < kHash) return;
  const auto content = std::span<const std::byte>(bytes).first(bytes.size() - kHash);
  const auto hash = coefficient::crypto::sha256({content});
  std::ranges::copy(*hash, bytes.end() - static_cast<std::ptrdiff_t>(kHash));
}

// A vault's tables, in memory, emptied each time.
sqlite::Connection& database() {
  static sqlite::Connection connection = [] {
    auto opened = sqlite::Connection::open(":memory:", sqlite::Connection::Mode::kReadWrite,
                                           std::chrono::milliseconds(0));
    for (const char* step : sqlite::schema_steps()) require(opened->execute(step).has_value());
    return std::move(*opened);
  }();
  return connection;
}

void apply(std::span<const std::byte> patchset) {
  require(database().execute("BEGIN").has_value());
  (void)sqlite::apply_patchset(database(), patchset);  // may conflict
  require(database().execute("ROLLBACK").has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto input = std::as_bytes(std::span(data, size)).subspan(1);
  Bytes bytes(input.begin(), input.end());
  if (data[0] % 2 == 0) seal(bytes);
  if (const auto segment = sqlite::read_segment(bytes)) {
    const auto again = sqlite::write_segment(*segment);
    require(again && *again == bytes);
    for (const sqlite::Change& change : segment->changes) apply(change.changeset);
  }
  if (const auto base = sqlite::read_base(bytes)) {
    const auto again = sqlite::write_base(*base);
    require(again && *again == bytes);
  }
  if (const auto start = sqlite::read_start(bytes)) {
    const auto again = sqlite::write_start(*start);
    require(again && *again == bytes);
  }
  if (sqlite::check_patchset(input)) apply(input);
  return 0;
}
