#ifndef COEFFICIENT_TESTS_SQLITE_STORE_SUPPORT_H_
#define COEFFICIENT_TESTS_SQLITE_STORE_SUPPORT_H_

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/sqlite/vault_store.h"
#include "core/crypto/digest.h"
#include "support/bytes.h"
#include "support/temp_dir.h"

namespace test {

namespace vault = coefficient::vault;
using coefficient::ErrorCode;
using coefficient::sqlite::VaultStore;

inline std::vector<std::byte> byte_vector(std::string_view text) {
  const auto view = bytes(text);
  return {view.begin(), view.end()};
}

inline vault::DekId dek_id(std::uint8_t number) {
  vault::DekId id{};
  id.fill(static_cast<std::byte>(number));
  return id;
}

/// A put of version `expected` + 1 of a record.
inline vault::RecordWrite put(std::string tenant, std::string name, std::uint64_t expected,
                              std::string_view content) {
  vault::RecordWrite write;
  write.row.info = {.tenant = std::move(tenant),
                    .kind = "api_key",
                    .name = std::move(name),
                    .version = expected + 1,
                    .removed = false,
                    .dek_id = dek_id(1),
                    .updated_at = vault::Timestamp(std::chrono::seconds(1700000000))};
  write.row.blob = coefficient::vault::Blob(byte_vector(content));
  write.high_water = {.version = expected + 1, .removed = false, .dek_id = dek_id(1), .mac = {}};
  write.high_water.mac.fill(std::byte{7});
  write.expected_version = expected;
  return write;
}

inline vault::Batch batch_of(vault::RecordWrite write) {
  vault::Batch batch;
  batch.records.push_back(std::move(write));
  return batch;
}

inline vault::KekVersion kek(std::string version) {
  return {.provider = "local", .kek_id = "main", .version = std::move(version)};
}

inline vault::DataKeyRow data_key(std::string tenant, std::uint8_t id, vault::DataKeyState state) {
  vault::DataKeyRow row;
  row.dek_id = dek_id(id);
  row.tenant = std::move(tenant);
  row.state = state;
  row.kcv.fill(std::byte{id});
  row.wraps.push_back({.purpose = vault::WrapPurpose::kPrimary,
                       .kek = kek("1"),
                       .algorithm = vault::WrapAlgorithm::kAesKwp,
                       .wrapped = byte_vector("wrapped")});
  row.created_at = vault::Timestamp(std::chrono::seconds(1700000001));
  return row;
}

/// A database opened past the store, as an attacker or an operator would.
class RawDatabase {
 public:
  explicit RawDatabase(const std::filesystem::path& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) throw std::runtime_error("open");
    sqlite3_busy_timeout(database_, 5000);
  }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  ~RawDatabase() { sqlite3_close(database_); }

  void run(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, &message) != SQLITE_OK) {
      const std::string said = message != nullptr ? message : "failed";
      sqlite3_free(message);
      throw std::runtime_error(said);
    }
  }
  /// All rows of `sql`, columns quoted as SQL.
  std::string rows(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(database_));
    std::string out;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, i));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
        out.append(data != nullptr ? std::string_view(data, size) : std::string_view());
        out += '\x1f';
      }
      out += '\n';
    }
    sqlite3_finalize(statement);
    return out;
  }
  /// SHA-256 of everything that a vault keeps, for comparing two states exactly.
  std::string vault_state() {
    std::string out;
    for (const char* table :
         {"record", "high_water", "data_key", "data_key_wrap", "data_keys_revision", "kek"}) {
      out += std::string(table) + ":\n" + rows(std::string("SELECT * FROM ") + table);
    }
    return coefficient::hex_encode(*coefficient::crypto::sha256({std::as_bytes(std::span(out))}));
  }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_SQLITE_STORE_SUPPORT_H_
