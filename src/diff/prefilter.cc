#include "diff/prefilter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#if defined(__x86_64__) || defined(__i386__)
#define COEFFICIENT_PREFILTER_X86 1
#include <immintrin.h>
#endif

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

using Tables = Prefilter::Tables;
constexpr std::size_t kStep = 64;  // places that a scanner looks at in one call

// Each returns a bit for each of the kStep places from `at`, at[kStep + 2] being readable.
std::uint64_t scan_portable(const Tables& tables, const char* at) noexcept {
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < kStep; ++i) {
    unsigned groups = 0xff;
    for (std::size_t j = 0; j < Prefilter::kWidth; ++j) {
      const auto c = static_cast<unsigned char>(at[i + j]);
      groups &= static_cast<unsigned>(tables.low[j][c & 15U]) & tables.high[j][c >> 4U];
    }
    found |= std::uint64_t{groups != 0} << i;
  }
  return found;
}

#ifdef COEFFICIENT_PREFILTER_X86
__attribute__((target("ssse3"))) std::uint64_t scan_ssse3(const Tables& tables,
                                                          const char* at) noexcept {
  const __m128i half = _mm_set1_epi8(15);
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < kStep; i += 16) {
    __m128i groups = _mm_set1_epi8(-1);
    for (std::size_t j = 0; j < Prefilter::kWidth; ++j) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i + j));
      const __m128i low = _mm_load_si128(reinterpret_cast<const __m128i*>(tables.low[j].data()));
      const __m128i high = _mm_load_si128(reinterpret_cast<const __m128i*>(tables.high[j].data()));
      groups = _mm_and_si128(groups, _mm_shuffle_epi8(low, _mm_and_si128(bytes, half)));
      groups = _mm_and_si128(
          groups, _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi16(bytes, 4), half)));
    }
    const auto none = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(groups, _mm_setzero_si128())));
    found |= std::uint64_t{none ^ 0xffffU} << i;
  }
  return found;
}

__attribute__((target("avx2"))) std::uint64_t scan_avx2(const Tables& tables,
                                                        const char* at) noexcept {
  const __m256i half = _mm256_set1_epi8(15);
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < kStep; i += 32) {
    __m256i groups = _mm256_set1_epi8(-1);
    for (std::size_t j = 0; j < Prefilter::kWidth; ++j) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + i + j));
      const __m256i low = _mm256_broadcastsi128_si256(
          _mm_load_si128(reinterpret_cast<const __m128i*>(tables.low[j].data())));
      const __m256i high = _mm256_broadcastsi128_si256(
          _mm_load_si128(reinterpret_cast<const __m128i*>(tables.high[j].data())));
      groups = _mm256_and_si256(groups, _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half)));
      groups = _mm256_and_si256(
          groups, _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
    }
    const auto none = static_cast<unsigned>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(groups, _mm256_setzero_si256())));
    found |= std::uint64_t{~none} << i;
  }
  return found;
}
#endif

std::uint64_t scan_step(Prefilter::Isa isa, const Tables& tables, const char* at) noexcept {
#ifdef COEFFICIENT_PREFILTER_X86
  if (isa == Prefilter::Isa::kAvx2) return scan_avx2(tables, at);
  if (isa == Prefilter::Isa::kSsse3) return scan_ssse3(tables, at);
#else
  (void)isa;
#endif
  return scan_portable(tables, at);
}

// The case of letters makes no difference to it.
std::uint32_t hash(std::uint32_t three_bytes, std::uint32_t bits) noexcept {
  return ((three_bytes & 0xffffffU) | 0x202020U) * 0x9e3779b1U >> (32U - bits);
}

// How rare a byte is in source code: the more, the better to look for.
int rarity(char c) noexcept {
  if (is(CharClass::kLetter, c) && c == fold(c))
    return char_class::any_of("zqjxkvw", c) ? 3 : char_class::any_of("etaoinsr", c) ? 0 : 1;
  return c == '/' || c == '.' || c == '-' || c == '_' ? 2 : 3;
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
      Anchor anchor{&pattern, pattern.anchors.substr(from, bar - from), 0};
      int best = -1;
      for (std::size_t i = 0; i + kWidth <= anchor.word.size(); ++i) {
        int sum = 0;
        for (std::size_t j = 0; j < kWidth; ++j) sum += rarity(anchor.word[i + j]);
        if (sum > best) anchor.window = i;
        best = std::max(best, sum);
      }
      anchors_.push_back(anchor);
      from = bar + 1;
    }
  }
  // In the order of their bytes, so that the anchors of a group are alike and let little else by.
  const auto window = [](const Anchor& anchor) { return anchor.word.substr(anchor.window, kWidth); };
  std::stable_sort(anchors_.begin(), anchors_.end(), [&](const Anchor& a, const Anchor& b) {
    return window(a) < window(b);
  });
  std::vector<Anchor> sorted;
  for (std::size_t i = 0; i < anchors_.size(); ++i) {
    const WindowSets sets = window_sets(anchors_[i]);
    const auto group = static_cast<std::uint8_t>(1U << (i * 8 / anchors_.size()));
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
    first_[c] = static_cast<std::uint16_t>(sorted.size());
    for (const Anchor& anchor : anchors_)
      if (window_sets(anchor)[0][c]) sorted.push_back(anchor);
  }
  first_[256] = static_cast<std::uint16_t>(sorted.size());
  anchors_ = std::move(sorted);
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

std::uint64_t Prefilter::confirm(const char* at, std::uint64_t candidates) const noexcept {
  std::uint64_t confirmed = 0;
  for (; candidates != 0; candidates &= candidates - 1) {
    const int i = std::countr_zero(candidates);
    std::array<unsigned char, 3> bytes{};
    std::memcpy(bytes.data(), at + i, bytes.size());
    const std::uint32_t h = hash(bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8U |
                                     static_cast<std::uint32_t>(bytes[2]) << 16U,
                                 kHashBits);
    confirmed |= (hashes_[h / 64] >> (h % 64) & 1U) << i;
  }
  return confirmed;
}

bool Prefilter::scan(std::string_view text, std::size_t beyond, Bits& bits,
                     Isa isa) const noexcept {
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < text.size(); i += kStep) {
    const std::size_t here = std::min(text.size() - i, kStep);
    const char* at = text.data() + i;
    std::array<char, kStep + kWidth> padded{};  // what lies behind the text reads as zeros
    if (text.size() - i + beyond < padded.size()) {
      std::memcpy(padded.data(), at, text.size() - i + beyond);
      at = padded.data();
    }
    std::uint64_t found = scan_step(isa, tables_, at);
    if (here < kStep) found &= (std::uint64_t{1} << here) - 1;
    if (found != 0) found = confirm(at, found);
    bits[i / kStep] = found;
    any |= found;
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
  return npos;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
