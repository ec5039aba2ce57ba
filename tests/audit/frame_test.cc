// Checksums, frames and segment headers, byte by byte.
#include "audit/frame.h"

#include <gtest/gtest.h>

#include <random>

#include "audit/crc32c.h"
#include "audit/frame_search.h"
#include "audit/segment.h"
#include "support/bytes.h"
#include "support/seed.h"
#include "support/vectors.h"

using namespace coefficient;
using namespace coefficient::audit;
using test::bytes;

namespace {

std::string_view text(std::span<const std::byte> payload) {
  return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}
std::string frame(std::uint64_t index, std::string_view payload) {
  std::string out;
  append_frame(index, bytes(payload), out);
  return out;
}

}  // namespace

TEST(Crc32c, IsTheKnownOne) {
  EXPECT_EQ(crc32c(0, bytes("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c_by_tables(0, bytes("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c(0, bytes(std::string(32, '\0'))), 0x8a9136aaU);  // RFC 3720 B.4
  EXPECT_EQ(crc32c(0, {}), 0U);
}

TEST(Crc32c, TablesAndInstructionAgreeHoweverTheBytesAreCut) {
  std::mt19937 random(test::seed());
  std::string data(600, '\0');
  for (char& c : data) c = static_cast<char>(random());
  for (std::size_t size = 0; size < data.size(); ++size) {
    const auto all = bytes(data).first(size);
    const std::size_t cut = size == 0 ? 0 : random() % size;
    const std::uint32_t whole = crc32c_by_tables(0, all);
    EXPECT_EQ(crc32c(0, all), whole);
    EXPECT_EQ(crc32c(crc32c_by_tables(0, all.first(cut)), all.subspan(cut)), whole);
  }
}

TEST(Crc32c, IsArithmeticOnPolynomials) {
  EXPECT_EQ(crc32c_over_x8(crc32c_times_x8(0x12345678)), 0x12345678U);
  EXPECT_EQ(crc32c_multiply(kCrc32cOne, 0xdeadbeefU), 0xdeadbeefU);
  const std::uint32_t of_a = crc32c(0, bytes("1234"));
  std::uint32_t shift = kCrc32cOne;
  for (int i = 0; i < 5; ++i) shift = crc32c_times_x8(shift);
  EXPECT_EQ(crc32c_multiply(shift, of_a) ^ crc32c(0, bytes("56789")), 0xe3069283U);
}

TEST(Frame, IsTheKnownAnswer) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "audit/ours");
  const std::string expected = test::read_file(dir / "frames.bin");
  std::istringstream lines(test::read_file(dir / "records.jsonl"));
  std::string written;
  std::uint64_t index = 0;
  for (std::string line; std::getline(lines, line); ++index) {
    const auto read = read_frame(index, bytes(expected).subspan(written.size()));
    ASSERT_TRUE(read);
    EXPECT_EQ(text(*read), line);
    append_frame(index, bytes(line), written);
  }
  EXPECT_EQ(written, expected);
}

TEST(Frame, IsReadOnlyWhole) {
  const std::string whole = frame(5, "{\"a\":1}");
  EXPECT_EQ(text(read_frame(5, bytes(whole)).value()), "{\"a\":1}");
  EXPECT_FALSE(read_frame(4, bytes(whole)));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_frame(5, bytes(whole).first(size))) << size;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(read_frame(5, bytes(changed))) << bit;
  }
  EXPECT_FALSE(read_frame(0, bytes(std::string(100, '\0'))));
  const std::string largest = frame(1ULL << 60, std::string(kMaxPayloadBytes, 'x'));
  EXPECT_EQ(read_frame(1ULL << 60, bytes(largest))->size(), kMaxPayloadBytes);
}

TEST(Frame, IsFoundWhereverItBegins) {
  std::mt19937 random(test::seed());
  for (int round = 0; round < 300; ++round) {
    std::string junk(random() % 700, 'x');
    for (char& c : junk) c = static_cast<char>(' ' + random() % 90);
    const std::uint64_t index = (std::uint64_t{round % 2 == 0 ? 0U : 7U} << 32U) | random() % 1000;
    const std::string whole = frame(index, std::string(1 + random() % 900, 'p'));
    const auto found = find_frame(bytes(junk + whole + junk), index + random() % 5);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->at, junk.size());
    EXPECT_EQ(found->index, index);
    if (index % 1000 != 0) {
      EXPECT_FALSE(find_frame(bytes(junk + whole), index - 1));
    }
    EXPECT_FALSE(find_frame(bytes(junk + whole).first(junk.size() + whole.size() - 1), index));
  }
  EXPECT_FALSE(find_frame(bytes(std::string(5000, '\0')), 1000));
}

// Every offset looks like a frame's beginning: the search still takes linear time, or this test
// would take hours.
TEST(Frame, SearchIsLinearInHostileBytes) {
  std::string hostile(std::size_t{1} << 20, '\0');
  for (std::size_t i = 1; i < hostile.size(); i += 4) hostile[i] = '\xff';
  EXPECT_FALSE(find_frame(bytes(hostile), 3));
}

TEST(Segment, HeaderIsReadBackAndNothingElseIs) {
  SegmentHeader header{.flags = kFlagBuffered, .first_index = 1'234'567, .root = {}};
  header.root.fill(std::byte{0xab});
  for (const auto kind : {SegmentKind::kRecords, SegmentKind::kHashes}) {
    const SegmentHeaderBytes encoded = encode_header(kind, header);
    EXPECT_EQ(text(encoded).substr(0, 8), kind == SegmentKind::kRecords ? "CFAUDIT1" : "CFAUDIH1");
    const auto decoded = decode_header(kind, encoded);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->flags, header.flags);
    EXPECT_EQ(decoded->first_index, header.first_index);
    EXPECT_EQ(decoded->root, header.root);
    for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
      SegmentHeaderBytes changed = encoded;
      changed[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
      EXPECT_FALSE(decode_header(kind, changed)) << bit;
    }
    EXPECT_FALSE(decode_header(kind, std::span(encoded).first(63)));
  }
  EXPECT_FALSE(decode_header(SegmentKind::kHashes, encode_header(SegmentKind::kRecords, header)));
  header.flags = 2;
  EXPECT_FALSE(decode_header(SegmentKind::kRecords, encode_header(SegmentKind::kRecords, header)));
}

TEST(Segment, HasOneName) {
  EXPECT_EQ(segment_name(SegmentKind::kRecords, 42), "00000000000000000042.seg");
  EXPECT_EQ(segment_name(SegmentKind::kHashes, ~0ULL), "18446744073709551615.hashes");
  EXPECT_EQ(parse_segment_name(SegmentKind::kRecords, "00000000000000000042.seg"), 42U);
  for (const char* name : {"42.seg", "0000000000000000004a.seg", "00000000000000000042.hashes",
                           "99999999999999999999.seg", "-0000000000000000042.seg", ".seg", ""})
    EXPECT_FALSE(parse_segment_name(SegmentKind::kRecords, name)) << name;
}
