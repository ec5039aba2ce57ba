#include "sqlite/reader.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

using vault::DataKeyRow;
using vault::DataKeys;
using vault::DataKeyState;
using vault::DekId;
using vault::HighWaterRow;
using vault::KekRow;
using vault::KekState;
using vault::KekVersion;
using vault::RecordInfo;
using vault::RecordRow;
using vault::StoredRecord;
using vault::WrapAlgorithm;
using vault::WrapPurpose;
using vault::WrapRow;

/// Takes columns out of a row; remembers whether one of them was not what it must be.
class Columns {
 public:
  Columns(const Run& run, int first) noexcept : run_(run), next_(first) {}

  std::string text() { return std::string(run_.text(next_++)); }
  /// Valid until the row is left.
  std::span<const std::byte> bytes() { return run_.blob(next_++); }
  std::vector<std::byte> blob() {
    const auto all = bytes();
    return {all.begin(), all.end()};
  }
  std::uint64_t unsigned_integer() { return static_cast<std::uint64_t>(run_.integer(next_++)); }
  vault::Timestamp time() { return vault::Timestamp(std::chrono::seconds(run_.integer(next_++))); }

  template <std::size_t N>
  std::array<std::byte, N> fixed() {
    std::array<std::byte, N> out{};
    const auto bytes = run_.blob(next_++);
    valid_ = valid_ && bytes.size() == N;
    if (valid_) std::ranges::copy(bytes, out.begin());
    return out;
  }
  bool flag() {
    const std::int64_t value = run_.integer(next_++);
    valid_ = valid_ && (value == 0 || value == 1);
    return value == 1;
  }
  template <class E>
  E one_of(E last) {  // enumerators count from 1
    const std::int64_t value = run_.integer(next_++);
    valid_ = valid_ && value >= 1 && value <= static_cast<std::int64_t>(last);
    return static_cast<E>(value);
  }
  KekVersion kek() {
    KekVersion kek;
    kek.provider = text();
    kek.kek_id = text();
    kek.version = text();
    return kek;
  }
  [[nodiscard]] bool valid() const noexcept { return valid_; }

 private:
  const Run& run_;
  int next_;
  bool valid_ = true;
};

Error damaged(const char* table) {
  return Error{ErrorCode::kDataLoss, std::string("a row of the table ") + table + " is not valid"};
}

std::int64_t clamped(std::size_t limit) {
  return static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, 1000));
}

constexpr int kHighWaterColumn = 5;

Result<StoredRecord> stored_record(const Run& run, const vault::RecordRef& ref) {
  StoredRecord stored;
  if (!run.is_null(0)) {
    Columns columns(run, 0);
    RecordRow& row = stored.record.emplace();
    row.info.tenant = ref.tenant;
    row.info.kind = ref.kind;
    row.info.name = ref.name;
    row.info.version = columns.unsigned_integer();
    row.info.removed = columns.flag();
    row.info.dek_id = columns.fixed<16>();
    row.info.updated_at = columns.time();
    row.blob = vault::Blob(columns.bytes());
    if (!columns.valid()) return damaged("record");
  }
  if (!run.is_null(kHighWaterColumn)) {
    Columns columns(run, kHighWaterColumn);
    HighWaterRow& row = stored.high_water.emplace();
    row.version = columns.unsigned_integer();
    row.removed = columns.flag();
    row.dek_id = columns.fixed<16>();
    row.mac = columns.fixed<32>();
    if (!columns.valid()) return damaged("high_water");
  }
  return stored;
}

Result<DataKeyRow> data_key_row(const Run& run) {
  Columns columns(run, 0);
  DataKeyRow row;
  row.dek_id = columns.fixed<16>();
  row.tenant = columns.text();
  row.state = columns.one_of(DataKeyState::kDestroyed);
  row.kcv = columns.fixed<32>();
  row.created_at = columns.time();
  if (!columns.valid()) return damaged("data_key");
  return row;
}

}  // namespace

std::string_view Reader::sql_of(Kept kept) noexcept {
  switch (kept) {
    case kRecord:  // one statement, so that both rows are of one moment
      return "SELECT r.version, r.removed, r.dek_id, r.updated_at, r.blob,"
             " h.version, h.removed, h.dek_id, h.mac FROM (SELECT 1)"
             " LEFT JOIN record r ON r.tenant=?1 AND r.kind=?2 AND r.name=?3"
             " LEFT JOIN high_water h ON h.tenant=?1 AND h.kind=?2 AND h.name=?3";
    case kList:
      return "SELECT kind, name, version, removed, dek_id, updated_at FROM record"
             " WHERE tenant=? AND (kind, name) > (?, ?) ORDER BY kind, name LIMIT ?";
    case kRevision:
      return "SELECT revision FROM data_keys_revision WHERE tenant=?";
    case kDataKeys:
      return "SELECT dek_id, tenant, state, kcv, created_at FROM data_key WHERE tenant=?"
             " ORDER BY dek_id";
    case kUnder:
      return "SELECT DISTINCT dek_id FROM data_key_wrap WHERE provider=? AND kek_id=?"
             " AND kek_version=? AND dek_id > ? ORDER BY dek_id LIMIT ?";
    case kDataKey:
      return "SELECT dek_id, tenant, state, kcv, created_at FROM data_key WHERE dek_id=?";
    case kWraps:
      return "SELECT purpose, provider, kek_id, kek_version, algorithm, wrapped"
             " FROM data_key_wrap WHERE dek_id=? ORDER BY purpose";
    case kKeks:
      return "SELECT provider, kek_id, version, state, algorithm, kcv, canary FROM kek"
             " ORDER BY provider, kek_id, version";
    case kNextTenant:  // each min() is one look-up in a key
      return "SELECT tenant, EXISTS (SELECT 1 FROM data_key d WHERE d.tenant=t.tenant AND "
             "d.state=3)"
             " FROM (SELECT min(tenant) AS tenant FROM"
             " (SELECT min(tenant) AS tenant FROM record WHERE tenant > ?1"
             " UNION ALL SELECT min(tenant) FROM high_water WHERE tenant > ?1"
             " UNION ALL SELECT min(tenant) FROM data_key WHERE tenant > ?1)) t";
    case kIncomplete:  // the first column is IncompleteRow::Lacks
      return "SELECT 1, tenant, '', '' FROM data_key d WHERE state<>3 AND NOT EXISTS"
             " (SELECT 1 FROM data_key_wrap w JOIN kek k ON k.provider=w.provider"
             " AND k.kek_id=w.kek_id AND k.version=w.kek_version AND k.state=1"
             " WHERE w.dek_id=d.dek_id AND w.purpose=1)"
             " UNION ALL SELECT 2, tenant, kind, name FROM record r WHERE NOT EXISTS"
             " (SELECT 1 FROM data_key d WHERE d.dek_id=r.dek_id AND d.tenant=r.tenant)"
             " UNION ALL SELECT 3, tenant, kind, name FROM high_water h WHERE NOT EXISTS"
             " (SELECT 1 FROM record r WHERE r.tenant=h.tenant AND r.kind=h.kind AND r.name=h.name)"
             " UNION ALL SELECT 4, tenant, kind, name FROM record r WHERE NOT EXISTS"
             " (SELECT 1 FROM high_water h WHERE h.tenant=r.tenant AND h.kind=r.kind"
             " AND h.name=r.name) LIMIT ?";
    case kKeptCount:
      break;
  }
  return {};
}

Result<std::unique_ptr<Reader>> Reader::open(const std::filesystem::path& path,
                                             std::chrono::milliseconds busy) {
  auto connection = Connection::open(path, Connection::Mode::kReadOnly, busy);
  if (!connection) return connection.error();
  std::unique_ptr<Reader> reader(new Reader(std::move(*connection)));
  for (std::size_t i = 0; i < kKeptCount; ++i) {
    auto prepared = reader->connection_.prepare(sql_of(static_cast<Kept>(i)));
    if (!prepared) return prepared.error();
    reader->kept_[i] = std::move(*prepared);
  }
  return reader;
}

Result<StoredRecord> Reader::read_record(const vault::RecordRef& ref) {
  Run run(kept_[kRecord]);
  auto row = run.bind(ref.tenant).bind(ref.kind).bind(ref.name).step();
  if (!row) return row.error();
  return stored_record(run, ref);
}

Result<std::vector<RecordInfo>> Reader::list_records(const vault::RecordRef& after,
                                                     std::size_t limit) {
  Run run(kept_[kList]);
  run.bind(after.tenant).bind(after.kind).bind(after.name).bind(clamped(limit));
  std::vector<RecordInfo> infos;
  for (;;) {
    auto row = run.step();
    if (!row) return row.error();
    if (!*row) return infos;
    Columns columns(run, 0);
    RecordInfo& info = infos.emplace_back();
    info.tenant = after.tenant;
    info.kind = columns.text();
    info.name = columns.text();
    info.version = columns.unsigned_integer();
    info.removed = columns.flag();
    info.dek_id = columns.fixed<16>();
    info.updated_at = columns.time();
    if (!columns.valid()) return damaged("record");
  }
}

Result<DataKeys> Reader::read_data_keys(std::string_view tenant, std::optional<DekId> only) {
  auto snapshot = Transaction::begin(connection_, "BEGIN");  // the rows and their revision together
  if (!snapshot) return snapshot.error();
  DataKeys keys;
  {
    Run run(kept_[kRevision]);
    auto row = run.bind(tenant).step();
    if (!row) return row.error();
    if (*row) keys.revision = static_cast<std::uint64_t>(run.integer(0));
  }
  Run run(only ? kept_[kDataKey] : kept_[kDataKeys]);
  if (only) {
    run.bind(std::span<const std::byte>(*only));
  } else {
    run.bind(tenant);
  }
  for (;;) {
    auto row = run.step();
    if (!row) return row.error();
    if (!*row) return keys;
    auto key = data_key_row(run);
    if (!key) return key.error();
    if (key->tenant != tenant) continue;  // `only` names another tenant's
    if (auto added = add_wraps(*key); !added) return added.error();
    keys.rows.push_back(std::move(*key));
  }
}

Result<std::vector<DataKeyRow>> Reader::list_data_keys_under(const KekVersion& kek,
                                                             std::optional<DekId> after,
                                                             std::size_t limit) {
  auto snapshot = Transaction::begin(connection_, "BEGIN");
  if (!snapshot) return snapshot.error();
  Run run(kept_[kUnder]);
  run.bind(kek.provider).bind(kek.kek_id).bind(kek.version);
  run.bind(after ? std::span<const std::byte>(*after) : std::span<const std::byte>());
  run.bind(clamped(limit));
  std::vector<DataKeyRow> keys;
  for (;;) {
    auto row = run.step();
    if (!row) return row.error();
    if (!*row) return keys;
    Columns columns(run, 0);
    const DekId id = columns.fixed<16>();
    if (!columns.valid()) return damaged("data_key_wrap");
    auto key = data_key(id);
    if (!key) return key.error();
    keys.push_back(std::move(*key));
  }
}

Result<DataKeyRow> Reader::data_key(const DekId& id) {
  Run run(kept_[kDataKey]);
  auto row = run.bind(std::span<const std::byte>(id)).step();
  if (!row) return row.error();
  if (!*row) return damaged("data_key_wrap");
  auto key = data_key_row(run);
  if (!key) return key;
  if (auto added = add_wraps(*key); !added) return added.error();
  return key;
}

Result<> Reader::add_wraps(DataKeyRow& key) {
  Run run(kept_[kWraps]);
  run.bind(std::span<const std::byte>(key.dek_id));
  for (;;) {
    auto row = run.step();
    if (!row) return row.error();
    if (!*row) return {};
    Columns columns(run, 0);
    WrapRow& wrap = key.wraps.emplace_back();
    wrap.purpose = columns.one_of(WrapPurpose::kBreakGlass);
    wrap.kek = columns.kek();
    wrap.algorithm = columns.one_of(WrapAlgorithm::kOpaque);
    wrap.wrapped = columns.blob();
    if (!columns.valid()) return damaged("data_key_wrap");
  }
}

Result<std::vector<KekRow>> Reader::read_keks() {
  Run run(kept_[kKeks]);
  std::vector<KekRow> keks;
  for (;;) {
    auto row = run.step();
    if (!row) return row.error();
    if (!*row) return keks;
    Columns columns(run, 0);
    KekRow& kek = keks.emplace_back();
    kek.kek = columns.kek();
    kek.state = columns.one_of(KekState::kDestroyed);
    kek.algorithm = columns.one_of(WrapAlgorithm::kOpaque);
    kek.kcv = columns.fixed<32>();
    kek.canary = columns.blob();
    if (!columns.valid()) return damaged("kek");
  }
}

Result<std::vector<StoredTenant>> Reader::list_tenants(std::string_view after, std::size_t limit) {
  auto snapshot = Transaction::begin(connection_, "BEGIN");
  if (!snapshot) return snapshot.error();
  std::vector<StoredTenant> tenants;
  std::string last(after);
  while (tenants.size() < static_cast<std::size_t>(clamped(limit))) {
    Run run(kept_[kNextTenant]);
    auto row = run.bind(last).step();
    if (!row) return row.error();
    if (!*row || run.is_null(0)) break;
    Columns columns(run, 0);
    StoredTenant& tenant = tenants.emplace_back();
    tenant.tenant = columns.text();
    tenant.shredded = columns.flag();
    last = tenant.tenant;
  }
  return tenants;
}

Result<std::vector<IncompleteRow>> Reader::list_incomplete(std::size_t limit) {
  Run run(kept_[kIncomplete]);
  run.bind(clamped(limit));
  std::vector<IncompleteRow> rows;
  for (;;) {
    auto row = run.step();
    if (!row) return row.error();
    if (!*row) return rows;
    Columns columns(run, 0);
    IncompleteRow& incomplete = rows.emplace_back();
    incomplete.lacks = columns.one_of(IncompleteRow::Lacks::kHighWater);
    incomplete.tenant = columns.text();
    incomplete.kind = columns.text();
    incomplete.name = columns.text();
  }
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
