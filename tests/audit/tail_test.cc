// What the end of a segment is taken for.
#include "audit/tail.h"

#include <gtest/gtest.h>

#include "audit/frame.h"

using namespace coefficient;
using namespace coefficient::audit;

namespace {

constexpr std::uint64_t kIndex = 40;
constexpr std::uint64_t kOffset = 1000;  // 24 bytes before a sector begins

std::string frames(int n, std::size_t size = 300) {
  std::string out;
  for (int i = 0; i < n; ++i) {
    std::string payload(size, static_cast<char>('a' + i));
    // One bit apart from zero, which no payload has.
    for (std::size_t at = 0; at + 1 < size; at += 3) payload[at] = at % 2 == 0 ? ' ' : '@';
    append_frame(kIndex + static_cast<std::uint64_t>(i), std::as_bytes(std::span(payload)), out);
  }
  return out;
}
TailKind judge(const std::string& tail, bool buffered = false) {
  return judge_tail({.index = kIndex, .offset = kOffset, .buffered = buffered},
                    std::as_bytes(std::span(tail)));
}

}  // namespace

TEST(Tail, ZerosAreClean) {
  EXPECT_EQ(judge(""), TailKind::kClean);
  EXPECT_EQ(judge(std::string(70'000, '\0')), TailKind::kClean);
}

TEST(Tail, AnUnfinishedFrameIsTorn) {
  const std::string whole = frames(1);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_EQ(judge(whole.substr(0, size)), TailKind::kTorn) << size;
    std::string in_zeros = whole.substr(0, size) + std::string(whole.size() - size + 5000, '\0');
    EXPECT_EQ(judge(in_zeros), TailKind::kTorn) << size;
  }
}

TEST(Tail, EachFlippedBitOfAWholeFrameIsDamage) {
  for (const int n : {1, 3}) {
    for (const std::string& zeros : {std::string(), std::string(4096, '\0')}) {
      const std::string whole = frames(n) + zeros;
      for (std::size_t bit = 0; bit < 8 * frames(1).size(); ++bit) {
        std::string changed = whole;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        EXPECT_EQ(judge(changed), TailKind::kDamaged) << n << ' ' << bit;
      }
    }
  }
}

// Of one frame that was never acknowledged a disk may take any sectors, but no part of one.
TEST(Tail, SectorsOfTheOnlyFrameAreTorn) {
  const std::string whole = frames(1, 3000);
  for (const std::size_t from : {24U, 24U + 512U, 24U + 2048U}) {
    for (const std::size_t size : {512U, 511U, 1U}) {
      for (const std::size_t at : {from, from + 512 - size}) {
        std::string changed = whole;
        std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(at), size, '\0');
        EXPECT_EQ(judge(changed), size == 512 ? TailKind::kTorn : TailKind::kDamaged)
            << at << ' ' << size;
      }
    }
  }
  EXPECT_EQ(judge(whole.substr(0, 1000) + std::string(3000, '\0')), TailKind::kTorn);
}

TEST(Tail, AMissingOrMovedFrameIsDamage) {
  const std::string three = frames(3);
  const std::size_t one = frames(1).size();
  EXPECT_EQ(judge(three.substr(one)), TailKind::kDamaged);               // the first is deleted
  EXPECT_EQ(judge(three.substr(one, one) + three), TailKind::kDamaged);  // one is inserted
  std::string earlier;
  append_frame(kIndex - 3, std::as_bytes(std::span("abc", 3)), earlier);
  EXPECT_EQ(judge(earlier), TailKind::kDamaged);  // repeated
}

TEST(Tail, SectorsThatTheDiskNeverTookAreTorn) {
  const std::string whole = frames(20);
  for (const std::uint64_t from : {24U, 24U + 512U, 24U + 1024U}) {
    std::string torn = whole;
    std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(from), 512, '\0');
    std::size_t valid = 0;  // what a scan would take before it stops
    std::uint64_t index = kIndex;
    while (const auto payload = read_frame(index, std::as_bytes(std::span(torn)).subspan(valid))) {
      valid += payload->size() + kFrameHeaderBytes;
      ++index;
    }
    const TailPlace place{.index = index, .offset = kOffset + valid, .buffered = false};
    EXPECT_EQ(judge_tail(place, std::as_bytes(std::span(torn)).subspan(valid)), TailKind::kTorn);
  }
}

TEST(Tail, AHoleBeforeMoreThanABatchIsDamage) {
  std::string torn = frames(40, 60'000);
  std::fill_n(torn.begin() + 24, 512, '\0');
  EXPECT_EQ(judge(torn), TailKind::kDamaged);
  EXPECT_EQ(judge(torn, true), TailKind::kTorn);  // but for what was written without waiting
}
