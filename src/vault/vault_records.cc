// Reading and writing records.
#include <functional>
#include <utility>

#include "vault/names.h"
#include "vault/record_blob.h"
#include "vault/vault_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

Error data_loss(const char* what) {
  return Error{ErrorCode::kDataLoss, what};
}

// The rows of a record agree with each other and with what this process saw before it read them.
// Whether the high-water row is genuine takes its data key.
Result<> check_rows(const StoredRecord& stored, std::uint64_t seen) {
  if (!stored.record && !stored.high_water) {
    if (seen > 0) return data_loss("the record vanished from the store: rolled back or deleted");
    return {};
  }
  if (!stored.record || !stored.high_water)
    return data_loss("the record and its high-water row are not both in the store");
  const RecordInfo& info = stored.record->info;
  const HighWaterRow& mark = *stored.high_water;
  if (info.version == 0 || info.version != mark.version || info.removed != mark.removed ||
      info.dek_id != mark.dek_id)
    return data_loss("the record is not the one of its high-water row: rolled back or changed");
  if (info.version < seen)
    return data_loss("the store has an older version than this process has seen: rolled back");
  return {};
}

Error error_of(RecordFault fault) {
  return Error{fault == RecordFault::kInternal ? ErrorCode::kInternal : ErrorCode::kDataLoss,
               describe(fault)};
}

Result<RecordWrite> new_rows(const DataKey& key, const RecordRef& ref, std::uint64_t version,
                             std::optional<std::span<const std::byte>> secret, Timestamp now) {
  RecordWrite out;
  const bool removed = !secret;
  const auto mac = key.high_water_mac(ref, version, removed);
  if (!mac) return mac.error();
  if (secret) {
    auto blob = seal_record(key, ref, version, *secret);
    if (!blob) return blob.error();
    out.row.blob = *std::move(blob);
  }
  out.row.info = RecordInfo{std::string(ref.tenant),
                            std::string(ref.kind),
                            std::string(ref.name),
                            version,
                            removed,
                            key.id(),
                            now};
  out.high_water = HighWaterRow{version, removed, key.id(), *mac};
  return out;
}

}  // namespace

std::mutex& Vault::State::stripe_of(std::string_view joined) {
  return stripes[std::hash<std::string_view>{}(joined) % stripes.size()];
}

Result<CheckedRecord> Vault::State::current(const RecordRef& ref) {
  const std::string key = joined(ref);
  const std::uint64_t known = seen.at_least(key);  // before reading: see SeenVersions
  auto stored = store.read_record(ref);
  if (!stored) return stored.error();
  if (auto checked = check_rows(*stored, known); !checked) {
    // A shred in another process takes the rows away too, and that is no rollback.
    const auto data_keys = store.read_data_keys(ref.tenant);
    if (!data_keys) return data_keys.error();
    for (const DataKeyRow& row : data_keys->rows)
      if (row.state == DataKeyState::kDestroyed) return shredded(ref.tenant);
    return checked.error();
  }
  if (!stored->record) return CheckedRecord{};
  const HighWaterRow& mark = *stored->high_water;
  auto data_key = key_by_id(ref.tenant, mark.dek_id);
  if (!data_key) return data_key.error();
  const auto mac = (*data_key)->high_water_mac(ref, mark.version, mark.removed);
  if (!mac) return mac.error();
  if (!constant_time_equal(*mac, mark.mac)) return data_loss("the high-water row was changed");
  seen.raise(key, mark.version);
  return CheckedRecord{std::move(stored->record), *std::move(data_key)};
}

Result<Secret> Vault::get(const RecordRef& ref) {
  State& s = *state_;
  if (auto checked = check_ref(ref); !checked) return checked.error();
  if (auto usable = s.check_usable(ref.tenant); !usable) return usable.error();
  const auto record = s.current(ref);
  if (!record) return record.error();
  if (!record->row || record->row->info.removed)
    return Error{ErrorCode::kNotFound, "there is no such record"};
  const RecordInfo& info = record->row->info;
  auto bytes = open_record(*record->key, ref, info.version, record->row->blob);
  if (!bytes) return error_of(bytes.error());
  return Secret{*std::move(bytes), info.version, info.updated_at};
}

// Puts a secret, or a tombstone without one.
Result<std::uint64_t> Vault::State::write(const RecordRef& ref,
                                          std::optional<std::span<const std::byte>> secret,
                                          std::optional<std::uint64_t> expected_version) {
  if (auto checked = check_ref(ref); !checked) return checked.error();
  if (secret && secret->size() > kMaxSecretBytes)
    return Error{ErrorCode::kResourceExhausted, "a secret has at most 16 MiB"};
  finish_shreds();
  const std::lock_guard lock(stripe_of(joined(ref)));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (auto usable = check_usable(ref.tenant); !usable) return usable.error();
    const auto record = current(ref);
    if (!record) return record.error();
    if (expected_version && *expected_version != record->version())
      return Error{ErrorCode::kFailedPrecondition, "the record has another version"};
    if (!secret && (!record->row || record->row->info.removed))
      return Error{ErrorCode::kNotFound, "there is no such record"};
    const auto version = try_write(ref, secret, *record);
    if (!version) return version.error();
    if (*version != 0) return *version;
    cache.forget(DekCache::active_slot(ref.tenant));
  }
  return Error{ErrorCode::kUnavailable, "too many other writers"};
}

// Returns the new version, or 0 if the store refused: another writer, a rotation, a rewrap or a
// shred came first, and what is true now must be read again.
Result<std::uint64_t> Vault::State::try_write(const RecordRef& ref,
                                              std::optional<std::span<const std::byte>> secret,
                                              const CheckedRecord& now_stored) {
  const auto active = active_key(ref.tenant);
  if (!active) return active.error();
  const std::uint64_t version = now_stored.version() + 1;
  auto rows = new_rows(*active->key, ref, version, secret, now());
  if (!rows) return rows.error();
  rows->expected_version = now_stored.version();
  Batch batch;
  batch.records.push_back(*std::move(rows));
  batch.data_keys = DataKeysWrite{std::string(ref.tenant), active->revision, {}};
  const auto applied = store.apply(batch);
  if (!applied && applied.error().code == ErrorCode::kFailedPrecondition) return std::uint64_t{0};
  if (!applied) return applied.error();
  seen.raise(joined(ref), version);
  return version;
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
