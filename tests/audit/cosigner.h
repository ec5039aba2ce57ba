#ifndef COEFFICIENT_TESTS_AUDIT_COSIGNER_H_
#define COEFFICIENT_TESTS_AUDIT_COSIGNER_H_

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "coefficient/audit/note.h"
#include "coefficient/core/encoding.h"
#include "core/crypto/digest.h"
#include "core/crypto/ed25519_key.h"

namespace test {

/// A witness's key: C2SP tlog-cosignature, an Ed25519 signature over a time and the text.
struct Cosigner {
  coefficient::crypto::Ed25519Key key;
  coefficient::audit::NoteVerifier verifier;

  explicit Cosigner(std::byte seed)
      : key(*coefficient::crypto::Ed25519Key::from_seed(seed_of(seed))), verifier(verifier_of()) {}

  static std::array<std::byte, 32> seed_of(std::byte first) {
    std::array<std::byte, 32> seed{};
    seed[0] = first;
    return seed;
  }
  [[nodiscard]] coefficient::audit::NoteVerifier verifier_of() const {
    // The id depends on the kind, so it is the one that parse() does not refuse.
    std::vector<std::byte> material = {std::byte{4}};
    material.insert(material.end(), key.public_key().begin(), key.public_key().end());
    const std::string name = "witness.example";
    std::string hashed = name + "\n";
    for (const std::byte b : material) hashed += static_cast<char>(b);
    std::array<std::byte, 32> id{};
    EXPECT_TRUE(coefficient::crypto::sha256({std::as_bytes(std::span<const char>(hashed))}, id));
    return *coefficient::audit::NoteVerifier::parse(
        name + "+" + coefficient::hex_encode(std::span(id).first(4)) + "+" +
        coefficient::base64_encode(material));
  }
  [[nodiscard]] std::string line(const std::string& text, std::uint64_t time) const {
    const std::string message = "cosignature/v1\ntime " + std::to_string(time) + "\n" + text;
    std::vector<std::byte> out(4 + 8 + 64);
    for (unsigned i = 0; i < 4; ++i)
      out[i] = static_cast<std::byte>(verifier.key_id() >> (24 - 8 * i));
    for (unsigned i = 0; i < 8; ++i) out[4 + i] = static_cast<std::byte>(time >> (56 - 8 * i));
    EXPECT_TRUE(key.sign(std::as_bytes(std::span<const char>(message)),
                         std::span(out).subspan(12).first<64>()));
    return "\xE2\x80\x94 " + verifier.name() + " " + coefficient::base64_encode(out) + "\n";
  }
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_AUDIT_COSIGNER_H_
