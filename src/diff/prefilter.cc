#include "diff/prefilter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <utility>

#if defined(__x86_64__) || defined(__i386__)
#define COEFFICIENT_PREFILTER_X86 1
#include <immintrin.h>
#endif

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

using Tables = Prefilter::Tables;
constexpr std::size_t kStep = 64;  // places that a scanner looks at in one call

// Each writes a bit for each of `steps` times kStep places from `at`; the kWidth - 1 bytes behind
// them are readable.
using Scan = void (*)(const Tables&, const char* at, std::size_t steps, std::uint64_t* bits);

void scan_portable(const Tables& tables, const char* at, std::size_t steps, std::uint64_t* bits) {
  const auto groups = [&](const char* p, std::size_t j) {
    const auto c = static_cast<unsigned char>(p[j]);
    return static_cast<unsigned>(tables.low[j][c & 15U]) & tables.high[j][c >> 4U];
  };
  for (; steps > 0; --steps, ++bits) {
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < kStep; ++i, ++at) {
      const unsigned first = groups(at, 0) & groups(at, 1);
      if (first != 0 && (first & groups(at, 2) & groups(at, 3)) != 0)
        found |= std::uint64_t{1} << i;
    }
    *bits = found;
  }
}

#ifdef COEFFICIENT_PREFILTER_X86
// C arrays: as an argument of a template a vector type loses its alignment.
__attribute__((target("ssse3"))) void scan_ssse3(const Tables& tables, const char* at,
                                                 std::size_t steps, std::uint64_t* bits) {
  using Table = __m128i;
  Table low[Prefilter::kWidth]{};   // NOLINT(*-avoid-c-arrays)
  Table high[Prefilter::kWidth]{};  // NOLINT(*-avoid-c-arrays)
  for (std::size_t j = 0; j < Prefilter::kWidth; ++j) {
    low[j] = _mm_load_si128(reinterpret_cast<const Table*>(tables.low[j].data()));
    high[j] = _mm_load_si128(reinterpret_cast<const Table*>(tables.high[j].data()));
  }
  const __m128i half = _mm_set1_epi8(15);
  for (; steps > 0; --steps, ++bits) {
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < kStep; i += sizeof(__m128i), at += sizeof(__m128i)) {
      __m128i groups = _mm_set1_epi8(-1);
#pragma GCC unroll 4
      for (std::size_t j = 0; j < Prefilter::kWidth; ++j) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + j));
        const __m128i upper = _mm_and_si128(_mm_srli_epi16(bytes, 4), half);
        groups = _mm_and_si128(groups, _mm_shuffle_epi8(low[j], _mm_and_si128(bytes, half)));
        groups = _mm_and_si128(groups, _mm_shuffle_epi8(high[j], upper));
      }
      const auto none =
          static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(groups, _mm_setzero_si128())));
      found |= std::uint64_t{none ^ 0xffffU} << i;
    }
    *bits = found;
  }
}

__attribute__((target("avx2"))) void scan_avx2(const Tables& tables, const char* at,
                                               std::size_t steps, std::uint64_t* bits) {
  using Table = __m128i;
  __m256i low[Prefilter::kWidth]{};   // NOLINT(*-avoid-c-arrays)
  __m256i high[Prefilter::kWidth]{};  // NOLINT(*-avoid-c-arrays)
  for (std::size_t j = 0; j < Prefilter::kWidth; ++j) {
    low[j] = _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const Table*>(tables.low[j].data())));
    high[j] = _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const Table*>(tables.high[j].data())));
  }
  const __m256i half = _mm256_set1_epi8(15);
  for (; steps > 0; --steps, ++bits) {
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < kStep; i += sizeof(__m256i), at += sizeof(__m256i)) {
      __m256i groups = _mm256_set1_epi8(-1);
#pragma GCC unroll 4
      for (std::size_t j = 0; j < Prefilter::kWidth; ++j) {
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + j));
        const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
        groups =
            _mm256_and_si256(groups, _mm256_shuffle_epi8(low[j], _mm256_and_si256(bytes, half)));
        groups = _mm256_and_si256(groups, _mm256_shuffle_epi8(high[j], upper));
      }
      const auto none = static_cast<unsigned>(
          _mm256_movemask_epi8(_mm256_cmpeq_epi8(groups, _mm256_setzero_si256())));
      found |= std::uint64_t{~none} << i;
    }
    *bits = found;
  }
}
#endif

Scan scan_for(Prefilter::Isa isa) noexcept {
#ifdef COEFFICIENT_PREFILTER_X86
  if (isa == Prefilter::Isa::kAvx2) return scan_avx2;
  if (isa == Prefilter::Isa::kSsse3) return scan_ssse3;
#else
  (void)isa;
#endif
  return scan_portable;
}

// The case of letters makes no difference to it.
std::uint32_t hash(std::uint32_t three_bytes, std::uint32_t bits) noexcept {
  return ((three_bytes & 0xffffffU) | 0x202020U) * 0x9e3779b1U >> (32U - bits);
}

}  // namespace

Prefilter::WindowSets Prefilter::window_sets(const Anchor& anchor) {
  WindowSets sets{};
  const SecretPattern& pattern = *anchor.pattern;
  for (std::size_t j = 0; j < kWidth; ++j) {
    const std::size_t i = anchor.window + j;
    for (std::size_t c = 0; c < 256; ++c) {
      const char byte = static_cast<char>(c);
      if (i < anchor.word.size())
        sets[j][c] = (pattern.ignore_case ? fold(byte) : byte) == anchor.word[i];
      else if (pattern.part_count > 0 && i - anchor.word.size() < pattern.parts[0].min)
        sets[j][c] = is(pattern.parts[0].cls, byte);
      else
        sets[j][c] = true;
    }
  }
  return sets;
}

void Prefilter::add_hashes(const WindowSets& sets) {
  for (std::uint32_t a = 0; a < 256; ++a) {
    if (!sets[0][a]) continue;
    for (std::uint32_t b = 0; b < 256; ++b) {
      if (!sets[1][b]) continue;
      for (std::uint32_t c = 0; c < 256; ++c) {
        if (!sets[2][c]) continue;
        const std::uint32_t h = hash(a | b << 8U | c << 16U, kHashBits);
        hashes_[h / 64] |= std::uint64_t{1} << (h % 64);
      }
    }
  }
}

Prefilter::Prefilter(std::span<const SecretPattern> patterns) {
  for (const SecretPattern& pattern : patterns) {
    for (std::size_t from = 0; from <= pattern.anchors.size();) {
      const std::size_t bar = std::min(pattern.anchors.find('|', from), pattern.anchors.size());
      Anchor anchor{&pattern, std::string(pattern.anchors.substr(from, bar - from)), 0};
      if (const std::size_t mark = anchor.word.find('^'); mark != std::string::npos) {
        anchor.word.erase(mark, 1);
        anchor.window = mark;
      }
      anchors_.push_back(std::move(anchor));
      from = bar + 1;
    }
  }
  std::vector<Anchor> by_first;
  std::vector<WindowSets> all_sets;
  for (const Anchor& anchor : anchors_) {
    const WindowSets& sets = all_sets.emplace_back(window_sets(anchor));
    const auto group = static_cast<std::uint8_t>(1U << anchor.pattern->group);
    for (std::size_t j = 0; j < kWidth; ++j) {
      for (std::size_t c = 0; c < 256; ++c) {
        if (!sets[j][c]) continue;
        tables_.low[j][c & 15U] |= group;
        tables_.high[j][c >> 4U] |= group;
      }
    }
    add_hashes(sets);
  }
  for (std::size_t c = 0; c < 256; ++c) {
    first_[c] = static_cast<std::uint16_t>(by_first.size());
    for (std::size_t i = 0; i < anchors_.size(); ++i)
      if (all_sets[i][0][c]) by_first.push_back(anchors_[i]);
  }
  first_[256] = static_cast<std::uint16_t>(by_first.size());
  anchors_ = std::move(by_first);
}

const Prefilter& Prefilter::instance() {
  static const Prefilter filter(secret_patterns());
  return filter;
}

Prefilter::Isa Prefilter::best() noexcept {
#ifdef COEFFICIENT_PREFILTER_X86
  if (__builtin_cpu_supports("avx2") != 0) return Isa::kAvx2;
  if (__builtin_cpu_supports("ssse3") != 0) return Isa::kSsse3;
#endif
  return Isa::kPortable;
}

std::uint64_t Prefilter::confirm(const char* at, std::size_t readable,
                                 std::uint64_t candidates) const noexcept {
  std::uint64_t confirmed = 0;
  for (; candidates != 0; candidates &= candidates - 1) {
    const int i = std::countr_zero(candidates);
    std::array<unsigned char, 3> bytes{};
    const auto here = static_cast<std::size_t>(i);
    if (readable - here >= bytes.size())
      std::memcpy(bytes.data(), at + i, bytes.size());
    else
      std::memcpy(bytes.data(), at + i, readable - here);
    const std::uint32_t h = hash(bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8U |
                                     static_cast<std::uint32_t>(bytes[2]) << 16U,
                                 kHashBits);
    confirmed |= (hashes_[h / 64] >> (h % 64) & 1U) << i;
  }
  return confirmed;
}

bool Prefilter::scan(std::string_view text, std::size_t beyond, Bits& bits,
                     Isa isa) const noexcept {
  const Scan scan_steps = scan_for(isa);
  const std::size_t readable = text.size() + beyond;
  const std::size_t whole =
      readable < kWidth ? 0 : std::min(text.size(), readable - (kWidth - 1)) / kStep;
  scan_steps(tables_, text.data(), whole, bits.data());
  const std::size_t done = whole * kStep;
  const std::size_t rest = text.size() - done;  // up to kStep + kWidth - 2
  if (rest > 0) {
    std::array<char, 3 * kStep> padded{};  // what lies behind the text reads as zeros
    std::memcpy(padded.data(), text.data() + done, std::min(readable - done, rest + kWidth - 1));
    std::array<std::uint64_t, 2> last{};
    scan_steps(tables_, padded.data(), last.size(), last.data());
    const std::uint64_t mask = (std::uint64_t{1} << (rest % kStep)) - 1;
    bits[whole] = rest < kStep ? last[0] & mask : last[0];
    if (rest > kStep) bits[whole + 1] = last[1] & mask;
  }
  std::uint64_t any = 0;
  for (std::size_t i = 0; i * kStep < text.size(); ++i) {
    if (bits[i] == 0) continue;
    bits[i] = confirm(text.data() + i * kStep, readable - i * kStep, bits[i]);
    any |= bits[i];
  }
  return any != 0;
}

void Candidates::set_input(std::string_view raw) noexcept {
  input_ = raw;
  source_ = {};
  block_ = {};
}

void Candidates::set_line(std::string_view text) noexcept {
  line_ = text;
  const std::less_equal<> not_after;
  const bool inside = not_after(input_.data(), text.data()) &&
                      not_after(text.data() + text.size(), input_.data() + input_.size());
  const std::string_view source = inside ? input_ : text;
  if (!inside || source.data() != source_.data()) block_ = {};
  source_ = source;
}

void Candidates::load(const char* at) noexcept {
  const auto offset = static_cast<std::size_t>(at - source_.data());
  const std::size_t start = offset - offset % Prefilter::kBlock;
  block_ = source_.substr(start, Prefilter::kBlock);
  any_ = filter_->scan(block_, source_.size() - start - block_.size(), bits_, isa_);
}

std::size_t Candidates::next(std::size_t from) noexcept {
  const char* const end = line_.data() + line_.size();
  const std::less<> before;
  for (const char* at = line_.data() + from; before(at, end);) {
    if (before(at, block_.data()) || !before(at, block_.data() + block_.size())) load(at);
    const char* const stop = std::min(end, block_.data() + block_.size(), before);
    if (any_) {
      const auto last = static_cast<std::size_t>(stop - block_.data());
      for (auto i = static_cast<std::size_t>(at - block_.data()); i < last; i += 64 - i % 64) {
        const std::uint64_t bits = bits_[i / 64] >> (i % 64);
        if (bits == 0) continue;
        const std::size_t found = i + static_cast<std::size_t>(std::countr_zero(bits));
        if (found >= last) break;
        return static_cast<std::size_t>(block_.data() + found - line_.data());
      }
    }
    at = stop;
  }
  return kNone;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
