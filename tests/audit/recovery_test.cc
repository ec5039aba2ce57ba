// What may happen to the files of a log between two runs: torn writes, which recovery repairs, and
// damage, which it must not.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

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
using test::RecoveryTest;
namespace fs = std::filesystem;

namespace {

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
      const bool confirmed = whole == 15;
      EXPECT_EQ((*opened)->size(), whole + (clean && confirmed ? 0 : 1)) << "log.recovered";
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

// A file can be made to have any size at no cost: reading it costs no memory, either.
TEST_F(RecoveryTest, ATailOfHolesIsNotReadIntoMemory) {
  const auto peak = [] {  // KiB
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  test::copy_log(dir(), copy_.path());
  const fs::path segment = copy_.path() / segment_.filename();
  fs::resize_file(segment, std::uintmax_t{1} << 30);
  const long before = peak();
  EXPECT_TRUE(verify_log(copy_.string())->intact());
  auto reader = LogReader::open(copy_.string());
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->record(3));
  EXPECT_LT(peak() - before, 100 << 10);
  // Behind more than a batch of zeros no write was interrupted.
  std::fstream(segment, std::ios::in | std::ios::out | std::ios::binary)
      .seekp((std::streamoff{1} << 30) - 1)
      .put('x');
  EXPECT_EQ(verify_log(copy_.string())->damages.at(0).first_index, 18U);
  expect_damage(DamageKind::kCorrupt, 18, reopen());
  EXPECT_LT(peak() - before, 100 << 10);
  fs::resize_file(segment, 2'147'480'000);
  expect_damage(DamageKind::kCorrupt, 0, reopen());
}

TEST_F(RecoveryTest, WhatIsWholeOpens) {
  {
    const auto opened = open_with(bytes_, {.expected_min_checkpoint = anchor_});
    ASSERT_TRUE(opened) << opened.error().error.message;
    EXPECT_EQ((*opened)->recovered_bytes(), 0U);
    ASSERT_EQ((*opened)->size(), 19U);
    ASSERT_TRUE((*opened)->close());
  }
  // That nothing vouched for three of them is on record before they are signed.
  const Record last = test::records(copy_.string()).back();
  EXPECT_EQ(last.action, "log.recovered");
  EXPECT_EQ(last.details, (Value::Object{{"unconfirmed_from", 15}}));
  const auto report = verify_log(copy_.string());
  ASSERT_TRUE(report && report->intact());
  EXPECT_TRUE(std::ranges::any_of(report->limits, [](const std::string& limit) {
    return limit.find("Records 15 to 17") != std::string::npos;
  }));
  ASSERT_TRUE(reopen());
  EXPECT_EQ(test::records(copy_.string()).size(), 19U) << "all are signed by now";
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
  std::vector<std::size_t> cuts = {whole - 2, whole - 1};
  for (std::size_t cut = 1; cut < whole - 2; cut += 13) cuts.push_back(cut);
  for (const std::size_t cut : cuts) {
    for (const std::string& zeros : {std::string(), std::string(100, '\0')}) {
      test::write_all(path("checkpoints"), notes + notes.substr(0, cut) + zeros);
      EXPECT_EQ(verify_log(dir())->torn_checkpoint_bytes, cut + zeros.size());
      auto opened = open_with(bytes_);
      ASSERT_TRUE(opened) << cut << opened.error().error.message;
      ASSERT_TRUE((*opened)->close());
      const Record own = test::records(copy_.string()).back();
      EXPECT_EQ(own.action, "log.recovered");
      EXPECT_EQ(own.details.at("cut_checkpoint_bytes"),
                Value(static_cast<std::int64_t>(cut + zeros.size())));
      const auto report = verify_log(copy_.string());
      EXPECT_TRUE(report->intact());
      EXPECT_EQ(report->torn_checkpoint_bytes, 0U);
    }
  }
}

// No interrupted write leaves this behind the last checkpoint: nor does cutting it off go unseen.
TEST_F(RecoveryTest, WhatIsNotTheBeginningOfACheckpointIsDamage) {
  const std::string notes = test::read_all(path("checkpoints"));
  const std::string note = std::string(split_notes(notes).notes.at(0)) + "\n";
  ASSERT_TRUE(notes.ends_with("\n\n"));
  std::vector<std::string> cases = {notes + "garbage garbage",
                                    notes + "\n",
                                    notes + note.substr(0, note.size() - 1) + "x",
                                    notes + note.substr(0, note.size() - 2) + "=",
                                    notes + note.substr(0, 40) + '\0' + note,
                                    notes.substr(0, notes.size() - 1) + "x"};
  for (const std::size_t back : {1U, 2U}) {
    for (int bit = 0; bit < 8; ++bit) {
      cases.push_back(notes);
      cases.back()[notes.size() - back] ^= static_cast<char>(1 << bit);
    }
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    test::write_all(path("checkpoints"), cases[i]);
    EXPECT_FALSE(verify_log(dir())->intact());
    EXPECT_EQ(LogReader::open(dir()).error().code, coefficient::ErrorCode::kDataLoss);
    expect_damage(DamageKind::kCorrupt, 0, open_with(bytes_));
    EXPECT_EQ(test::read_all(copy_.path() / "checkpoints"), cases[i]) << "nothing was changed";
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
  // Even if the records are cut to where it reaches: what was signed since is in the file.
  const std::string cut = bytes_.substr(0, frame_starts(bytes_)[5]);
  expect_damage(DamageKind::kCorrupt, 0, open_with(cut));
  EXPECT_EQ(LogReader::open(copy_.string()).error().code, coefficient::ErrorCode::kDataLoss);
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
  // Record 18 is a log.recovered. Record 19 has no checkpoint of its own: what is wrong may be that
  // record or the header.
  const std::vector<std::pair<std::uint64_t, DamageKind>> cases = {{19, DamageKind::kCorrupt},
                                                                   {20, DamageKind::kForked}};
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
    EXPECT_EQ(report->damages.at(0).first_index, 19U);
    EXPECT_EQ(report->damages.at(0).end_index, 20U);
  }
}
