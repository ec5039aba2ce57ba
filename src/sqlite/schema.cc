#include "sqlite/schema.h"

#include <array>
#include <string>

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

// Blobs stand last, so that reading the other columns does not walk them. Numbers of enumerators
// are those of coefficient/vault/rows.h. Versions are unsigned there and kept as the same 64 bits.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  database_id BLOB NOT NULL CHECK (length(database_id) = 16),
  recording INTEGER NOT NULL CHECK (recording IN (0, 1)),
  settled INTEGER NOT NULL
) STRICT;
CREATE TABLE changelog (
  seq INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  total_bytes INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  changeset BLOB NOT NULL
) STRICT;
CREATE TABLE record (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  removed INTEGER NOT NULL CHECK (removed IN (0, 1)),
  dek_id BLOB NOT NULL CHECK (length(dek_id) = 16),
  updated_at INTEGER NOT NULL,
  blob BLOB NOT NULL,
  PRIMARY KEY (tenant, kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE high_water (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  removed INTEGER NOT NULL CHECK (removed IN (0, 1)),
  dek_id BLOB NOT NULL CHECK (length(dek_id) = 16),
  mac BLOB NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (tenant, kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE data_key (
  dek_id BLOB NOT NULL CHECK (length(dek_id) = 16),
  tenant TEXT NOT NULL,
  state INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
  kcv BLOB NOT NULL CHECK (length(kcv) = 32),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (dek_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX data_key_tenant ON data_key (tenant, dek_id);
CREATE UNIQUE INDEX data_key_active ON data_key (tenant) WHERE state = 1;
CREATE TABLE data_key_wrap (
  dek_id BLOB NOT NULL REFERENCES data_key (dek_id),
  purpose INTEGER NOT NULL CHECK (purpose IN (1, 2)),
  provider TEXT NOT NULL,
  kek_id TEXT NOT NULL,
  kek_version TEXT NOT NULL,
  algorithm INTEGER NOT NULL CHECK (algorithm IN (1, 2, 3)),
  wrapped BLOB NOT NULL,
  PRIMARY KEY (dek_id, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX data_key_wrap_kek ON data_key_wrap (provider, kek_id, kek_version, dek_id);
CREATE TABLE data_keys_revision (
  tenant TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (tenant)
) STRICT, WITHOUT ROWID;
CREATE TABLE kek (
  provider TEXT NOT NULL,
  kek_id TEXT NOT NULL,
  version TEXT NOT NULL,
  state INTEGER NOT NULL CHECK (state IN (1, 2)),
  algorithm INTEGER NOT NULL CHECK (algorithm IN (1, 2, 3)),
  kcv BLOB NOT NULL CHECK (length(kcv) = 32),
  canary BLOB NOT NULL,
  PRIMARY KEY (provider, kek_id, version)
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES (1, randomblob(16), 0, 0);
INSERT INTO changelog VALUES (0, 0, 1, 0, randomblob(32), x'');
)sql";

constexpr std::array<const char*, 1> kSteps = {kVersion1};

constexpr std::string_view kDump =
    "SELECT group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, ''), "
    "char(10))"
    " FROM (SELECT * FROM sqlite_schema ORDER BY type, name)";

// The text of a schema made by the first `version` steps.
Result<std::string> expected_schema(std::span<const char* const> steps, std::int64_t version) {
  auto memory =
      Connection::open(":memory:", Connection::Mode::kReadWrite, std::chrono::milliseconds(0));
  if (!memory) return memory.error();
  for (const char* step : steps.first(static_cast<std::size_t>(version))) {
    if (auto made = memory->execute(step); !made) return made.error();
  }
  return memory->text(kDump);
}

Result<> migrate(Connection& connection, std::span<const char* const> steps) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return transaction.error();
  auto version = connection.integer("PRAGMA user_version");  // another process may have been faster
  if (!version) return version.error();
  const auto target = static_cast<std::int64_t>(steps.size());
  if (*version >= target) return {};
  for (std::int64_t v = *version; v < target; ++v) {
    if (auto made = connection.execute(steps[static_cast<std::size_t>(v)]); !made)
      return made.error();
  }
  const std::string header = "PRAGMA application_id=" + std::to_string(kApplicationId) +
                             "; PRAGMA user_version=" + std::to_string(target);
  if (auto set = connection.execute(header.c_str()); !set) return set.error();
  return transaction->commit();
}

// Whether the file is ours to write in: a vault's database, or one that holds nothing yet.
Result<> check_owner(Connection& connection) {
  auto id = connection.integer("PRAGMA application_id");
  if (!id) return id.error();
  if (*id == kApplicationId) return {};
  auto tables = connection.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*id != 0 || *tables != 0)
    return Error{ErrorCode::kDataLoss, "is a database, but not a vault's"};
  return {};
}

// A change of the journal mode does not wait for locks; a transaction does.
Result<> use_wal(Connection& connection) {
  constexpr int kAttempts = 20;
  Result<std::string> mode = std::string();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    mode = connection.text("PRAGMA journal_mode=WAL");
    if (mode || mode.error().code != ErrorCode::kUnavailable) break;
    auto waited = Transaction::begin(connection);
    if (!waited) return waited.error();
  }
  if (!mode) return mode.error();
  if (*mode != "wal")
    return Error{ErrorCode::kUnavailable, "sqlite: the file system allows no WAL"};
  return {};
}

}  // namespace

std::span<const char* const> schema_steps() noexcept {
  return kSteps;
}

Result<std::int64_t> check_schema(Connection& connection, std::span<const char* const> steps) {
  auto id = connection.integer("PRAGMA application_id");
  if (!id) return id.error();
  if (*id != kApplicationId) return Error{ErrorCode::kDataLoss, "is a database, but not a vault's"};
  auto version = connection.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > static_cast<std::int64_t>(steps.size())) {
    return Error{ErrorCode::kFailedPrecondition, "has schema version " + std::to_string(*version) +
                                                     ", this library knows up to " +
                                                     std::to_string(steps.size())};
  }
  if (*version < 1) return Error{ErrorCode::kDataLoss, "has no schema version"};
  auto found = connection.text(kDump);
  if (!found) return found.error();
  auto expected = expected_schema(steps, *version);
  if (!expected) return expected.error();
  if (*found != *expected)
    return Error{ErrorCode::kDataLoss, "its schema is not that of a vault of its version"};
  return version;
}

Result<> prepare_schema(Connection& connection, std::span<const char* const> steps) {
  if (auto ours = check_owner(connection); !ours) return ours;
  if (auto wal = use_wal(connection); !wal) return wal;
  auto version = connection.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > 0) {  // an older schema is checked before it is worked on
    if (auto checked = check_schema(connection, steps); !checked) return checked.error();
  }
  if (*version < static_cast<std::int64_t>(steps.size())) {
    if (auto migrated = migrate(connection, steps); !migrated) return migrated;
  }
  auto checked = check_schema(connection, steps);
  if (!checked) return checked.error();
  return {};
}

Result<> restart_history(Connection& connection, std::int64_t seq, std::int64_t time_ms) {
  if (auto cleared =
          connection.execute("DELETE FROM changelog;"
                             "UPDATE meta SET database_id = randomblob(16), recording = 0;");
      !cleared)
    return cleared;
  auto genesis =
      connection.prepare("INSERT INTO changelog VALUES (?, ?, ?, 0, randomblob(32), x'')");
  if (!genesis) return genesis.error();
  Run run(*genesis);
  run.bind(seq).bind(time_ms).bind(schema_version());
  auto inserted = run.change();
  if (!inserted) return inserted.error();
  return {};
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
