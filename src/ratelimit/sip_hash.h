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

  explicit SipHash13(const Key& key) noexcept : key_(key) {}

  std::uint64_t operator()(std::string_view text) const noexcept {
    State v{0x736f6d6570736575U ^ key_[0], 0x646f72616e646f6dU ^ key_[1],
            0x6c7967656e657261U ^ key_[0], 0x7465646279746573U ^ key_[1]};
    const char* from = text.data();
    for (std::size_t left = text.size(); left >= 8; left -= 8, from += 8) v.absorb(load(from, 8));
    v.absorb(load(from, text.size() % 8) | std::uint64_t{text.size()} << 56U);
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

  // Little-endian, of up to eight bytes.
  static std::uint64_t load(const char* from, std::size_t bytes) noexcept {
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      if (bytes != 0) std::memcpy(&word, from, bytes);
    } else {
      for (std::size_t i = 0; i < bytes; ++i)
        word |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
    }
    return word;
  }

  Key key_;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_SIP_HASH_H_
