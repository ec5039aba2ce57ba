#include "coefficient/vault/memory_store.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

using RecordKey = std::tuple<std::string, std::string, std::string>;

RecordKey key_of(const RecordRef& ref) {
  return {std::string(ref.tenant), std::string(ref.kind), std::string(ref.name)};
}
RecordKey key_of(const RecordInfo& info) {
  return {info.tenant, info.kind, info.name};
}

Error broken(const char* expectation) {
  return Error{ErrorCode::kFailedPrecondition, expectation};
}

bool wrapped_under(const DataKeyRow& row, const KekVersion& kek) {
  return std::any_of(row.wraps.begin(), row.wraps.end(),
                     [&](const WrapRow& wrap) { return wrap.kek == kek; });
}

}  // namespace

struct MemoryStore::State {
  struct Record {
    RecordRow row;
    HighWaterRow high_water;
  };

  [[nodiscard]] Result<> check(const Batch& batch) const;
  [[nodiscard]] Result<> check_data_keys(const DataKeysWrite& write) const;
  [[nodiscard]] bool referenced(const KekVersion& kek) const {
    return std::any_of(data_keys.begin(), data_keys.end(),
                       [&](const auto& entry) { return wrapped_under(entry.second, kek); });
  }
  [[nodiscard]] std::uint64_t revision(std::string_view tenant) const {
    const auto it = revisions.find(tenant);
    return it == revisions.end() ? 0 : it->second;
  }

  std::mutex mutex;
  std::map<RecordKey, Record> records;
  std::map<DekId, DataKeyRow> data_keys;
  std::map<std::string, std::uint64_t, std::less<>> revisions;  // of data keys, by tenant
  std::map<KekVersion, KekRow> keks;
};

MemoryStore::MemoryStore() : state_(std::make_unique<State>()) {}
MemoryStore::~MemoryStore() = default;

Result<StoredRecord> MemoryStore::read_record(const RecordRef& ref) {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  const auto it = s.records.find(key_of(ref));
  if (it == s.records.end()) return StoredRecord{};
  return StoredRecord{it->second.row, it->second.high_water};
}

Result<std::vector<RecordInfo>> MemoryStore::list_records(const RecordRef& after,
                                                          std::size_t limit) {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  std::vector<RecordInfo> out;
  for (auto it = s.records.upper_bound(key_of(after));
       it != s.records.end() && out.size() < limit && std::get<0>(it->first) == after.tenant; ++it)
    out.push_back(it->second.row.info);
  return out;
}

Result<DataKeys> MemoryStore::read_data_keys(std::string_view tenant, std::optional<DekId> only) {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  DataKeys out{s.revision(tenant), {}};
  for (const auto& [id, row] : s.data_keys)
    if (row.tenant == tenant && (!only || *only == id)) out.rows.push_back(row);
  return out;
}

Result<std::vector<DataKeyRow>> MemoryStore::list_data_keys_under(const KekVersion& kek,
                                                                  std::optional<DekId> after,
                                                                  std::size_t limit) {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  std::vector<DataKeyRow> out;
  for (auto it = after ? s.data_keys.upper_bound(*after) : s.data_keys.begin();
       it != s.data_keys.end() && out.size() < limit; ++it)
    if (wrapped_under(it->second, kek)) out.push_back(it->second);
  return out;
}

Result<std::vector<KekRow>> MemoryStore::read_keks() {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  std::vector<KekRow> out;
  for (const auto& [kek, row] : s.keks) out.push_back(row);
  return out;
}

Result<> MemoryStore::State::check_data_keys(const DataKeysWrite& write) const {
  if (revision(write.tenant) != write.expected_revision)
    return broken("the tenant's data keys have another revision");
  std::map<DekId, DataKeyState> after;
  for (const auto& [id, row] : data_keys)
    if (row.tenant == write.tenant) after[id] = row.state;
  for (const DataKeyRow& row : write.rows) {
    const auto stored = data_keys.find(row.dek_id);
    if (row.tenant != write.tenant ||
        (stored != data_keys.end() && stored->second.tenant != write.tenant))
      return broken("the data key is another tenant's");
    after[row.dek_id] = row.state;
  }
  if (std::count_if(after.begin(), after.end(),
                    [](const auto& key) { return key.second == DataKeyState::kActive; }) > 1)
    return broken("a tenant has one active data key");
  return {};
}

Result<> MemoryStore::State::check(const Batch& batch) const {
  for (const RecordWrite& write : batch.records) {
    const auto it = records.find(key_of(write.row.info));
    const std::uint64_t row = it == records.end() ? 0 : it->second.row.info.version;
    const std::uint64_t mark = it == records.end() ? 0 : it->second.high_water.version;
    if (row != write.expected_version || mark != write.expected_version)
      return broken("the record has another version");
  }
  for (const KekWrite& write : batch.keks) {
    const auto it = keks.find(write.row.kek);
    const bool holds =
        it == keks.end() ? !write.expected_state : write.expected_state == it->second.state;
    if (!holds) return broken("the KEK version has another state");
  }
  for (const KekVersion& kek : batch.expect_live) {
    const auto it = keks.find(kek);
    if (it == keks.end() || it->second.state != KekState::kLive)
      return broken("the KEK version is not live");
  }
  for (const KekVersion& kek : batch.expect_unreferenced)
    if (referenced(kek)) return broken("a data key is wrapped under the KEK version");
  return batch.data_keys ? check_data_keys(*batch.data_keys) : Result<>{};
}

Result<> MemoryStore::apply(const Batch& batch) {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  if (auto checked = s.check(batch); !checked) return checked;
  if (batch.purge_tenant)
    std::erase_if(s.records, [&](const auto& entry) {
      return std::get<0>(entry.first) == *batch.purge_tenant;
    });
  for (const RecordWrite& write : batch.records)
    s.records.insert_or_assign(key_of(write.row.info), State::Record{write.row, write.high_water});
  for (const KekWrite& write : batch.keks) s.keks.insert_or_assign(write.row.kek, write.row);
  if (batch.data_keys && !batch.data_keys->rows.empty()) {
    s.revisions[batch.data_keys->tenant] = batch.data_keys->expected_revision + 1;
    for (const DataKeyRow& row : batch.data_keys->rows)
      s.data_keys.insert_or_assign(row.dek_id, row);
  }
  return {};
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
