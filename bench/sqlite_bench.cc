// The vault's store on SQLite. Reading: ours against the bare prepared SELECT of one row by primary
// key. Writing, everything durable: ours with 1 and with 16 threads, against a bare INSERT in its
// own transaction with synchronous=FULL (peer), and against write + fdatasync of as many bytes
// (floor). Times of the threaded cases are of one operation, all threads together.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "coefficient/sqlite/vault_store.h"
#include "support/temp_dir.h"

namespace {

using namespace coefficient;
using sqlite::VaultStore;
using test::TempDir;

constexpr std::size_t kBlobBytes = 360;  // a sealed token
constexpr int kRecords = 1000;
constexpr int kWritesOfAThread = 64;

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

vault::Batch put(const std::string& name, std::uint64_t expected) {
  vault::Batch batch;
  vault::RecordWrite& write = batch.records.emplace_back();
  write.row.info.tenant = "tenant";
  write.row.info.kind = "oauth_token";
  write.row.info.name = name;
  write.row.info.version = write.high_water.version = expected + 1;
  write.row.blob =
      vault::Blob(std::vector<std::byte>(kBlobBytes, static_cast<std::byte>(expected)));
  write.expected_version = expected;
  return batch;
}

std::string record_name(int number) {
  return "installation-" + std::to_string(number);
}

std::unique_ptr<VaultStore> store_in(const TempDir& directory, int records) {
  auto store = VaultStore::open(directory.file("store"));
  require(store.has_value(), "open");
  vault::Batch all;
  for (int i = 0; i < records; ++i) all.records.push_back(put(record_name(i), 0).records[0]);
  require((*store)->apply(all).has_value(), "apply");
  return std::move(*store);
}

void read_ours(benchmark::State& state) {
  const TempDir directory(TempDir::Where::kHere);
  const auto store = store_in(directory, kRecords);
  int i = 0;
  std::vector<std::string> names;
  for (int n = 0; n < kRecords; ++n) names.push_back(record_name(n));
  for (auto _ : state) {
    auto stored = store->read_record({"tenant", "oauth_token", names[static_cast<std::size_t>(i)]});
    if (!stored || !stored->record) state.SkipWithError("not found");
    benchmark::DoNotOptimize(stored);
    i = (i + 1) % kRecords;
  }
}

class Bare {
 public:
  explicit Bare(const std::string& path) {
    require(sqlite3_open(path.c_str(), &database_) == SQLITE_OK, "sqlite3_open");
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  ~Bare() {
    sqlite3_finalize(statement_);
    sqlite3_close(database_);
  }
  void run(const char* sql) {
    require(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  }
  sqlite3_stmt* prepare(const char* sql) {
    require(sqlite3_prepare_v2(database_, sql, -1, &statement_, nullptr) == SQLITE_OK, sql);
    return statement_;
  }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

// On the same file: the same pages, the same depth.
void read_floor(benchmark::State& state) {
  const TempDir directory(TempDir::Where::kHere);
  const auto store = store_in(directory, kRecords);
  Bare bare(directory.file("store/vault.db"));
  sqlite3_stmt* select =
      bare.prepare("SELECT version, dek_id, blob FROM record WHERE tenant=? AND kind=? AND name=?");
  std::vector<std::string> names;
  for (int n = 0; n < kRecords; ++n) names.push_back(record_name(n));
  int i = 0;
  for (auto _ : state) {
    const std::string& name = names[static_cast<std::size_t>(i)];
    sqlite3_bind_text(select, 1, "tenant", -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 2, "oauth_token", -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 3, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
    if (sqlite3_step(select) != SQLITE_ROW) state.SkipWithError("not found");
    benchmark::DoNotOptimize(sqlite3_column_blob(select, 2));
    sqlite3_reset(select);
    i = (i + 1) % kRecords;
  }
}

void write_ours(benchmark::State& state, int threads) {
  const TempDir directory(TempDir::Where::kHere);
  const auto store = store_in(directory, 0);
  std::vector<std::uint64_t> versions(static_cast<std::size_t>(threads), 0);
  std::atomic<int> failed = 0;
  for (auto _ : state) {
    std::vector<std::thread> writers;
    for (int t = 0; t < threads; ++t) {
      writers.emplace_back([&, t] {
        std::uint64_t& version = versions[static_cast<std::size_t>(t)];
        for (int i = 0; i < kWritesOfAThread; ++i, ++version) {
          if (!store->apply(put(record_name(t), version))) ++failed;
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
  }
  if (failed != 0) state.SkipWithError("apply failed");
}

void write_bare(benchmark::State& state, int operations) {
  const TempDir directory(TempDir::Where::kHere);
  Bare bare(directory.file("bare.db"));
  bare.run(
      "CREATE TABLE t (tenant TEXT, kind TEXT, name TEXT, version INTEGER, blob BLOB,"
      " PRIMARY KEY (tenant, kind, name)) WITHOUT ROWID");
  sqlite3_stmt* insert =
      bare.prepare("INSERT OR REPLACE INTO t VALUES ('tenant', 'oauth_token', ?, ?, ?)");
  const std::string blob(kBlobBytes, 'x');
  for (auto _ : state) {
    for (int i = 0; i < operations; ++i) {
      const std::string name = record_name(i % 16);
      sqlite3_bind_text(insert, 1, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
      sqlite3_bind_int(insert, 2, i);
      sqlite3_bind_blob(insert, 3, blob.data(), static_cast<int>(blob.size()), SQLITE_STATIC);
      if (sqlite3_step(insert) != SQLITE_DONE) state.SkipWithError("insert");
      sqlite3_reset(insert);
    }
  }
}

void write_floor(benchmark::State& state, int operations) {
  const TempDir directory(TempDir::Where::kHere);
  const int fd =
      ::open(directory.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  require(fd >= 0, "open");
  const std::string bytes(kBlobBytes, 'x');
  for (auto _ : state) {
    for (int i = 0; i < operations; ++i) {
      if (::write(fd, bytes.data(), bytes.size()) < 0 || ::fdatasync(fd) != 0)
        state.SkipWithError("fdatasync");
    }
  }
  ::close(fd);
}

void register_all() {
  using benchmark::State;
  benchmark::RegisterBenchmark("sqlite_read_record/ours", read_ours);
  benchmark::RegisterBenchmark("sqlite_read_record/floor", read_floor);
  // An iteration is 64 durable writes of each thread.
  benchmark::RegisterBenchmark("sqlite_64_writes/ours", [](State& s) {
    write_ours(s, 1);
  })->UseRealTime();
  benchmark::RegisterBenchmark("sqlite_64_writes/floor", [](State& s) {
    write_floor(s, kWritesOfAThread);
  })->UseRealTime();
  benchmark::RegisterBenchmark("sqlite_64_writes/peer:bare-insert", [](State& s) {
    write_bare(s, kWritesOfAThread);
  })->UseRealTime();
  benchmark::RegisterBenchmark("sqlite_16_threads_64_writes/ours", [](State& s) {
    write_ours(s, 16);
  })->UseRealTime();
  benchmark::RegisterBenchmark("sqlite_16_threads_64_writes/floor", [](State& s) {
    write_floor(s, 16 * kWritesOfAThread);
  })->UseRealTime();
  benchmark::RegisterBenchmark("sqlite_16_threads_64_writes/peer:bare-insert", [](State& s) {
    write_bare(s, 16 * kWritesOfAThread);
  })->UseRealTime();
  // The same number of writes by one thread: what group commit gains.
  benchmark::RegisterBenchmark("sqlite_16_threads_64_writes/peer:one-writer", [](State& s) {
    const TempDir directory(TempDir::Where::kHere);
    const auto store = store_in(directory, 0);
    std::uint64_t version = 0;
    for (auto _ : s) {
      for (int i = 0; i < 16 * kWritesOfAThread; ++i, ++version) {
        if (!store->apply(put(record_name(0), version))) s.SkipWithError("apply failed");
      }
    }
  })->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
