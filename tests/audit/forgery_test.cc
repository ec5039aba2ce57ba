// Logs that were edited by somebody who knows the format, without the key or with one of them.
#include <algorithm>
#include <functional>

#include "audit/checkpoint_file.h"
#include "audit/frame.h"
#include "audit/segment.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/verify.h"
#include "recovery_fixture.h"

using namespace coefficient;
using namespace coefficient::audit;
using namespace std::chrono_literals;
using test::event;
namespace fs = std::filesystem;
using ForgeryTest = test::RecoveryTest;

namespace {

/// Somebody who can write the directory, knows the format and has no key: writes the records anew
/// with correct checksums.
std::string forge(const std::vector<std::string>& texts) {
  const SegmentHeaderBytes header =
      encode_header(SegmentKind::kRecords, {.flags = 0, .first_index = 0, .root = empty_root()});
  std::string out(reinterpret_cast<const char*>(header.data()), header.size());
  for (std::size_t i = 0; i < texts.size(); ++i)
    append_frame(i, std::as_bytes(std::span(texts[i])), out);
  return out;
}
void set_seqs(std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto record = parse_record(texts[i]).value();
    record.seq = i;
    texts[i] = to_canonical(record).value();
  }
}
std::string changed(const std::string& text) {
  auto record = parse_record(text).value();
  record.actor.id = "somebody.else";
  return to_canonical(record).value();
}

// What is left if the segment of the first `count` texts is replaced as by pruning, and `rest` is
// behind them.
void forge_pruning(const fs::path& directory, const std::vector<std::string>& texts,
                   std::size_t count, std::span<const std::string> rest) {
  Frontier tree;
  const auto header = [&tree](SegmentKind kind) {
    const SegmentHeaderBytes bytes =
        encode_header(kind, {.flags = 0, .first_index = tree.size(), .root = tree.root().value()});
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  std::string hashes = header(SegmentKind::kHashes);
  for (std::size_t i = 0; i < count; ++i) {
    const Hash leaf = leaf_hash(std::as_bytes(std::span(texts[i]))).value();
    hashes.append(reinterpret_cast<const char*>(leaf.data()), leaf.size());
    EXPECT_TRUE(tree.append(leaf));
  }
  std::string segment = header(SegmentKind::kRecords);
  for (std::size_t i = 0; i < rest.size(); ++i)
    append_frame(count + i, std::as_bytes(std::span(rest[i])), segment);
  fs::remove(directory / segment_name(SegmentKind::kRecords, 0));
  test::write_all(directory / segment_name(SegmentKind::kHashes, 0), hashes);
  test::write_all(directory / segment_name(SegmentKind::kRecords, count), segment);
}

struct Forgery {
  const char* name;
  std::size_t index;  // the first record that is not what it was
  std::function<void(std::vector<std::string>&)> apply;
  DamageKind kind = DamageKind::kForked;
};

std::vector<Forgery> forgeries() {
  return {
      {"change", 7, [](auto& t) { t[7] = changed(t[7]); }},
      {"change the first", 0, [](auto& t) { t[0] = changed(t[0]); }},
      {"delete", 6, [](auto& t) { t.erase(t.begin() + 6); }},
      {"insert", 8, [](auto& t) { t.insert(t.begin() + 8, changed(t[7])); }},
      {"repeat", 9, [](auto& t) { t.insert(t.begin() + 9, t[8]); }},
      {"reorder", 3, [](auto& t) { std::swap(t[3], t[4]); }},
      {"truncate", 12, [](auto& t) { t.resize(12); }, DamageKind::kTruncated},
      {"rebuild", 11,
       [](auto& t) {
         for (std::size_t i = 11; i < t.size(); ++i) t[i] = changed(t[i]);
       }},
  };
}

}  // namespace

TEST_F(ForgeryTest, ForgeriesAreFound) {
  const std::vector<std::string> genuine = test::texts(dir());
  ASSERT_EQ(genuine.size(), 18U);
  EXPECT_EQ(forge(genuine), bytes_);
  ASSERT_TRUE(open_with(forge(genuine))) << "the control: the forger knows the format";
  for (const Forgery& forgery : forgeries()) {
    for (const bool careful : {false, true}) {
      SCOPED_TRACE(std::string(forgery.name) + (careful ? ", careful" : ""));
      std::vector<std::string> texts = genuine;
      forgery.apply(texts);
      if (careful) set_seqs(texts);
      expect_damage(forgery.kind, forgery.index, open_with(forge(texts)));
      const auto report = verify_log(copy_.string());
      ASSERT_TRUE(report && !report->intact());
      const Damage& first = report->damages.front();
      EXPECT_LE(first.first_index, forgery.index);
      EXPECT_GT(first.end_index, forgery.index);
      EXPECT_LE(first.end_index - first.first_index, 5U) << "no wider than between checkpoints";
      const bool moved = std::string_view("delete insert repeat reorder").find(forgery.name) !=
                         std::string_view::npos;
      if (!careful && moved) {
        const auto names_it = [&](const Damage& damage) {
          return damage.first_index == forgery.index + (forgery.index == 8 ? 1 : 0) ||
                 damage.first_index == forgery.index;
        };
        EXPECT_TRUE(std::ranges::any_of(report->damages, names_it)) << "each seq gives it away";
      }
    }
  }
}

// No key is needed to replace records by their hashes: so one must have signed that they were.
TEST_F(ForgeryTest, RecordsAreNotRemovedWithoutTheKey) {
  const std::vector<std::string> genuine = test::texts(dir());
  Record record = event();
  record.id = "forged";
  record.time = now();
  record.seq = 15;  // to where the last checkpoint reaches
  const std::string silent = to_canonical(record).value();
  record.actor = {.type = std::string(kLogActorType), .id = std::string(kLogActorId)};
  record.action = "log.pruned";
  record.details = {{"first_kept", 15}, {"records", 15}, {"segments", 1}};
  for (const std::string& last : {silent, to_canonical(record).value()}) {
    SCOPED_TRACE(last);
    test::copy_log(dir(), copy_.path());
    forge_pruning(copy_.path(), genuine, 15, std::span(&last, 1));
    expect_damage(DamageKind::kCorrupt, 0, reopen());
    const auto report = verify_log(copy_.string());
    ASSERT_TRUE(report && !report->intact());
    EXPECT_EQ(report->damages.front().end_index, 15U);
    EXPECT_EQ(LogReader::open(copy_.string()).error().code, coefficient::ErrorCode::kDataLoss);
  }
}

// The writer signs what it finds behind the last checkpoint, forged or not. That makes it no
// permission: neither to remove records, nor to end a legal hold.
TEST_F(ForgeryTest, WhatWasForgedBeforeTheWriterSignedItPermitsNothing) {
  {
    const Opened log = open_with(bytes_);
    ASSERT_TRUE(log);
    ASSERT_TRUE((*log)->hold("case", "court"));
    ASSERT_TRUE((*log)->close());
  }
  std::vector<std::string> texts = test::texts(copy_.string());
  const std::size_t signed_by_writer = texts.size();
  Record record = event();
  record.actor = {.type = std::string(kLogActorType), .id = std::string(kLogActorId)};
  record.time = now();
  const auto forge_own = [&](const char* action, Value::Object details) {
    record.id = "forged" + std::to_string(texts.size());
    record.seq = texts.size();
    record.action = action;
    record.details = std::move(details);
    texts.push_back(to_canonical(record).value());
  };
  const auto kept = static_cast<std::int64_t>(signed_by_writer);
  forge_own("log.release", {{"hold", "case"}});
  forge_own("log.pruned", {{"first_kept", kept}, {"records", kept}, {"segments", 1}});
  // Such a one is no word of the writer's either, that a later range would have to respect.
  forge_own("log.recovered", {{"unconfirmed_from", kept + 1}});
  test::write_all(copy_.path() / segment_.filename(), forge(texts));
  fs::remove(copy_.path() / "hold-case");
  {
    const Opened log = reopen();  // the writer comes back, and signs
    ASSERT_TRUE(log);
    const auto pruned = (*log)->prune({.before = now() + 1000h});
    ASSERT_FALSE(pruned);
    EXPECT_EQ(pruned.error().code, ErrorCode::kFailedPrecondition) << "the hold is still open";
    ASSERT_TRUE((*log)->close());
  }
  EXPECT_TRUE(verify_log(copy_.string())->intact()) << "the control: all are signed";
  EXPECT_TRUE(LogReader::open(copy_.string()));
  texts = test::texts(copy_.string());
  forge_pruning(copy_.path(), texts, signed_by_writer, std::span(texts).subspan(signed_by_writer));
  expect_damage(DamageKind::kCorrupt, 0, reopen());
  const auto report = verify_log(copy_.string());
  ASSERT_TRUE(report && !report->intact());
  EXPECT_EQ(report->damages.front().end_index, signed_by_writer);
  EXPECT_EQ(LogReader::open(copy_.string()).error().code, ErrorCode::kDataLoss);
}

namespace {

/// A log whose keys changed at record 9, and what its directory held at record 4.
class EpochForgeryTest : public test::RecoveryTest {
 protected:
  void SetUp() override {
    auto log = create({.max_segment_age = 1000h, .heartbeat_every = 0s});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(log->append(event()));
    ASSERT_TRUE(log->checkpoint());
    test::copy_log(dir(), early_.path());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(log->append(event()));
    ASSERT_TRUE(log->tick(now() + 25h));
    ASSERT_TRUE(log->append(event()));
    ASSERT_TRUE(log->close());
    segment_ = path(test::segments(temp_.path()).at(0));
    bytes_ = test::read_all(segment_);
    root_key_ = log->root_key();
  }
  test::TempDir early_{test::TempDir::Where::kMemory};
};

}  // namespace

// With the keys of today, the key in office could never sign what is there: it is not opened.
TEST_F(EpochForgeryTest, ALogThatWasPutBackToBeforeItsKeys) {
  test::copy_log(dir(), copy_.path());
  for (const std::string& name : {segment_.filename().string(), std::string("checkpoints")})
    test::write_all(copy_.path() / name, test::read_all(early_.path() / name));
  expect_damage(DamageKind::kTruncated, 4, reopen());
  EXPECT_EQ(LogReader::open(copy_.string()).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(verify_log(copy_.string())->damages.at(0).kind, DamageKind::kTruncated);
}

// A thief of the key in office writes anew a record from before its term, and signs that.
TEST_F(EpochForgeryTest, AThiefOfTheKeyCannotWriteAnewWhatWasBeforeIt) {
  const std::vector<std::string> genuine = test::texts(dir());
  ASSERT_EQ(genuine.size(), 10U);
  for (const std::size_t index : {5U, 9U}) {
    std::vector<std::string> texts = genuine;
    texts[index] = changed(texts[index]);
    test::copy_log(dir(), copy_.path());
    test::write_all(copy_.path() / segment_.filename(), forge(texts));
    Frontier tree;
    for (const std::string& text : texts)
      ASSERT_TRUE(tree.append(leaf_hash(std::as_bytes(std::span(text))).value()));
    const auto thief = NoteSigner::parse(test::read_all(path("key"))).value();
    const NoteSigner* signer = &thief;
    const auto note = sign_checkpoint({test::kOrigin, 10, tree.root().value(), {}}, {&signer, 1});
    const std::string notes = test::read_all(path("checkpoints"));
    const CheckpointNotes split = split_notes(notes);
    const auto kept = static_cast<std::size_t>(split.notes.back().data() - notes.data());
    test::write_all(copy_.path() / "checkpoints", notes.substr(0, kept) + note.value() + "\n");
    const bool in_its_term = index == 9;  // the control: that is what a thief can do
    EXPECT_EQ(verify_log(copy_.string())->intact(), in_its_term);
    const auto reader = LogReader::open(copy_.string(), root_key_);
    EXPECT_EQ(reader.has_value(), in_its_term);
    if (in_its_term) {
      EXPECT_TRUE(reopen());
    } else {
      EXPECT_EQ(reader.error().code, ErrorCode::kDataLoss);
      expect_damage(DamageKind::kForked, index, reopen());
    }
  }
}
