#include "coefficient/sqlite/audit_index.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "coefficient/audit/log.h"
#include "coefficient/core/clock.h"

namespace {

namespace audit = coefficient::audit;
namespace fs = std::filesystem;
using audit::LogReader;
using audit::Outcome;
using audit::Query;
using coefficient::ErrorCode;
using coefficient::Result;
using coefficient::sqlite::AuditIndex;

class AuditIndexTest : public testing::Test {
 protected:
  AuditIndexTest() {
    std::string name = (fs::temp_directory_path() / "audit_index_XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directory(log_path());
  }
  ~AuditIndexTest() override { fs::remove_all(root_); }

  [[nodiscard]] fs::path log_path() const { return root_ / "log"; }
  [[nodiscard]] fs::path index_path() const { return root_ / "index.db"; }

  // Records 0 to count - 1 of the actors u0 to u6, a minute apart.
  void append(int count) {
    auto log = fs::exists(log_path() / "root.vkey")
                   ? audit::Log::open(log_path().string(), clock_)
                   : audit::Log::create(log_path().string(), "example.com/log", clock_);
    ASSERT_TRUE(log) << log.error().error.message;
    for (int i = 0; i < count; ++i) {
      audit::Record record;
      record.actor = {"user", "u" + std::to_string(i % 7), {}};
      record.action = i % 3 == 0 ? "secret.read" : "secret.write";
      record.target = {"secret", "s" + std::to_string(i % 5)};
      record.outcome = i % 4 == 0 ? Outcome::kDenied : Outcome::kSuccess;
      ASSERT_TRUE((*log)->append(record));
      clock_.advance(std::chrono::minutes(1));
    }
    ASSERT_TRUE((*log)->close());
  }
  [[nodiscard]] LogReader reader() const {
    auto opened = LogReader::open(log_path().string());
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }

  fs::path root_;
  coefficient::ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)};
};

struct Hits {
  std::vector<std::uint64_t> indices;
  audit::RecordVisitor visitor() {
    return [this](const audit::StoredRecord& record) -> Result<> {
      indices.push_back(record.index);
      return {};
    };
  }
};

TEST_F(AuditIndexTest, FindsWhatASearchWithoutItFinds) {
  append(500);
  LogReader log = reader();
  auto index = *AuditIndex::open(index_path());
  EXPECT_EQ(*audit::update_index(log, *index), log.checkpoint().size);
  const audit::Timestamp noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) +
                                std::chrono::microseconds(std::chrono::hours(3));
  const std::vector<Query> queries = {
      {},
      {.actor = "u3"},
      {.action = "secret.read"},
      {.action = "secret.*"},
      {.action = "*"},
      {.action = "log.*"},
      {.action = "secret.%"},
      {.target = "s2"},
      {.outcome = Outcome::kDenied},
      {.from = noon},
      {.until = noon},
      {.from = noon, .until = noon + std::chrono::minutes(10)},
      {.actor = "u3", .action = "secret.write", .target = "s1", .outcome = Outcome::kSuccess},
      {.actor = "u3' OR '1'='1"},
      {.actor = "u1", .begin = 100, .limit = 5},
      {.limit = 0},
  };
  std::size_t most = 0;
  for (const Query& query : queries) {
    Hits with;
    Hits without;
    ASSERT_TRUE(audit::search(log, *index, query, with.visitor()));
    ASSERT_TRUE(audit::search(log, query, without.visitor()));
    EXPECT_EQ(with.indices, without.indices);
    most = std::max(most, with.indices.size());
  }
  EXPECT_GE(most, 500U);
  Hits first;
  ASSERT_TRUE(audit::search(log, *index, {.actor = "u3", .limit = 1}, first.visitor()));
  EXPECT_EQ(first.indices.size(), 1U);
}

TEST_F(AuditIndexTest, FollowsTheLogAndIsBuiltAnewWhereItIsOfAnother) {
  append(20);
  LogReader log = reader();
  {
    auto index = *AuditIndex::open(index_path());
    ASSERT_TRUE(audit::update_index(log, *index));
    EXPECT_EQ(*audit::update_index(log, *index), 0U);
  }
  append(5);
  LogReader longer = reader();
  auto index = *AuditIndex::open(index_path());
  EXPECT_EQ(*audit::update_index(longer, *index), longer.checkpoint().size - log.checkpoint().size);
  auto position = *index->position();
  EXPECT_EQ(position.next, longer.checkpoint().size);
  position.root[0] ^= std::byte{1};
  ASSERT_TRUE(index->add({}, position));
  EXPECT_EQ(*audit::update_index(longer, *index), longer.checkpoint().size);
  Hits hits;
  ASSERT_TRUE(audit::search(longer, *index, {.action = "secret.*"}, hits.visitor()));
  EXPECT_EQ(hits.indices.size(), 25U);
}

TEST_F(AuditIndexTest, WhatTheLogHasPrunedIsGoneFromIt) {
  append(200);
  {
    LogReader log = reader();
    auto index = *AuditIndex::open(index_path());
    ASSERT_TRUE(audit::update_index(log, *index));
  }
  const auto file_has = [this](const std::string& text) {
    std::ifstream in(index_path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    return bytes.find(text) != std::string::npos;
  };
  EXPECT_TRUE(file_has("secret.read"));
  {
    auto log = *audit::Log::open(log_path().string(), clock_);
    ASSERT_TRUE(log->rotate());
    audit::Record record;
    record.actor = {"user", "u3", {}};
    record.action = "order.read";
    ASSERT_TRUE(log->append(record));
    EXPECT_EQ(log->prune({})->first_kept, 201U);
    ASSERT_TRUE(log->close());
  }
  LogReader log = reader();
  {
    auto index = *AuditIndex::open(index_path());
    EXPECT_EQ(*audit::update_index(log, *index), log.checkpoint().size - 201);
    EXPECT_EQ(index->find({}).value().size(), log.checkpoint().size - 201);
  }
  EXPECT_FALSE(file_has("secret.read"));
  EXPECT_TRUE(file_has("order.read"));
}

TEST_F(AuditIndexTest, AnIndexThatLiesIsFoundOut) {
  append(20);
  LogReader log = reader();
  auto index = *AuditIndex::open(index_path());
  ASSERT_TRUE(audit::update_index(log, *index));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(index_path().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "UPDATE entry SET actor = 'u3' WHERE actor = 'u4'", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  Hits hits;
  EXPECT_EQ(audit::search(log, *index, {.actor = "u3"}, hits.visitor()).error().code,
            ErrorCode::kDataLoss);
  ASSERT_EQ(sqlite3_exec(database, "INSERT INTO entry VALUES (9999, 0, 'u9', 'a', 't', 0)", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  EXPECT_EQ(audit::search(log, *index, {.actor = "u9"}, hits.visitor()).error().code,
            ErrorCode::kDataLoss);
  ASSERT_EQ(sqlite3_close(database), SQLITE_OK);
}

TEST_F(AuditIndexTest, RefusesAnotherDatabase) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(index_path().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "CREATE TABLE t (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_close(database), SQLITE_OK);
  EXPECT_EQ(AuditIndex::open(index_path()).error().code, ErrorCode::kFailedPrecondition);
  std::ofstream(index_path(), std::ios::trunc) << std::string(5000, 'x');
  EXPECT_EQ(AuditIndex::open(index_path()).error().code, ErrorCode::kDataLoss);
}

}  // namespace
