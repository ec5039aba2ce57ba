#include "sqlite/batch_writer.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

using vault::Batch;
using vault::DataKeyRow;
using vault::DataKeyState;
using vault::DataKeysWrite;
using vault::KekRow;
using vault::KekState;
using vault::KekVersion;
using vault::RecordWrite;
using vault::WrapRow;

Error refused(const char* why) {
  return Error{ErrorCode::kFailedPrecondition, why};
}

template <class E>
std::int64_t number(E enumerator) noexcept {
  return static_cast<std::int64_t>(enumerator);
}

Run& bind(Run& run, const KekVersion& kek) {
  return run.bind(kek.provider).bind(kek.kek_id).bind(kek.version);
}

Run& bind_key(Run& run, const vault::RecordInfo& info) {
  return run.bind(info.tenant).bind(info.kind).bind(info.name);
}

Result<> done(Run& run) {
  auto changed = run.change();
  if (!changed) return changed.error();
  return {};
}

}  // namespace

std::size_t bytes_in(const Batch& batch) noexcept {
  std::size_t total = 0;
  for (const RecordWrite& write : batch.records) total += write.row.blob.size();
  if (batch.data_keys) {
    for (const DataKeyRow& row : batch.data_keys->rows) {
      for (const WrapRow& wrap : row.wraps) total += wrap.wrapped.size();
    }
  }
  for (const vault::KekWrite& write : batch.keks) total += write.row.canary.size();
  return total;
}

std::string_view BatchWriter::sql_of(Kept kept) noexcept {
  switch (kept) {
    case kSavepoint:
      return "SAVEPOINT batch";
    case kRelease:
      return "RELEASE batch";
    case kRollbackTo:
      return "ROLLBACK TO batch";
    case kVersions:
      return "SELECT (SELECT version FROM record WHERE tenant=?1 AND kind=?2 AND name=?3),"
             " (SELECT version FROM high_water WHERE tenant=?1 AND kind=?2 AND name=?3)";
    case kRevision:
      return "SELECT revision FROM data_keys_revision WHERE tenant=?";
    case kKekState:
      return "SELECT state FROM kek WHERE provider=? AND kek_id=? AND version=?";
    case kReferenced:
      return "SELECT 1 FROM data_key_wrap WHERE provider=? AND kek_id=? AND kek_version=? LIMIT 1";
    case kPurgeRecords:
      return "DELETE FROM record WHERE tenant=?";
    case kPurgeHighWater:
      return "DELETE FROM high_water WHERE tenant=?";
    case kPutRecord:
      return "INSERT INTO record (tenant, kind, name, version, removed, dek_id, updated_at, blob)"
             " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version=excluded.version,"
             " removed=excluded.removed, dek_id=excluded.dek_id, updated_at=excluded.updated_at,"
             " blob=excluded.blob";
    case kPutHighWater:
      return "INSERT INTO high_water (tenant, kind, name, version, removed, dek_id, mac)"
             " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version=excluded.version,"
             " removed=excluded.removed, dek_id=excluded.dek_id, mac=excluded.mac";
    case kBumpRevision:
      return "INSERT INTO data_keys_revision (tenant, revision) VALUES (?, 1)"
             " ON CONFLICT DO UPDATE SET revision=revision+1";
    case kPutDataKey:
      return "INSERT INTO data_key (dek_id, tenant, state, kcv, created_at) VALUES (?, ?, ?, ?, ?)"
             " ON CONFLICT (dek_id) DO UPDATE SET state=excluded.state, kcv=excluded.kcv,"
             " created_at=excluded.created_at WHERE tenant=excluded.tenant";
    case kDeleteWraps:
      return "DELETE FROM data_key_wrap WHERE dek_id=?";
    case kPutWrap:
      return "INSERT INTO data_key_wrap (dek_id, purpose, provider, kek_id, kek_version, algorithm,"
             " wrapped) VALUES (?, ?, ?, ?, ?, ?, ?)";
    case kPutKek:
      return "INSERT INTO kek (provider, kek_id, version, state, algorithm, kcv, canary)"
             " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state=excluded.state,"
             " algorithm=excluded.algorithm, kcv=excluded.kcv, canary=excluded.canary";
    case kKeptCount:
      break;
  }
  return {};
}

Result<BatchWriter> BatchWriter::create(Connection& connection) {
  BatchWriter writer;
  for (std::size_t i = 0; i < kKeptCount; ++i) {
    auto prepared = connection.prepare(sql_of(static_cast<Kept>(i)));
    if (!prepared) return prepared.error();
    writer.kept_[i] = std::move(*prepared);
  }
  return writer;
}

Result<> BatchWriter::run(Kept kept) {
  Run run(kept_[kept]);
  return done(run);
}

Result<> BatchWriter::apply(const Batch& batch, Result<>& outcome) {
  if (bytes_in(batch) > kMaxBatchBytes) {
    outcome = Error{ErrorCode::kResourceExhausted, "a batch may hold 64 MiB"};
    return {};
  }
  if (auto begun = run(kSavepoint); !begun) return begun;
  outcome = expect(batch);
  if (outcome) outcome = write(batch);
  if (!outcome) {
    const ErrorCode code = outcome.error().code;
    if (code != ErrorCode::kFailedPrecondition && code != ErrorCode::kResourceExhausted)
      return outcome;
    if (auto undone = run(kRollbackTo); !undone) return undone;
  }
  return run(kRelease);
}

Result<> BatchWriter::expect(const Batch& batch) {
  for (const RecordWrite& write : batch.records) {
    if (auto holds = expect_record(write); !holds) return holds;
  }
  if (batch.data_keys) {
    if (auto holds = expect_data_keys(*batch.data_keys); !holds) return holds;
  }
  return expect_keks(batch);
}

Result<> BatchWriter::expect_record(const RecordWrite& write) {
  Run run(kept_[kVersions]);
  auto row = bind_key(run, write.row.info).step();
  if (!row) return row.error();
  // A version of 0 is never stored: then it stands for "no row".
  for (const int column : {0, 1}) {
    const std::uint64_t stored =
        run.is_null(column) ? 0 : static_cast<std::uint64_t>(run.integer(column));
    if (stored != write.expected_version) return refused("the record has another version");
  }
  return {};
}

Result<> BatchWriter::expect_data_keys(const DataKeysWrite& write) {
  for (const DataKeyRow& row : write.rows) {
    if (row.tenant != write.tenant) return refused("a data key is of another tenant");
  }
  Run run(kept_[kRevision]);
  auto row = run.bind(write.tenant).step();
  if (!row) return row.error();
  const std::uint64_t revision = *row ? static_cast<std::uint64_t>(run.integer(0)) : 0;
  if (revision != write.expected_revision)
    return refused("the tenant's data keys have another revision");
  return {};
}

Result<std::optional<KekState>> BatchWriter::kek_state(const KekVersion& kek) {
  Run run(kept_[kKekState]);
  auto row = bind(run, kek).step();
  if (!row) return row.error();
  if (!*row) return std::optional<KekState>();
  return std::optional(static_cast<KekState>(run.integer(0)));
}

Result<> BatchWriter::expect_keks(const Batch& batch) {
  for (const vault::KekWrite& write : batch.keks) {
    auto state = kek_state(write.row.kek);
    if (!state) return state.error();
    if (*state != write.expected_state) return refused("the KEK version has another state");
  }
  for (const KekVersion& kek : batch.expect_live) {
    auto state = kek_state(kek);
    if (!state) return state.error();
    if (*state != KekState::kLive) return refused("a KEK version is not live");
  }
  for (const KekVersion& kek : batch.expect_unreferenced) {
    Run run(kept_[kReferenced]);
    auto row = bind(run, kek).step();
    if (!row) return row.error();
    if (*row) return refused("data keys are wrapped under the KEK version");
  }
  return {};
}

Result<> BatchWriter::write(const Batch& batch) {
  if (batch.purge_tenant) {
    if (auto purged = purge(*batch.purge_tenant); !purged) return purged;
  }
  for (const RecordWrite& write : batch.records) {
    if (auto written = put(write); !written) return written;
  }
  if (batch.data_keys && !batch.data_keys->rows.empty()) {
    if (auto written = put(*batch.data_keys); !written) return written;
  }
  for (const vault::KekWrite& write : batch.keks) {
    if (auto written = put(write.row); !written) return written;
  }
  return {};
}

Result<> BatchWriter::purge(std::string_view tenant) {
  for (const Kept kept : {kPurgeRecords, kPurgeHighWater}) {
    Run run(kept_[kept]);
    if (auto purged = done(run.bind(tenant)); !purged) return purged;
  }
  return {};
}

Result<> BatchWriter::put(const RecordWrite& write) {
  const vault::RecordInfo& info = write.row.info;
  {
    Run run(kept_[kPutRecord]);
    bind_key(run, info).bind(static_cast<std::int64_t>(info.version)).bind(info.removed ? 1 : 0);
    run.bind(std::span<const std::byte>(info.dek_id));
    run.bind(std::int64_t{info.updated_at.time_since_epoch().count()}).bind(write.row.blob);
    if (auto written = done(run); !written) return written;
  }
  const vault::HighWaterRow& high = write.high_water;
  Run run(kept_[kPutHighWater]);
  bind_key(run, info).bind(static_cast<std::int64_t>(high.version)).bind(high.removed ? 1 : 0);
  run.bind(std::span<const std::byte>(high.dek_id)).bind(std::span<const std::byte>(high.mac));
  return done(run);
}

// A key that becomes active comes after the one that stops to be: the index data_key_active allows
// one at every moment.
Result<> BatchWriter::put(const DataKeysWrite& write) {
  for (const bool active : {false, true}) {
    for (const DataKeyRow& row : write.rows) {
      if ((row.state == DataKeyState::kActive) != active) continue;
      if (auto written = put(row); !written) return written;
    }
  }
  Run run(kept_[kBumpRevision]);
  return done(run.bind(write.tenant));
}

Result<> BatchWriter::put(const DataKeyRow& row) {
  const std::span<const std::byte> id(row.dek_id);
  {
    Run run(kept_[kPutDataKey]);
    run.bind(id).bind(row.tenant).bind(number(row.state));
    run.bind(std::span<const std::byte>(row.kcv));
    run.bind(std::int64_t{row.created_at.time_since_epoch().count()});
    auto changed = run.change();
    if (!changed) return changed.error();
    if (*changed != 1) return refused("another tenant has a data key of this id");
  }
  {
    Run run(kept_[kDeleteWraps]);
    if (auto deleted = done(run.bind(id)); !deleted) return deleted;
  }
  for (const WrapRow& wrap : row.wraps) {
    Run run(kept_[kPutWrap]);
    run.bind(id).bind(number(wrap.purpose));
    bind(run, wrap.kek).bind(number(wrap.algorithm)).bind(wrap.wrapped);
    if (auto written = done(run); !written) return written;
  }
  return {};
}

Result<> BatchWriter::put(const KekRow& row) {
  Run run(kept_[kPutKek]);
  bind(run, row.kek).bind(number(row.state)).bind(number(row.algorithm));
  run.bind(std::span<const std::byte>(row.kcv)).bind(row.canary);
  return done(run);
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
