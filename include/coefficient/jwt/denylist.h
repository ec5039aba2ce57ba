#ifndef COEFFICIENT_JWT_DENYLIST_H_
#define COEFFICIENT_JWT_DENYLIST_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/jwt/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

/// Tokens that are refused before they expire, by issuer and jti. A verifier that has one refuses
/// tokens without a jti, which could not be revoked.
///
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_JWT_EXPORT Denylist {
 public:
  Denylist() = default;
  Denylist(const Denylist&) = delete;
  Denylist& operator=(const Denylist&) = delete;
  virtual ~Denylist();
  /// Returns whether the token was revoked; `issuer` is empty for one without iss. Any error makes
  /// the verifier refuse as kUnavailable.
  [[nodiscard]] virtual Result<bool> is_revoked(std::string_view issuer,
                                                std::string_view id) const = 0;
  /// Refuses the token from now until `expires_at`, its exp. Revoking twice is no error; the later
  /// time counts. Errors: kInvalidArgument on an empty id, and the implementation's own.
  virtual Result<> revoke(std::string_view issuer, std::string_view id,
                          std::chrono::sys_seconds expires_at) = 0;
};

struct DenylistOptions {
  /// Entries that are kept at once; 1 to 2^24.
  std::size_t capacity = 65536;
  /// Kept so much longer than exp: at least the leeway of every policy that uses the list.
  std::chrono::seconds grace = std::chrono::hours(1);
};

/// A denylist in this process: bounded, an entry dies with its token. When it is full of living
/// entries, a further one is an error: forgetting one would let a revoked token in. About 120 bytes
/// an entry.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_JWT_EXPORT InMemoryDenylist final : public Denylist {
 public:
  /// Errors: kInvalidArgument if an option is out of its range. `clock` must outlive the list.
  static Result<std::unique_ptr<InMemoryDenylist>> create(DenylistOptions options = {},
                                                          const Clock& clock = system_clock());
  InMemoryDenylist(const InMemoryDenylist&) = delete;
  InMemoryDenylist& operator=(const InMemoryDenylist&) = delete;
  ~InMemoryDenylist() override;
  /// Error: kInternal if OpenSSL failed.
  [[nodiscard]] Result<bool> is_revoked(std::string_view issuer,
                                        std::string_view id) const override;
  /// Errors: kInvalidArgument, kInternal; kResourceExhausted when it is full.
  Result<> revoke(std::string_view issuer, std::string_view id,
                  std::chrono::sys_seconds expires_at) override;
  /// Returns the number of entries, those included that died since the last revoke().
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  explicit InMemoryDenylist(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_DENYLIST_H_
