#ifndef COEFFICIENT_SRC_PKCS11_FAULT_H_
#define COEFFICIENT_SRC_PKCS11_FAULT_H_

#include <p11-kit/pkcs11.h>

#include <string>
#include <string_view>

#include "coefficient/pkcs11/export.h"
#include "coefficient/vault/kek_provider.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace pkcs11 {

/// What failed: a fault for the vault, and the module's return value, CKR_OK if it was not that.
struct Failure {
  vault::KekFault fault = vault::KekFault::kConfig;
  std::string message;
  CK_RV rv = CKR_OK;
};
/// For Result's abort message.
inline const char* describe(const Failure& failure) noexcept {
  return failure.message.c_str();
}

/// Returns the fault that a return value means, whichever function gave it.
COEFFICIENT_PKCS11_EXPORT vault::KekFault fault_of(CK_RV rv) noexcept;

/// Returns whether the session, the login or a handle is no longer good, so that a new session may
/// help.
COEFFICIENT_PKCS11_EXPORT bool is_lost(CK_RV rv) noexcept;

/// Returns the failure of `function`; the message has its name and the value in hex.
Failure failure_of(std::string_view function, CK_RV rv);

}  // namespace pkcs11
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_PKCS11_FAULT_H_
