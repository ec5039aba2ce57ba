#ifndef COEFFICIENT_SRC_RATELIMIT_SIP_HASH_H_
#define COEFFICIENT_SRC_RATELIMIT_SIP_HASH_H_

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// SipHash-1-3 (Aumasson and Bernstein, SipHash: a fast short-input PRF; as in Rust's and Python's
/// tables). Who does not know the key cannot choose texts that fall on one place of a table. It
/// authenticates nothing. OpenSSL's, at half a microsecond a call, takes ten times what a whole
/// decision may.
///
/// Thread safety: immutable.
class SipHash13 {
 public:
  using Key = std::array<std::uint64_t, 2>;

  explicit SipHash13(const Key& key) noexcept
      : start_{0x736f6d6570736575U ^ key[0], 0x646f72616e646f6dU ^ key[1],
               0x6c7967656e657261U ^ key[0], 0x7465646279746573U ^ key[1]} {}

  [[gnu::always_inline]] std::uint64_t operator()(std::string_view text) const noexcept {
    State v = start_;
    const char* from = text.data();
    for (std::size_t left = text.size(); left >= 8; left -= 8, from += 8) v.absorb(load(from));
    v.absorb(load_rest(text) | std::uint64_t{text.size()} << 56U);
    v.c ^= 0xff;
    v.round();
    v.round();
    v.round();
    return v.a ^ v.b ^ v.c ^ v.d;
  }

 private:
  struct State {
    std::uint64_t a, b, c, d;

    void absorb(std::uint64_t word) noexcept {
      d ^= word;
      round();
      a ^= word;
    }
    void round() noexcept {
      a += b;
      c += d;
      b = std::rotl(b, 13) ^ a;
      d = std::rotl(d, 16) ^ c;
      a = std::rotl(a, 32);
      c += b;
      a += d;
      b = std::rotl(b, 17) ^ c;
      d = std::rotl(d, 21) ^ a;
      c = std::rotl(c, 32);
    }
  };

  // Little-endian.
  static std::uint64_t load(const char* from) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
  }
  // What is left of `text` after its last whole word.
  static std::uint64_t load_rest(std::string_view text) noexcept {
    const std::size_t rest = text.size() % 8;
    if (rest == 0) return 0;
    const char* const end = text.data() + text.size();
    if (text.size() > 8) return load(end - 8) >> (64 - 8 * rest);
    std::uint64_t word = 0;
    for (const char* at = end; at != text.data();)
      word = word << 8U | static_cast<unsigned char>(*--at);
    return word;
  }

  State start_;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_SIP_HASH_H_
