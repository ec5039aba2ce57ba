#ifndef COEFFICIENT_JWT_KEY_SET_H_
#define COEFFICIENT_JWT_KEY_SET_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/jwt/algorithm.h"
#include "coefficient/jwt/export.h"
#include "coefficient/jwt/key.h"
#include "coefficient/jwt/refusal.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

namespace detail {
struct KeySetAccess;
struct KeySetState;
}  // namespace detail

/// A member of a JWK set that is not used, and why.
struct SkippedKey {
  std::size_t index = 0;    ///< In the array "keys".
  std::string reason = {};  ///< Never holds anything of the key.
};

/// The keys that a verifier trusts; a token chooses among them by kid and never brings its own.
/// Copies share one state.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_JWT_EXPORT KeySet {
 public:
  static constexpr std::size_t kMaxKeys = 64;

  /// Errors: kInvalidArgument: no key, more than 64, a key that may not verify, two keys of one
  /// kid, two without a kid for one algorithm, or HMAC secrets beside public keys, which invites
  /// algorithm confusion.
  static Result<KeySet> create(std::vector<Key> keys);

  /// A JWK set (RFC 7517 section 5) of at most 1 MiB. Members that Key::from_jwk() refuses are
  /// skipped, as section 5 asks; see skipped(). `if_absent` is for RSA and oct keys without alg.
  /// Errors: kInvalidArgument: not strict JSON of that form, and those of create().
  static Result<KeySet> from_jwks(std::string_view text, std::optional<Algorithm> if_absent = {});

  [[nodiscard]] std::span<const Key> keys() const noexcept;
  [[nodiscard]] std::span<const SkippedKey> skipped() const noexcept;
  /// Returns whether a key has this kid.
  [[nodiscard]] bool has(std::string_view kid) const noexcept;

 private:
  friend struct detail::KeySetAccess;
  explicit KeySet(std::shared_ptr<const detail::KeySetState> state) noexcept;
  std::shared_ptr<const detail::KeySetState> state_;
};

/// Where a verifier has its keys from when they can change: a remote key set, a database.
///
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_JWT_EXPORT KeySource {
 public:
  KeySource() = default;
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;
  virtual ~KeySource();
  /// Returns the keys as they are known now. Called for each token, so it should not wait.
  /// Refusal: kUnavailable if there are none.
  [[nodiscard]] virtual Result<KeySet, Refusal> current() const = 0;
  /// Called when a token names a kid that current() does not have: returns newer keys, or the same
  /// if it was asked too often. Anyone can make it be called, so it must bound its own work.
  /// Refusal: kUnavailable.
  [[nodiscard]] virtual Result<KeySet, Refusal> after_unknown(std::string_view kid) const = 0;
};

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_KEY_SET_H_
