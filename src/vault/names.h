#ifndef COEFFICIENT_SRC_VAULT_NAMES_H_
#define COEFFICIENT_SRC_VAULT_NAMES_H_

#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/vault/rows.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// Returns whether `text` is as rows.h says: 1 to 255 bytes of UTF-8 without control characters
/// (U+0000 to U+001F, U+007F to U+009F).
bool is_name(std::string_view text) noexcept;

/// Errors: kInvalidArgument names the part that is not a name.
Result<> check_ref(const RecordRef& ref);
Result<> check_tenant(std::string_view tenant);

/// Returns one text for each address: names have no NUL, so NULs between them are unambiguous.
std::string joined(const RecordRef& ref);

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_NAMES_H_
