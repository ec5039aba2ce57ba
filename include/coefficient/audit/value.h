#ifndef COEFFICIENT_AUDIT_VALUE_H_
#define COEFFICIENT_AUDIT_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// A personal value that only the holder of the subject's key can read. In JSON
/// `{"$enc":{"ct":..,"kid":..,"nonce":..,"tag":..}}`, all four texts as the encryption wrote them.
struct Encrypted {
  std::string kid;
  std::string nonce;
  std::string ct;
  std::string tag;
  friend bool operator==(const Encrypted&, const Encrypted&) = default;
};

/// A text, in the clear or encrypted.
using Field = std::variant<std::string, Encrypted>;

/// What a record's details may hold: JSON without floating-point numbers, since two programs
/// rarely agree on how to write those. Integers are from -2^53 to 2^53.
///
/// Thread safety: as a std::map.
struct Value {
  using Array = std::vector<Value>;
  using Object = std::map<std::string, Value>;

  // Implicit on purpose, so that details read like JSON.
  // NOLINTBEGIN(google-explicit-constructor)
  Value(std::nullptr_t = nullptr) noexcept {}
  Value(bool value) : data(value) {}
  Value(int value) : data(std::int64_t{value}) {}
  Value(std::int64_t value) : data(value) {}
  Value(const char* text) : data(std::string(text)) {}
  Value(std::string text) : data(std::move(text)) {}
  Value(Encrypted encrypted) : data(std::move(encrypted)) {}
  Value(Array elements) : data(std::move(elements)) {}
  Value(Object members) : data(std::move(members)) {}
  // NOLINTEND(google-explicit-constructor)

  friend bool operator==(const Value&, const Value&) = default;

  std::variant<std::nullptr_t, bool, std::int64_t, std::string, Encrypted, Array, Object> data;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_VALUE_H_
