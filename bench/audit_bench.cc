// The audit log. Durable: ours against a bare write and fdatasync for each record (floor) and
// SQLite with synchronous=FULL, a transaction for each record; with 64 writers, against the same
// floor. Buffered: ours, with checksum and Merkle tree, against copying and hashing the record once
// (floor) and spdlog to a file, which keeps no evidence. Verifying and opening: against hashing
// each record once. All with records of 200 bytes; times are of one record.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "audit/log_state.h"
#include "coefficient/audit/log.h"
#include "coefficient/audit/verify.h"
#include "support/temp_dir.h"
#ifdef COEFFICIENT_HAVE_SQLITE
#include <sqlite3.h>
#endif
#ifdef COEFFICIENT_HAVE_SPDLOG
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#endif

namespace {

using namespace coefficient;
using namespace coefficient::audit;
using test::TempDir;

constexpr std::size_t kRecordBytes = 200;
constexpr int kWriters = 64;
constexpr int kEach = 32;
constexpr std::int64_t kLogRecords = 200'000;

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

const std::string& payload() {
  static const std::string kPayload(kRecordBytes, 'x');
  return kPayload;
}

std::unique_ptr<Log> new_log(const TempDir& directory, Durability durability) {
  auto log = Log::create(directory.string(), "example.com/bench", system_clock(),
                         {.durability = durability});
  require(log.has_value(), "create");
  return *std::move(log);
}

void count(benchmark::State& state, std::int64_t each = 1) {
  state.SetItemsProcessed(state.iterations() * each);
}

void durable_ours(benchmark::State& state) {
  const TempDir directory(TempDir::Where::kHere);
  const auto log = new_log(directory, Durability::kDurable);
  for (auto _ : state) {
    if (!LogAccess::append(*log, payload())) state.SkipWithError("append");
  }
  count(state);
}

void fsync_loop(benchmark::State& state, int each) {
  const TempDir directory(TempDir::Where::kHere);
  const int fd =
      ::open(directory.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  require(fd >= 0, "open");
  for (auto _ : state) {
    for (int i = 0; i < each; ++i) {
      if (::write(fd, payload().data(), kRecordBytes) < 0 || ::fdatasync(fd) != 0)
        state.SkipWithError("fdatasync");
    }
  }
  ::close(fd);
  count(state, each);
}

void writers_ours(benchmark::State& state) {
  const TempDir directory(TempDir::Where::kHere);
  const auto log = new_log(directory, Durability::kDurable);
  std::atomic<int> failed = 0;
  for (auto _ : state) {
    std::vector<std::thread> writers;
    for (int t = 0; t < kWriters; ++t) {
      writers.emplace_back([&] {
        for (int i = 0; i < kEach; ++i)
          if (!LogAccess::append(*log, payload())) ++failed;
      });
    }
    for (std::thread& writer : writers) writer.join();
  }
  if (failed != 0) state.SkipWithError("append");
  count(state, std::int64_t{kWriters} * kEach);
}

void durable_sqlite(benchmark::State& state) {
#ifdef COEFFICIENT_HAVE_SQLITE
  const TempDir directory(TempDir::Where::kHere);
  sqlite3* database = nullptr;
  require(sqlite3_open(directory.file("db").c_str(), &database) == SQLITE_OK, "sqlite3_open");
  for (const char* sql : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                          "CREATE TABLE t (id INTEGER PRIMARY KEY, record BLOB)"})
    require(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  sqlite3_stmt* insert = nullptr;
  require(sqlite3_prepare_v2(database, "INSERT INTO t(record) VALUES (?)", -1, &insert, nullptr) ==
              SQLITE_OK,
          "prepare");
  for (auto _ : state) {
    sqlite3_bind_blob(insert, 1, payload().data(), kRecordBytes, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE) state.SkipWithError("insert");
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  sqlite3_close(database);
  count(state);
#else
  state.SkipWithError("built without SQLite");
#endif
}

void buffered_ours(benchmark::State& state) {
  const TempDir directory(TempDir::Where::kHere);
  const auto log = new_log(directory, Durability::kBuffered);
  for (auto _ : state) {
    if (!LogAccess::append(*log, payload())) state.SkipWithError("append");
  }
  count(state);
}

void buffered_record(benchmark::State& state) {
  const TempDir directory(TempDir::Where::kHere);
  const auto log = new_log(directory, Durability::kBuffered);
  Record record;
  record.actor = {.type = "user", .id = "u_42"};
  record.action = "secret.read";
  record.target = {.type = "secret", .id = "github-app-key"};
  for (auto _ : state) {
    if (!log->append(record)) state.SkipWithError("append");
  }
  count(state);
}

void copy_and_hash(benchmark::State& state) {
  std::string buffer(std::size_t{1} << 20, '\0');
  std::size_t at = 0;
  for (auto _ : state) {
    std::memcpy(buffer.data() + at, payload().data(), kRecordBytes);
    auto hash = leaf_hash(std::as_bytes(std::span(buffer)).subspan(at, kRecordBytes));
    benchmark::DoNotOptimize(hash);
    at = (at + kRecordBytes) % (buffer.size() - kRecordBytes);
  }
  count(state);
}

enum class Spdlog { kSync, kFlush, kAsync };

void buffered_spdlog(benchmark::State& state, Spdlog kind) {
#ifdef COEFFICIENT_HAVE_SPDLOG
  const TempDir directory(TempDir::Where::kHere);
  const std::string file = directory.file("spdlog");
  std::shared_ptr<spdlog::logger> logger;
  if (kind == Spdlog::kAsync) {
    spdlog::init_thread_pool(8192, 1);
    logger = spdlog::basic_logger_mt<spdlog::async_factory>("bench", file);
  } else {
    logger = spdlog::basic_logger_mt("bench", file);
  }
  if (kind == Spdlog::kFlush) logger->flush_on(spdlog::level::info);
  for (auto _ : state) logger->info(payload());
  logger->flush();
  spdlog::drop("bench");
  logger.reset();
  if (kind == Spdlog::kAsync) spdlog::shutdown();
  count(state);
#else
  (void)kind;
  state.SkipWithError("built without spdlog (libspdlog-dev)");
#endif
}

/// A log that is verified and opened again and again.
const TempDir& whole_log() {
  static const TempDir kDirectory(TempDir::Where::kHere);
  static const bool kMade = [] {
    const auto log = new_log(kDirectory, Durability::kBuffered);
    for (std::int64_t i = 1; i < kLogRecords; ++i)
      require(LogAccess::append(*log, payload()).has_value(), "append");
    return log->close().has_value();
  }();
  require(kMade, "a log to read");
  return kDirectory;
}

void verify_ours(benchmark::State& state) {
  const std::string directory = whole_log().string();
  for (auto _ : state) {
    const auto report = verify_log(directory);
    if (!report || !report->intact()) state.SkipWithError("not intact");
  }
  count(state, kLogRecords);
}

void open_ours(benchmark::State& state) {
  const std::string directory = whole_log().string();
  for (auto _ : state) {
    auto log = Log::open(directory, system_clock(), {.durability = Durability::kBuffered});
    if (!log) state.SkipWithError("not opened");
  }
  count(state, kLogRecords);
}

void hash_all(benchmark::State& state) {
  for (auto _ : state) {
    for (std::int64_t i = 0; i < kLogRecords; ++i) {
      auto hash = leaf_hash(std::as_bytes(std::span(payload())));
      benchmark::DoNotOptimize(hash);
    }
  }
  count(state, kLogRecords);
}

void register_all() {
  using benchmark::RegisterBenchmark;
  using benchmark::State;
  constexpr int kAll = kWriters * kEach;
  RegisterBenchmark("audit_durable_200B/ours", durable_ours)->UseRealTime();
  RegisterBenchmark("audit_durable_200B/floor", [](State& s) { fsync_loop(s, 1); })->UseRealTime();
  RegisterBenchmark("audit_durable_200B/peer:sqlite-full", durable_sqlite)->UseRealTime();
  RegisterBenchmark("audit_64_writers_200B/ours", writers_ours)->UseRealTime();
  RegisterBenchmark("audit_64_writers_200B/floor", [](State& s) {
    fsync_loop(s, kAll);
  })->UseRealTime();
  RegisterBenchmark("audit_buffered_200B/ours", buffered_ours);
  RegisterBenchmark("audit_buffered_200B/floor", copy_and_hash);
  RegisterBenchmark("audit_buffered_200B/peer:spdlog-sync",
                    [](State& s) { buffered_spdlog(s, Spdlog::kSync); });
  RegisterBenchmark("audit_buffered_200B/peer:spdlog-flush",
                    [](State& s) { buffered_spdlog(s, Spdlog::kFlush); });
  RegisterBenchmark("audit_buffered_200B/peer:spdlog-async",
                    [](State& s) { buffered_spdlog(s, Spdlog::kAsync); });
  RegisterBenchmark("audit_buffered_record/ours", buffered_record);
  RegisterBenchmark("audit_buffered_record/floor", copy_and_hash);
  RegisterBenchmark("audit_verify_200k/ours", verify_ours)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("audit_verify_200k/floor", hash_all)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("audit_open_200k/ours", open_ours)->Unit(benchmark::kMillisecond);
  RegisterBenchmark("audit_open_200k/floor", hash_all)->Unit(benchmark::kMillisecond);
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
