// What may happen to the files of a log between two runs: torn writes, which recovery repairs, and
// damage and forgery, which it must not.
#include <algorithm>
#include <cstdlib>
#include <functional>

#include "audit/checkpoint_file.h"
#include "audit/frame.h"
#include "audit/segment.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/verify.h"
#include "faults.h"
#include "log_support.h"

using namespace coefficient;
using namespace coefficient::audit;
using namespace std::chrono_literals;
using test::event;
namespace fs = std::filesystem;

namespace {

constexpr int kRecords = 20;

/// A log of some records, a checkpoint after every fifth, as a killed process leaves it.
class RecoveryTest : public test::LogTest {
 protected:
  RecoveryTest() : LogTest(test::TempDir::Where::kMemory) {}
  void SetUp() override {
    test::TempDir work(test::TempDir::Where::kMemory);
    auto log = Log::create(work.string(), test::kOrigin, clock_, {.heartbeat_every = 0s});
    ASSERT_TRUE(log);
    root_key_ = (*log)->root_key();
    for (int i = 1; i < kRecords; ++i) {
      ASSERT_TRUE((*log)->append(event("u" + std::to_string(i))));
      if (i % 5 == 4) {
        ASSERT_TRUE((*log)->checkpoint());
      }
      if (i == 14) anchor_ = anchor_of((*log)->checkpoint().value());
      if (i == 17) test::copy_log(work.path(), dir());  // two records behind the checkpoint
    }
    segment_ = path(test::segments(temp_.path()).at(0));
    bytes_ = test::read_all(segment_);
    while (!bytes_.empty() && bytes_.back() == '\0') bytes_.pop_back();
    test::write_all(segment_, bytes_);
  }
  Anchor anchor_of(const std::string& note) const {
    const auto key = NoteVerifier::parse(root_key_).value();
    const auto checkpoint = open_checkpoint(note, test::kOrigin, std::span(&key, 1)).value();
    return {checkpoint.size, checkpoint.root};
  }
  // A copy of the log with another segment, opened.
  Opened open_with(const std::string& bytes, const LogOptions& options = {}) {
    test::copy_log(dir(), copy_.path());
    test::write_all(copy_.path() / segment_.filename(), bytes);
    return reopen(options);
  }
  // What is not tested here is whether the disk is waited for.
  Opened reopen(const LogOptions& options = {}) {
    return LogAccess::open(copy_.string(), clock_, options, {}, calls_);
  }
  void expect_damage(DamageKind kind, std::uint64_t index, const Opened& opened) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().error.code, ErrorCode::kDataLoss);
    ASSERT_TRUE(opened.error().damage) << opened.error().error.message;
    EXPECT_EQ(opened.error().damage->kind, kind) << opened.error().error.message;
    EXPECT_LE(opened.error().damage->first_index, index);
    EXPECT_GT(opened.error().damage->end_index, index);
  }

  test::TempDir copy_{test::TempDir::Where::kMemory};
  test::FaultyCalls calls_;
  std::string root_key_;
  Anchor anchor_;
  fs::path segment_;
  std::string bytes_;
};

// Where each frame of a segment begins, and its end.
std::vector<std::size_t> frame_starts(const std::string& bytes) {
  std::vector<std::size_t> starts;
  std::size_t at = kSegmentHeaderBytes;
  for (std::uint64_t index = 0; at < bytes.size(); ++index) {
    starts.push_back(at);
    const auto payload = read_frame(index, std::as_bytes(std::span(bytes)).subspan(at));
    if (!payload) break;
    at += kFrameHeaderBytes + payload->size();
  }
  starts.push_back(at);
  return starts;
}

}  // namespace

// Every length: below the last checkpoint it is truncated, behind it what is whole stays.
TEST_F(RecoveryTest, ACutAtEveryByte) {
  const auto starts = frame_starts(bytes_);
  ASSERT_EQ(starts.size(), 19U);  // 18 records
  const long stride = test::fault_stride();
  for (std::size_t size = 0; size < bytes_.size(); size += static_cast<std::size_t>(stride)) {
    const bool zeros = size % 2 == 1;  // an end that was written in advance
    const auto opened = open_with(bytes_.substr(0, size) + std::string(zeros ? 5000 : 0, '\0'));
    const auto begun = std::upper_bound(starts.begin(), starts.end(), size) - starts.begin();
    const auto whole = static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(begun - 1, 0));
    if (size < kSegmentHeaderBytes - (zeros ? 4 : 0)) {  // it ends in four zeros
      expect_damage(DamageKind::kCorrupt, 0, opened);
    } else if (whole < 15) {
      expect_damage(DamageKind::kTruncated, whole, opened);
    } else {
      ASSERT_TRUE(opened) << size << ' ' << opened.error().error.message;
      const bool clean = starts[whole] == size;
      EXPECT_EQ((*opened)->recovered_bytes() == 0, clean) << size;
      EXPECT_EQ((*opened)->size(), whole + (clean ? 0 : 1)) << "log.recovered";
    }
    if (HasFailure()) FAIL() << size;
  }
}

// Every bit of every acknowledged record: found, whether or not a checkpoint covers it.
TEST_F(RecoveryTest, EachFlippedBit) {
  const auto starts = frame_starts(bytes_);
  test::copy_log(dir(), copy_.path());
  const char* text = std::getenv("COEFFICIENT_BITFLIP_STRIDE");
  const std::size_t stride = text == nullptr ? 11 : std::max(1UL, std::strtoul(text, nullptr, 10));
  for (std::size_t bit = 0; bit < 8 * bytes_.size(); bit += stride) {
    std::string changed = bytes_ + std::string(bit % 2 == 0 ? 4096 : 0, '\0');
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const auto at = std::upper_bound(starts.begin(), starts.end(), bit / 8) - starts.begin();
    const std::uint64_t index = at == 0 ? 0 : static_cast<std::uint64_t>(at - 1);
    // A log that is not opened is not changed either.
    test::write_all(copy_.path() / segment_.filename(), changed);
    expect_damage(DamageKind::kCorrupt, index, reopen());
    const auto report = verify_log(copy_.string());
    ASSERT_TRUE(report && !report->intact()) << bit;
    EXPECT_EQ(report->damages.front().first_index, index) << bit;
    if (HasFailure()) FAIL() << bit;
  }
}

TEST_F(RecoveryTest, WhatIsWholeOpens) {
  const auto opened = open_with(bytes_, {.expected_min_checkpoint = anchor_});
  ASSERT_TRUE(opened) << opened.error().error.message;
  EXPECT_EQ((*opened)->size(), 18U);
  EXPECT_EQ((*opened)->recovered_bytes(), 0U);
}

TEST_F(RecoveryTest, ATornTailIsCutAndOnRecord) {
  auto opened = open_with(bytes_ + "\x50\0\0");
  ASSERT_TRUE(opened);
  opened = Result<std::unique_ptr<Log>, OpenError>(OpenError{});
  const auto all = test::records(copy_.string());
  EXPECT_EQ(all.back().action, "log.recovered");
  EXPECT_TRUE(verify_log(copy_.string())->intact());
}

// The checkpoints can be removed together with the tail; an anchor shows it.
TEST_F(RecoveryTest, ACutTailWithoutItsCheckpoints) {
  const auto starts = frame_starts(bytes_);
  const std::string notes = test::read_all(path("checkpoints"));
  const CheckpointNotes split = split_notes(notes);
  ASSERT_EQ(split.notes.size(), 4U);  // of 1, 5, 10 and 15 records
  const std::string earlier =
      notes.substr(0, static_cast<std::size_t>(split.notes[2].data() - notes.data()));  // 1 and 5
  test::write_all(path("checkpoints"), earlier);
  const std::string cut = bytes_.substr(0, starts[7]);
  EXPECT_TRUE(open_with(cut)) << "nothing shows it";
  expect_damage(DamageKind::kTruncated, 7, open_with(cut, {.expected_min_checkpoint = anchor_}));
  const auto report = verify_log(copy_.string(), {.expected_min_checkpoint = anchor_});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->damages.front().kind, DamageKind::kTruncated);
}

TEST_F(RecoveryTest, WithoutCheckpointsItIsNotOpened) {
  fs::remove(path("checkpoints"));
  expect_damage(DamageKind::kTruncated, 0, open_with(bytes_));
  test::write_all(path("checkpoints"), "");
  expect_damage(DamageKind::kTruncated, 0, open_with(bytes_));
  EXPECT_EQ(Log::create(dir(), test::kOrigin, clock_).error().error.code, ErrorCode::kAlreadyExists)
      << "no log begins anew";
}

TEST_F(RecoveryTest, AnotherLogThanTheExpectedOne) {
  Anchor other = anchor_;
  other.root[3] ^= std::byte{1};
  expect_damage(DamageKind::kForked, anchor_.size - 1,
                open_with(bytes_, {.expected_min_checkpoint = other}));
}

TEST_F(RecoveryTest, ATornCheckpointIsCut) {
  const std::string notes = test::read_all(path("checkpoints"));
  const std::size_t whole = split_notes(notes).notes.at(0).size() + 1;
  for (std::size_t cut = 1; cut < whole; cut += 13) {
    test::write_all(path("checkpoints"), notes + notes.substr(0, cut));
    auto opened = open_with(bytes_);
    ASSERT_TRUE(opened) << cut << opened.error().error.message;
    ASSERT_TRUE((*opened)->close());
    EXPECT_TRUE(verify_log(copy_.string())->intact());
  }
}

// A writer's checkpoints grow: one that was put in again is a forger's.
TEST_F(RecoveryTest, AnEarlierCheckpointBehindALaterOne) {
  const std::string notes = test::read_all(path("checkpoints"));
  test::write_all(path("checkpoints"), notes + std::string(split_notes(notes).notes.at(1)) + "\n");
  const auto report = verify_log(dir());
  ASSERT_TRUE(report);
  ASSERT_EQ(report->damages.size(), 1U);
  EXPECT_EQ(report->damages[0].kind, DamageKind::kCorrupt);
  EXPECT_EQ(report->damages[0].what, "checkpoint number 5 is of fewer records than one before it");
  EXPECT_EQ(report->checkpoints, 5U);
  EXPECT_EQ(report->confirmed, 15U);
}

// No write that was interrupted leaves what is longer than a note: it is not cut off as one.
TEST_F(RecoveryTest, WhatIsLongerThanACheckpointIsDamage) {
  const std::string notes = test::read_all(path("checkpoints"));
  test::write_all(path("checkpoints"), notes + std::string(kMaxNoteBytes + 1, 'x'));
  expect_damage(DamageKind::kCorrupt, 0, open_with(bytes_));
  EXPECT_EQ(verify_log(copy_.string())->damages.at(0).kind, DamageKind::kCorrupt);
}

// They come to a gibibyte in two years. These are 1.6 MiB, and no more than 64 KiB of it is read at
// a time.
TEST_F(RecoveryTest, AnyNumberOfCheckpointsIsReadPieceByPiece) {
  const std::string notes = test::read_all(path("checkpoints"));
  const std::string first = std::string(split_notes(notes).notes.at(0)) + "\n";
  const std::string last = std::string(split_notes(notes).notes.at(3)) + "\n";
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += first;
  test::write_all(path("checkpoints"), many + last + first.substr(0, 100));
  const auto directory = Directory::open(dir(), system_file_calls());
  ASSERT_TRUE(directory);
  auto reader = CheckpointReader::open(*directory);
  ASSERT_TRUE(reader);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(std::string(reader->next()->value()) + "\n", first);
  EXPECT_EQ(std::string(reader->next()->value()) + "\n", last);
  EXPECT_FALSE(reader->next()->has_value());
  EXPECT_EQ(reader->whole(), many.size() + last.size());
  const auto opened = open_with(bytes_);
  EXPECT_TRUE(opened) << opened.error().error.message;
  EXPECT_EQ(test::read_all(copy_.path() / "checkpoints").size(), many.size() + last.size())
      << "what was torn is cut";
  const auto report = verify_log(copy_.string());
  EXPECT_TRUE(report->intact());
  EXPECT_EQ(report->checkpoints, 10'001U);
}

TEST_F(RecoveryTest, ACheckpointThatIsNotGenuine) {
  const std::string notes = test::read_all(path("checkpoints"));
  for (const std::size_t back : {5U, 60U, 100U, 140U}) {
    std::string changed = notes;
    changed[changed.size() - back] ^= 1;
    test::write_all(path("checkpoints"), changed);
    const auto opened = open_with(bytes_);
    ASSERT_FALSE(opened) << back;
    EXPECT_TRUE(opened.error().damage);
    EXPECT_FALSE(verify_log(copy_.string())->intact());
  }
}

TEST_F(RecoveryTest, AMissingSegment) {
  {
    auto log = open({.max_segment_bytes = 65'536});
    Record record = event();
    record.reason = std::string(30'000, 'x');
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(log->append(record));
  }
  const auto names = test::segments(temp_.path());
  ASSERT_GE(names.size(), 3U);
  for (const std::string& name : names) {
    test::copy_log(dir(), copy_.path());
    fs::remove(copy_.path() / name);
    const auto opened = reopen();
    ASSERT_FALSE(opened) << name;
    EXPECT_TRUE(opened.error().damage);
    EXPECT_FALSE(verify_log(copy_.string())->intact()) << name;
  }
  // A copy of one under another name.
  test::copy_log(dir(), copy_.path());
  fs::copy_file(copy_.path() / names[1], copy_.path() / segment_name(SegmentKind::kRecords, 1));
  EXPECT_FALSE(reopen());
}

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

// What is left if the segment of the first `count` texts is replaced as by pruning, and `last` is
// the only record behind them.
void forge_pruning(const fs::path& directory, const std::vector<std::string>& texts,
                   std::size_t count, const std::string& last) {
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
  append_frame(count, std::as_bytes(std::span(last)), segment);
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

TEST_F(RecoveryTest, ForgeriesAreFound) {
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
TEST_F(RecoveryTest, RecordsAreNotRemovedWithoutTheKey) {
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
    forge_pruning(copy_.path(), genuine, 15, last);
    expect_damage(DamageKind::kCorrupt, 0, reopen());
    const auto report = verify_log(copy_.string());
    ASSERT_TRUE(report && !report->intact());
    EXPECT_EQ(report->damages.front().end_index, 15U);
    EXPECT_EQ(LogReader::open(copy_.string()).error().code, coefficient::ErrorCode::kDataLoss);
  }
}

namespace {

/// A log whose keys changed at record 9, and what its directory held at record 4.
class EpochRecoveryTest : public RecoveryTest {
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
TEST_F(EpochRecoveryTest, ALogThatWasPutBackToBeforeItsKeys) {
  test::copy_log(dir(), copy_.path());
  for (const std::string& name : {segment_.filename().string(), std::string("checkpoints")})
    test::write_all(copy_.path() / name, test::read_all(early_.path() / name));
  expect_damage(DamageKind::kTruncated, 4, reopen());
  EXPECT_EQ(LogReader::open(copy_.string()).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(verify_log(copy_.string())->damages.at(0).kind, DamageKind::kTruncated);
}

// A thief of the key in office writes anew a record from before its term, and signs that.
TEST_F(EpochRecoveryTest, AThiefOfTheKeyCannotWriteAnewWhatWasBeforeIt) {
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

// What a checkpoint confirms is not said to be wrong: it is the header of the next segment.
TEST_F(RecoveryTest, AHeaderThatContradictsWhatWasSigned) {
  {
    auto log = open();
    ASSERT_TRUE(log->checkpoint());
    ASSERT_TRUE(log->rotate());
    ASSERT_TRUE(log->append(event()));
    ASSERT_TRUE(log->rotate());
    ASSERT_TRUE(log->append(event()));
  }
  const auto names = test::segments(temp_.path());
  ASSERT_EQ(names.size(), 3U);
  // Record 18 has no checkpoint of its own: what is wrong may be that record or the header.
  const std::vector<std::pair<std::uint64_t, DamageKind>> cases = {{18, DamageKind::kCorrupt},
                                                                   {19, DamageKind::kForked}};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto [first, kind] = cases[i];
    ASSERT_EQ(names[i + 1], segment_name(SegmentKind::kRecords, first));
    test::copy_log(dir(), copy_.path());
    const SegmentHeaderBytes header = encode_header(
        SegmentKind::kRecords, {.flags = 0, .first_index = first, .root = empty_root()});
    std::string bytes = test::read_all(path(names[i + 1]));
    bytes.replace(0, header.size(), reinterpret_cast<const char*>(header.data()), header.size());
    test::write_all(copy_.path() / names[i + 1], bytes);
    EXPECT_FALSE(reopen());
    const auto report = verify_log(copy_.string());
    EXPECT_EQ(report->damages.at(0).kind, kind);
    EXPECT_EQ(report->damages.at(0).first_index, 18U);
    EXPECT_EQ(report->damages.at(0).end_index, 19U);
  }
}
