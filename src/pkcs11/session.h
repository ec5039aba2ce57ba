#ifndef COEFFICIENT_SRC_PKCS11_SESSION_H_
#define COEFFICIENT_SRC_PKCS11_SESSION_H_

#include <p11-kit/pkcs11.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/version.h"
#include "pkcs11/fault.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace pkcs11 {

/// Loads a module and returns its functions; it stays loaded. Failure: kNotFound, kConfig.
Result<CK_FUNCTION_LIST_PTR, Failure> load_module(const std::string& path);

/// A read-only session of the user with a token. Use it under a lock, and drop it after a failure:
/// an operation may have been left active in it.
class Session {
 public:
  /// Initializes the module if nobody has, and opens a session with the one token that has this
  /// label. The PIN is used unless the process is logged in already.
  static Result<Session, Failure> open(CK_FUNCTION_LIST_PTR functions,
                                       const std::string& token_label, const SecretBytes& pin);
  Session(Session&& other) noexcept;
  Session& operator=(Session&&) = delete;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Leaves the session open: after fork() it is the parent's.
  void forget() noexcept { functions_ = nullptr; }

  /// Returns the key with this label and id, which is as TokenKek says it must be. Failures:
  /// kNotFound, kConfig, those of the module.
  [[nodiscard]] Result<CK_OBJECT_HANDLE, Failure> find_key(const std::string& label,
                                                           std::span<const std::byte> id) const;

  /// AES-GCM with a tag of 16 bytes at the end of `out`, which must have the exact size.
  [[nodiscard]] Result<void, Failure> encrypt(CK_OBJECT_HANDLE key,
                                              std::span<const std::byte, 12> iv,
                                              std::span<const std::byte> aad,
                                              std::span<const std::byte> in,
                                              std::span<std::byte> out) const;
  [[nodiscard]] Result<void, Failure> decrypt(CK_OBJECT_HANDLE key,
                                              std::span<const std::byte, 12> iv,
                                              std::span<const std::byte> aad,
                                              std::span<const std::byte> in,
                                              std::span<std::byte> out) const;

 private:
  Session(CK_FUNCTION_LIST_PTR functions, CK_SESSION_HANDLE handle) noexcept;
  [[nodiscard]] Result<void, Failure> check_key(CK_OBJECT_HANDLE key) const;
  [[nodiscard]] Result<std::vector<CK_OBJECT_HANDLE>, Failure> find(
      std::span<CK_ATTRIBUTE> wanted) const;
  [[nodiscard]] bool logged_in() const;
  CK_FUNCTION_LIST_PTR functions_;
  CK_SESSION_HANDLE handle_;
};

}  // namespace pkcs11
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_PKCS11_SESSION_H_
