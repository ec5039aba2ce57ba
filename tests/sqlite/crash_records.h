#ifndef COEFFICIENT_TESTS_SQLITE_CRASH_RECORDS_H_
#define COEFFICIENT_TESTS_SQLITE_CRASH_RECORDS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "coefficient/vault/store.h"

namespace test {

/// The records that the killed process writes: those of one group always in one batch.
inline const std::vector<std::vector<std::string>> kCrashGroups = {
    {"a"}, {"b"}, {"c"}, {"rotated1", "rotated2", "rotated3"}};

inline coefficient::vault::RecordRef crash_ref(const std::string& name) {
  return {"tenant", "crash", name};
}

/// Puts version `expected` + 1 of all `names`; the content says which version it is.
inline coefficient::vault::Batch crash_batch(const std::vector<std::string>& names,
                                             std::uint64_t expected) {
  coefficient::vault::Batch batch;
  for (const std::string& name : names) {
    coefficient::vault::RecordWrite& write = batch.records.emplace_back();
    write.row.info.tenant = "tenant";
    write.row.info.kind = "crash";
    write.row.info.name = name;
    write.row.info.version = expected + 1;
    write.high_water.version = expected + 1;
    write.row.blob = coefficient::vault::Blob(std::vector<std::byte>(
        200 + (expected + 1) % 50, static_cast<std::byte>((expected + 1) & 0xff)));
    write.expected_version = expected;
  }
  return batch;
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_SQLITE_CRASH_RECORDS_H_
