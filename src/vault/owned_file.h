#ifndef COEFFICIENT_SRC_VAULT_OWNED_FILE_H_
#define COEFFICIENT_SRC_VAULT_OWNED_FILE_H_

#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// Judges an open file on whose word keys are used or destroyed: it must be a regular one, owned by
/// root or the effective user, which neither group nor others may write. What was opened is judged
/// and not its name, which may lead elsewhere a moment later. Errors: kPermissionDenied, and
/// kUnavailable without a status; the messages begin with `what`, e.g. "the key file".
Result<> check_owner_and_mode(int fd, std::string_view what);

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_OWNED_FILE_H_
