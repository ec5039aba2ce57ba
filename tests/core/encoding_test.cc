#include "coefficient/core/encoding.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "support/bytes.h"

using namespace coefficient;
using test::bytes;

namespace {
std::string text_of(const std::vector<std::byte>& v) {
  return {reinterpret_cast<const char*>(v.data()), v.size()};
}
struct Rfc4648 {
  std::string_view plain, hex, base64, base64url;
};
// RFC 4648 section 10.
constexpr Rfc4648 kVectors[] = {
    {"", "", "", ""},
    {"f", "66", "Zg==", "Zg"},
    {"fo", "666f", "Zm8=", "Zm8"},
    {"foo", "666f6f", "Zm9v", "Zm9v"},
    {"foob", "666f6f62", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "666f6f6261", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xfe", "fbfffe", "+//+", "-__-"},
};
}  // namespace

TEST(Encoding, Rfc4648Vectors) {
  for (const auto& v : kVectors) {
    EXPECT_EQ(hex_encode(bytes(v.plain)), v.hex);
    EXPECT_EQ(base64_encode(bytes(v.plain)), v.base64);
    EXPECT_EQ(base64url_encode(bytes(v.plain)), v.base64url);
    EXPECT_EQ(text_of(hex_decode(v.hex).value()), v.plain);
    EXPECT_EQ(text_of(base64_decode(v.base64).value()), v.plain);
    EXPECT_EQ(text_of(base64url_decode(v.base64url).value()), v.plain);
  }
}

TEST(Encoding, EveryByteRoundTripsInBothHexCases) {
  std::vector<std::byte> all(256);
  for (int i = 0; i < 256; ++i) all[static_cast<std::size_t>(i)] = static_cast<std::byte>(i);
  std::string hex = hex_encode(all);
  EXPECT_EQ(hex_decode(hex).value(), all);
  for (char& c : hex) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(hex_decode(hex).value(), all);
  EXPECT_EQ(base64_decode(base64_encode(all)).value(), all);
  EXPECT_EQ(base64url_decode(base64url_encode(all)).value(), all);
}

TEST(Encoding, HexRefusesWhatIsNotHex) {
  for (const std::string_view bad : {"0", "0g", " 00", "00 ", "0x00", "\n0", "0\xff", "+0", "-1"})
    EXPECT_FALSE(hex_decode(bad)) << bad;
  EXPECT_FALSE(hex_decode(std::string_view("0\0", 2)));
}

TEST(Encoding, Base64RefusesNonCanonicalTexts) {
  for (const std::string_view bad :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "=", "==", "====", "Z===", "Zm 8=", "Zm8=\n",
        " Zm8=", "-__-", "Zg==Zg==", "Zm8=Zm8=", "Zm9vY", "Zm\xff="})
    EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Encoding, Base64UrlRefusesNonCanonicalTexts) {
  for (const std::string_view bad : {"Zg==", "Zh", "Zm9", "Z", "+//+", "Zm8=", "Zm 8", "Zm9vY"})
    EXPECT_FALSE(base64url_decode(bad)) << bad;
}

// Canonical means: of all texts of a length exactly one decodes to given bytes.
TEST(Encoding, Base64IsInjectiveOverAllTwoByteTails) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  int accepted = 0;
  for (const char a : digits)
    for (const char b : digits) {
      const std::string text = std::string{a, b} + "==";
      if (const auto decoded = base64_decode(text)) {
        ++accepted;
        EXPECT_EQ(base64_encode(*decoded), text);
      }
    }
  EXPECT_EQ(accepted, 256);
}

TEST(Encoding, ExactDecodersWantExactlyTheSize) {
  std::array<std::byte, 3> three{};
  std::array<std::byte, 2> two{};
  EXPECT_TRUE(base64_decode_exact("Zm9v", three));
  EXPECT_FALSE(base64_decode_exact("Zm9v", two));
  EXPECT_FALSE(base64_decode_exact("Zm8=", three));
  EXPECT_TRUE(hex_decode_exact("0a0B0c", three));
  EXPECT_FALSE(hex_decode_exact("0a0b", three));
  EXPECT_TRUE(lower_hex_decode_exact("0a0b0c", three));
  EXPECT_EQ(hex_encode(three), "0a0b0c");
  EXPECT_FALSE(lower_hex_decode_exact("0a0B0c", three));
  EXPECT_TRUE(base64url_decode_exact("Zm8", two));
  EXPECT_FALSE(base64url_decode_exact("Zm8=", two));
}

// Each byte value at each place of texts of each length: what is accepted encodes to the same text.
TEST(Encoding, LowerHexIsExactAtEveryPlace) {
  for (std::size_t size = 0; size <= 33; ++size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 67 + size);
    const std::string good = hex_encode(bytes);
    std::vector<std::byte> out(size);
    ASSERT_TRUE(lower_hex_decode_exact(good, out));
    ASSERT_EQ(out, bytes);
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string text = good;
      for (int c = 0; c < 256; ++c) {
        text[at] = static_cast<char>(c);
        const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        ASSERT_EQ(lower_hex_decode_exact(text, out), is_digit) << size << ' ' << at << ' ' << c;
        if (is_digit) {
          ASSERT_EQ(hex_encode(out), text);
        }
      }
    }
  }
}

TEST(Encoding, ExactEncoderWritesWhatTheOtherOneReturns) {
  std::vector<std::byte> bytes;
  for (unsigned n = 0; n < 40; ++n) {
    const std::string text = base64url_encode(bytes);
    std::vector<std::byte> out(text.size());
    ASSERT_TRUE(base64url_encode_exact(bytes, out)) << n;
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(out.data()), out.size()), text);
    out.emplace_back();
    EXPECT_FALSE(base64url_encode_exact(bytes, out)) << n;
    bytes.push_back(std::byte{static_cast<unsigned char>(n * 37)});
  }
}
