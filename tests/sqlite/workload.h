#ifndef COEFFICIENT_TESTS_SQLITE_WORKLOAD_H_
#define COEFFICIENT_TESTS_SQLITE_WORKLOAD_H_

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "store_support.h"

namespace test {

/// Batches of all the kinds that a vault makes, each with right expectations: puts, tombstones,
/// rotations that rewrite several records, rewraps, destroyed tenants, KEK versions.
class Workload {
 public:
  explicit Workload(unsigned seed) : random_(seed) {}

  vault::Batch next() {
    switch (pick(10)) {
      case 0:
        return rotation();
      case 1:
        return rewrap();
      case 2:
        return shred();
      case 3:
        return kek_change();
      case 4:
        return tombstone();
      default:
        return batch_of(record());
    }
  }

 private:
  int pick(int below) { return std::uniform_int_distribution(0, below - 1)(random_); }
  std::string tenant() { return "tenant" + std::to_string(pick(3)); }

  vault::RecordWrite record_of(const std::string& tenant, const std::string& name) {
    std::string content(static_cast<std::size_t>(pick(2000)), '\0');
    for (char& c : content) c = static_cast<char>(pick(256));
    return put(tenant, name, versions_[{tenant, name}]++, content);
  }
  vault::RecordWrite record() { return record_of(tenant(), "name" + std::to_string(pick(12))); }

  vault::Batch tombstone() {
    vault::Batch batch = batch_of(record());
    batch.records[0].row.blob = {};
    batch.records[0].row.info.removed = true;
    batch.records[0].high_water.removed = true;
    return batch;
  }

  vault::Batch rotation() {
    const std::string t = tenant();
    vault::Batch batch;
    vault::DataKeysWrite keys{.tenant = t, .expected_revision = revisions_[t]++, .rows = {}};
    if (active_.contains(t))
      keys.rows.push_back(data_key(t, active_[t], vault::DataKeyState::kDecryptOnly));
    active_[t] = next_key_++;
    keys.rows.insert(keys.rows.begin(), data_key(t, active_[t], vault::DataKeyState::kActive));
    batch.data_keys = std::move(keys);
    for (int i = pick(4); i > 0; --i)
      batch.records.push_back(record_of(t, "name" + std::to_string(i)));
    return batch;
  }

  vault::Batch rewrap() {
    const std::string t = tenant();
    if (!active_.contains(t)) return rotation();
    vault::Batch batch;
    vault::DataKeyRow row = data_key(t, active_[t], vault::DataKeyState::kActive);
    row.wraps[0].kek = kek(std::to_string(pick(5)));
    row.wraps.push_back({.purpose = vault::WrapPurpose::kBreakGlass,
                         .kek = kek("glass"),
                         .algorithm = vault::WrapAlgorithm::kOpaque,
                         .wrapped = byte_vector("other")});
    batch.data_keys = {.tenant = t, .expected_revision = revisions_[t]++, .rows = {row}};
    return batch;
  }

  vault::Batch shred() {
    const std::string t = tenant();
    vault::Batch batch;
    if (active_.contains(t)) {
      vault::DataKeyRow row = data_key(t, active_[t], vault::DataKeyState::kDestroyed);
      row.wraps.clear();
      row.kcv = {};
      batch.data_keys = {.tenant = t, .expected_revision = revisions_[t]++, .rows = {row}};
      active_.erase(t);
    }
    batch.purge_tenant = t;
    std::erase_if(versions_, [&](const auto& entry) { return entry.first.first == t; });
    batch.records.push_back(record_of("tenant-other", "after"));
    return batch;
  }

  vault::Batch kek_change() {
    const std::string version = std::to_string(keks_++);
    vault::Batch batch;
    batch.keks.push_back({.row = {.kek = kek(version), .canary = byte_vector("canary"), .kcv = {}},
                          .expected_state = std::nullopt});
    return batch;
  }

  std::mt19937 random_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> versions_;
  std::map<std::string, std::uint64_t> revisions_;
  std::map<std::string, std::uint8_t> active_;
  std::uint8_t next_key_ = 1;
  int keks_ = 0;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_SQLITE_WORKLOAD_H_
