#ifndef COEFFICIENT_SRC_AUDIT_EPOCH_KEYS_H_
#define COEFFICIENT_SRC_AUDIT_EPOCH_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/directory.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/key_chain.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr const char* kRootKeyFile = "root.vkey";  ///< The root key's text, a line.
inline constexpr const char* kKeyChainFile = "keys";      ///< A KeyChain's text.
inline constexpr const char* kSigningKeyFile = "key";     ///< The private key in office.
inline constexpr const char* kNextKeyFile = "key.next";   ///< While keys are being changed.

/// The keys of a log in its directory, for the one writer that has the directory's lock:
///
///     auto keys = EpochKeys::create(directory, origin);      // a new log; or
///     auto keys = EpochKeys::open(directory);                // one that is there
///     sign_checkpoint(checkpoint, {&keys->signer(), 1})      // of durable records only
///     keys->advance(size, root);                             // now and then; durable records only
///     keys->chain().open_checkpoint(note)                    // a checkpoint of one's own
///
/// advance() first makes the next key durable, then the statement of the old key on it, then
/// destroys the old one. open() finishes what a crash interrupted. The old key's bytes are
/// overwritten where they lie; a disk that writes elsewhere, a snapshot or a backup may keep them.
///
/// The directory must outlive it. Errors: those of Directory, and what each says.
/// Thread safety: none; one thread at a time.
class COEFFICIENT_AUDIT_EXPORT EpochKeys {
 public:
  /// Makes the root key. kAlreadyExists if there is one, kInvalidArgument if the origin is no key
  /// name.
  static Result<EpochKeys> create(const Directory& directory, std::string_view origin);
  /// kDataLoss if the files are damaged or the private key in office is missing.
  static Result<EpochKeys> open(const Directory& directory);

  [[nodiscard]] const KeyChain& chain() const noexcept { return chain_; }
  /// Returns the key in office.
  [[nodiscard]] const NoteSigner& signer() const noexcept { return signer_; }

  /// Puts a new key in office; the tree of durable records has `size` leaves and root `root`. After
  /// an error it is not known which key is in office: nothing may be signed any more before open(),
  /// and advance() is kFailedPrecondition.
  Result<> advance(std::uint64_t size, const Hash& root);

 private:
  EpochKeys(const Directory& directory, KeyChain chain, NoteSigner signer) noexcept
      : directory_(&directory), chain_(std::move(chain)), signer_(std::move(signer)) {}
  // Destroys the old key's file and gives the new one its name.
  static Result<> replace(const Directory& directory);

  const Directory* directory_;
  KeyChain chain_;
  NoteSigner signer_;
  bool failed_ = false;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_EPOCH_KEYS_H_
