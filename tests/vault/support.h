#ifndef COEFFICIENT_TESTS_VAULT_SUPPORT_H_
#define COEFFICIENT_TESTS_VAULT_SUPPORT_H_

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/core/random.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/vault/local_kek.h"
#include "coefficient/vault/secret_arena.h"
#include "support/bytes.h"
#include "support/temp_dir.h"

namespace test {

using Bytes = std::vector<std::byte>;

inline std::string text(std::span<const std::byte> b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}
inline Bytes random(std::size_t n) {
  Bytes out(n);
  if (!coefficient::random_bytes(out)) std::abort();
  return out;
}

/// Puts `text` where a LocalKey reads it.
inline coefficient::Result<coefficient::vault::LocalKey> local_key(
    std::string_view text, coefficient::vault::SecretArena& arena) {
  return coefficient::vault::LocalKey::from_callback(
      [text](std::span<std::byte> out) -> coefficient::Result<std::size_t> {
        const auto from = bytes(text);
        for (std::size_t i = 0; i < from.size() && i < out.size(); ++i) out[i] = from[i];
        return from.size();
      },
      arena);
}

/// A provider with a new random key for each id; the first is the current one.
inline std::shared_ptr<coefficient::vault::LocalKek> random_kek(
    const std::vector<std::string>& ids, coefficient::vault::SecretArena& arena,
    coefficient::vault::LocalKekOptions options = {}) {
  std::vector<coefficient::vault::LocalKey> keys;
  for (const std::string& id : ids)
    keys.push_back(
        local_key(text(coefficient::vault::LocalKey::generate(id)->expose()), arena).value());
  return coefficient::vault::LocalKek::create(std::move(keys), std::move(options)).value();
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_VAULT_SUPPORT_H_
