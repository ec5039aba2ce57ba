#include "coefficient/audit/log_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "audit/log_support.h"
#include "coefficient/audit/proof.h"

namespace {

namespace audit = coefficient::audit;
using audit::LogReader;
using audit::StoredRecord;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

using LogReaderTest = test::LogTest;

std::vector<std::string> all_of(LogReader& reader, std::uint64_t begin = 0,
                                std::uint64_t end = ~0ULL) {
  std::vector<std::string> texts;
  const auto done = reader.read(begin, end, [&texts](const StoredRecord& record) -> Result<> {
    texts.emplace_back(record.payload);
    return {};
  });
  EXPECT_TRUE(done) << done.error().message;
  return texts;
}

TEST_F(LogReaderTest, ReadsWhatTheNewestCheckpointCoversBesideTheWriter) {
  auto log = create();
  ASSERT_TRUE(log);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(log->append(test::event("u" + std::to_string(i))));
    if (i == 20) {
      ASSERT_TRUE(log->rotate());
    }
  }
  ASSERT_TRUE(log->checkpoint());
  const std::uint64_t covered = log->size();
  ASSERT_TRUE(log->append(test::event("later")));
  auto reader = LogReader::open(dir(), log->root_key());
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->checkpoint().size, covered);
  EXPECT_EQ(reader->checkpoint().origin, test::kOrigin);
  const auto texts = all_of(*reader);
  ASSERT_EQ(texts.size(), covered);
  for (std::uint64_t i = 0; i < covered; ++i) {
    EXPECT_EQ(audit::parse_record(texts[i])->seq, i);
    EXPECT_EQ(*reader->record(i), texts[i]);
  }
  EXPECT_EQ(all_of(*reader, 5, 30),
            std::vector<std::string>(texts.begin() + 5, texts.begin() + 30));
  EXPECT_EQ(reader->record(covered).error().code, ErrorCode::kNotFound);
  // Every record's proof, for somebody who has the root key only.
  for (std::uint64_t i = 0; i < covered; ++i) {
    const audit::LogProof proof{
        i, *audit::prove_inclusion(reader->tree(), i, covered), reader->note(), {}};
    const auto leaf = *audit::leaf_hash(std::as_bytes(std::span<const char>(texts[i])));
    EXPECT_TRUE(audit::verify_proof(proof, leaf, reader->keys()));
  }
}

TEST_F(LogReaderTest, RefusesAnotherRootKeyAndAChangedRecord) {
  auto log = create();
  ASSERT_TRUE(log->append(test::event()));
  ASSERT_TRUE(log->close());
  EXPECT_EQ(LogReader::open(dir(), "other").error().code, ErrorCode::kUnauthenticated);
  const std::string segment = test::segments(temp_.path()).front();
  const std::string good = test::read_all(path(segment));
  std::string bad = good;
  bad[bad.find("secret.read")] = 'S';
  auto opened = LogReader::open(dir());
  ASSERT_TRUE(opened);
  test::write_all(path(segment), bad);
  // Changed after the opening, and before.
  const auto done = opened->read(0, 100, [](const StoredRecord&) -> Result<> { return {}; });
  EXPECT_EQ(done.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(LogReader::open(dir()).error().code, ErrorCode::kDataLoss);
  test::write_all(path(segment), good);
  EXPECT_TRUE(LogReader::open(dir()));
  EXPECT_EQ(LogReader::open(path("nowhere").string()).error().code, ErrorCode::kNotFound);
}

TEST_F(LogReaderTest, AVisitorsErrorEndsTheReading) {
  auto log = create();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(log->append(test::event()));
  ASSERT_TRUE(log->close());
  auto reader = LogReader::open(dir());
  int seen = 0;
  const auto done = reader->read(0, 100, [&seen](const StoredRecord&) -> Result<> {
    ++seen;
    return Error{ErrorCode::kUnavailable, "enough"};
  });
  EXPECT_EQ(done.error().message, "enough");
  EXPECT_EQ(seen, 1);
}

TEST_F(LogReaderTest, PrunedRecordsAreLeftOutAndTheirLeavesStay) {
  auto log = create();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->append(test::event(std::to_string(i))));
  ASSERT_TRUE(log->rotate());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->append(test::event(std::to_string(i))));
  ASSERT_TRUE(log->checkpoint());
  const auto pruned = log->prune({.before_index = 22});
  ASSERT_TRUE(pruned) << pruned.error().message;
  ASSERT_GT(pruned->records, 0U);
  ASSERT_TRUE(log->close());
  auto reader = LogReader::open(dir());
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->first_kept(), pruned->first_kept);
  EXPECT_EQ(reader->record(0).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(all_of(*reader).size(), reader->checkpoint().size - pruned->first_kept);
  EXPECT_TRUE(audit::prove_inclusion(reader->tree(), 0, reader->checkpoint().size));
}

}  // namespace
