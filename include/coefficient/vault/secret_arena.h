#ifndef COEFFICIENT_VAULT_SECRET_ARENA_H_
#define COEFFICIENT_VAULT_SECRET_ARENA_H_

#include <cstddef>
#include <memory>
#include <span>

#include "coefficient/core/result.h"
#include "coefficient/vault/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// How well the arena's memory is kept from leaving the process. Each level has what the ones
/// before it have; all lie between two pages that fault when touched, are left out of core files
/// and do not reach a child of fork().
enum class MemoryLevel {
  kMapped = 1,  ///< May be swapped.
  kLocked = 2,  ///< Is never swapped (mlock).
  kSecret = 3,  ///< Not even the kernel maps it: memfd_secret, not readable by /proc/<pid>/mem.
};

struct SecretArenaOptions {
  std::size_t bytes = 65536;  ///< Rounded up to pages; at most 16 MiB.
  /// Fail rather than fall back to kMapped. Off by default, since containers often have a
  /// RLIMIT_MEMLOCK of 64 KiB, which this arena and others share.
  bool require_locked = false;
};

class SecretArena;

/// Zeroed bytes of an arena, wiped when released. Move-only.
///
/// Thread safety: as for a span of bytes.
class COEFFICIENT_VAULT_EXPORT ArenaBytes {
 public:
  ArenaBytes() noexcept = default;
  ArenaBytes(ArenaBytes&& other) noexcept;
  ArenaBytes& operator=(ArenaBytes&& other) noexcept;
  ArenaBytes(const ArenaBytes&) = delete;
  ArenaBytes& operator=(const ArenaBytes&) = delete;
  ~ArenaBytes();

  /// Returns the bytes; an empty span in a child of fork(), where they are gone. Never copy them
  /// into a container.
  [[nodiscard]] std::span<std::byte> expose() const noexcept;

 private:
  friend class SecretArena;
  ArenaBytes(std::shared_ptr<SecretArena> arena, std::span<std::byte> bytes) noexcept;
  void release() noexcept;
  std::shared_ptr<SecretArena> arena_;
  std::span<std::byte> bytes_;
};

/// Guarded memory for keys: KEKs while their provider lives, data keys while they are wrapped and
/// unwrapped. It takes the best level that the system gives. It is not for messages, and it does
/// not hold what OpenSSL makes of a key: key schedules and HMAC states are on OpenSSL's heap,
/// erased when freed (docs/vault.md).
///
/// A child of fork() has no arena: alive() is false there and nothing can be allocated, so that
/// keys are not used by a process that was not meant to have them. Make a new one after fork().
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_VAULT_EXPORT SecretArena : public std::enable_shared_from_this<SecretArena> {
 public:
  /// Errors: kInvalidArgument on `bytes`; kResourceExhausted if there is no memory, or none that
  /// can be locked where that is required.
  static Result<std::shared_ptr<SecretArena>> create(const SecretArenaOptions& options = {});
  SecretArena(const SecretArena&) = delete;
  SecretArena& operator=(const SecretArena&) = delete;
  ~SecretArena();

  /// Returns `size` zero bytes, 1 to 4096. Errors: kInvalidArgument on the size,
  /// kResourceExhausted if the arena is full, kFailedPrecondition in a child of fork().
  Result<ArenaBytes> allocate(std::size_t size);

  [[nodiscard]] MemoryLevel level() const noexcept;
  /// Returns false in a child of fork().
  [[nodiscard]] bool alive() const noexcept;

 private:
  friend class ArenaBytes;
  struct State;
  explicit SecretArena(std::unique_ptr<State> state) noexcept;
  void free(std::span<std::byte> bytes) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_SECRET_ARENA_H_
