// The archive's files, byte by byte: what is read is what was written and nothing else.
#include "sqlite/segment.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <string>

#include "core/crypto/digest.h"
#include "sqlite/patchset.h"
#include "store_support.h"

using namespace coefficient;
using namespace coefficient::sqlite;
using Bytes = std::vector<std::byte>;

namespace {

// A patchset by hand: its parts as text.
Bytes patchset(std::initializer_list<std::string_view> parts) {
  Bytes out;
  for (const std::string_view part : parts) {
    const auto bytes = std::as_bytes(std::span(part));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

using namespace std::string_view_literals;
constexpr auto kHeader = "P\2\1\0data_keys_revision\0"sv;
constexpr auto kInsert = "\x12\0\3\1t\1\0\0\0\0\0\0\0\5"sv;
constexpr auto kUpdate = "\x17\0\3\1t\1\0\0\0\0\0\0\0\6"sv;
constexpr auto kDelete = "\x09\0\3\1t"sv;

Segment sample(const Bytes& first, const Bytes& second) {
  Segment segment;
  segment.database.fill(std::byte{3});
  segment.previous.fill(std::byte{4});
  segment.changes = {{.seq = 41, .time_ms = 1000, .schema = 1, .changeset = first},
                     {.seq = 42, .time_ms = 1000, .schema = 1, .changeset = second}};
  return segment;
}

// Gives changed bytes a right hash again: what is then refused is refused by the parser.
void seal(Bytes& bytes) {
  const auto content = std::span<const std::byte>(bytes).first(bytes.size() - 32);
  std::ranges::copy(*crypto::sha256({content}), bytes.end() - 32);
}

}  // namespace

TEST(Patchset, OnlyWhatAVaultWritesIsOne) {
  EXPECT_TRUE(check_patchset(patchset({kHeader, kInsert, kUpdate, kDelete})));
  EXPECT_TRUE(check_patchset(patchset({kHeader, kInsert, kHeader, kDelete})));
  const std::vector<std::pair<const char*, Bytes>> refused = {
      {"nothing", {}},
      {"a header alone", patchset({kHeader})},
      {"two headers", patchset({kHeader, kHeader, kInsert})},
      {"a changeset", patchset({"T\2\1\0data_keys_revision\0"sv, kInsert})},
      {"an unknown table", patchset({"P\2\1\0changelog\0"sv, kInsert})},
      {"meta", patchset({"P\2\1\0meta\0"sv, kInsert})},
      {"another number of columns", patchset({"P\3\1\0\0data_keys_revision\0"sv, kInsert})},
      {"another key", patchset({"P\2\1\2data_keys_revision\0"sv, kInsert})},
      {"the key elsewhere", patchset({"P\2\0\1data_keys_revision\0"sv, kInsert})},
      {"too many columns", patchset({"P\x41"sv, std::string(65, '\1'), "record\0"sv})},
      {"a long varint", patchset({"P\x80\2\1\0data_keys_revision\0"sv, kInsert})},
      {"an endless varint", patchset({"P\xff\xff\xff\xff\xff\xff\xff\xff"sv})},
      {"a name without an end", patchset({"P\2\1\0data_keys_revision"sv})},
      {"an unknown operation", patchset({kHeader, "\x13\0\3\1t\1\0\0\0\0\0\0\0\5"sv})},
      {"an indirect change", patchset({kHeader, "\x12\1\3\1t\1\0\0\0\0\0\0\0\5"sv})},
      {"a row without a column", patchset({kHeader, "\x12\0\3\1t\0"sv})},
      {"a row without its key", patchset({kHeader, "\x12\0\0\1\0\0\0\0\0\0\0\5"sv})},
      {"an update of nothing", patchset({kHeader, "\x17\0\3\1t\0"sv})},
      {"a real number", patchset({kHeader, "\x12\0\3\1t\2\0\0\0\0\0\0\0\5"sv})},
      {"a NULL", patchset({kHeader, "\x12\0\3\1t\5"sv})},
      {"a text over the end", patchset({kHeader, "\x12\0\3\x7ft\1\0\0\0\0\0\0\0\5"sv})},
      {"a text of 4 GiB", patchset({kHeader, "\x12\0\3\x8f\xff\xff\xff\x7ft"sv})},
      {"half a number", patchset({kHeader, "\x12\0\3\1t\1\0\0\0"sv})},
  };
  for (const auto& [name, bytes] : refused) {
    const auto checked = check_patchset(bytes);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, ErrorCode::kDataLoss) << name;
  }
}

TEST(Patchset, EveryPrefixIsRefusedOrEndsWithAChange) {
  const Bytes whole = patchset({kHeader, kInsert, kUpdate, kDelete});
  const std::size_t ends[] = {kHeader.size() + kInsert.size(),
                              kHeader.size() + kInsert.size() + kUpdate.size(), whole.size()};
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const bool end = std::ranges::find(ends, size) != std::end(ends);
    EXPECT_EQ(check_patchset(std::span(whole).first(size)).has_value(), end) << size;
  }
}

TEST(SegmentFile, ComesBackAsItWasWritten) {
  const Bytes first = patchset({kHeader, kInsert});
  const Bytes second = patchset({kHeader, kUpdate});
  const Segment segment = sample(first, second);
  const auto bytes = write_segment(segment);
  ASSERT_TRUE(bytes);
  const auto again = read_segment(*bytes);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->database, segment.database);
  EXPECT_EQ(again->previous, segment.previous);
  EXPECT_EQ(again->first_seq(), 41);
  EXPECT_EQ(again->last_seq(), 42);
  EXPECT_TRUE(std::ranges::equal(again->changes[1].changeset, second));
  const auto one = chain_hash(segment.previous, segment.changes[0]);
  EXPECT_EQ(again->last, *chain_hash(*one, segment.changes[1]));
  EXPECT_EQ(*write_segment(*again), *bytes);
}

TEST(SegmentFile, EveryFlippedBitAndEveryPrefixIsRefused) {
  const Bytes first = patchset({kHeader, kInsert});
  const Bytes bytes = *write_segment(sample(first, first));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    ASSERT_FALSE(read_segment(flipped)) << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_FALSE(read_segment(std::span(bytes).first(size))) << size;
}

TEST(SegmentFile, FieldsOutOfRangeAreRefusedUnderARightHash) {
  const Bytes first = patchset({kHeader, kInsert});
  const Bytes bytes = *write_segment(sample(first, first));
  const std::size_t second_at = 72 + 12 + first.size();
  const std::vector<std::pair<const char*, std::function<void(Bytes&)>>> cases = {
      {"schema 0", [](Bytes& b) { b[7] = std::byte{0}; }},
      {"seq 0", [](Bytes& b) { b[31] = std::byte{0}; }},
      {"a negative seq", [](Bytes& b) { b[24] = std::byte{0x80}; }},
      {"no change", [](Bytes& b) { b[35] = std::byte{0}; }},
      {"one change too few", [](Bytes& b) { b[35] = std::byte{1}; }},
      {"one change too many", [](Bytes& b) { b[35] = std::byte{3}; }},
      {"four billion changes", [](Bytes& b) { b[32] = std::byte{0xff}; }},
      {"a reserved byte", [](Bytes& b) { b[36] = std::byte{1}; }},
      {"a time too late", [](Bytes& b) { b[72] = std::byte{1}; }},
      {"times out of order", [&](Bytes& b) { b[second_at + 7] = std::byte{0}; }},
      {"a length too large", [](Bytes& b) { b[80] = std::byte{0xff}; }},
      {"a changeset of another kind", [](Bytes& b) { b[84] = std::byte{'T'}; }},
      {"a byte more", [](Bytes& b) { b.insert(b.begin() + 72, std::byte{0}); }},
  };
  for (const auto& [name, change] : cases) {
    Bytes changed = bytes;
    change(changed);
    seal(changed);
    const auto read = read_segment(changed);
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().code, ErrorCode::kDataLoss) << name;
  }
}

TEST(StartFile, ComesBackAsItWasWrittenAndNoBitOfItMayChange) {
  Start start;
  start.database.fill(std::byte{1});
  start.pruned = true;
  start.seq = 77;
  start.time_ms = 123456789;
  start.chain.fill(std::byte{2});
  const auto bytes = write_start(start);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->size(), kStartBytes);
  const auto again = read_start(*bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(*write_start(*again), *bytes);
  EXPECT_TRUE(again->pruned);
  EXPECT_EQ(again->seq, 77);
  for (std::size_t bit = 0; bit < bytes->size() * 8; ++bit) {
    Bytes flipped = *bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    ASSERT_FALSE(read_start(flipped)) << bit;
  }
  for (const std::size_t at : {7U, 24U, 32U}) {  // pruned, seq, time: all far too large
    Bytes changed = *bytes;
    changed[at] = std::byte{0x7f};
    seal(changed);
    EXPECT_FALSE(read_start(changed)) << at;
  }
}

TEST(BaseFile, ComesBackAsItWasWrittenAndNoBitOfItMayChange) {
  Base base;
  base.database.fill(std::byte{1});
  base.schema = 1;
  base.seq = 77;
  base.time_ms = 123456789;
  base.size = 40960;
  base.chain.fill(std::byte{2});
  base.content.fill(std::byte{3});
  const auto bytes = write_base(base);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->size(), kBaseBytes);
  const auto again = read_base(*bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(*write_base(*again), *bytes);
  EXPECT_EQ(again->seq, 77);
  for (std::size_t bit = 0; bit < bytes->size() * 8; ++bit) {
    Bytes flipped = *bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    ASSERT_FALSE(read_base(flipped)) << bit;
  }
  for (const std::size_t at : {4U, 24U, 32U, 40U}) {  // schema, seq, time, size: all far too large
    Bytes changed = *bytes;
    std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(at), at == 4 ? 4 : 8,
                at == 4 ? std::byte{0} : std::byte{0xff});
    seal(changed);
    EXPECT_FALSE(read_base(changed)) << at;
  }
}
