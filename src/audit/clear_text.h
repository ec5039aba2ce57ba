#ifndef COEFFICIENT_SRC_AUDIT_CLEAR_TEXT_H_
#define COEFFICIENT_SRC_AUDIT_CLEAR_TEXT_H_

#include <string>

#include "coefficient/audit/value.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Returns what others see of a field: its text, or "enc:" and the id of the key that it is
/// encrypted under.
inline std::string clear_text(const Field& field) {
  if (const auto* encrypted = std::get_if<Encrypted>(&field)) return "enc:" + encrypted->kid;
  return std::get<std::string>(field);
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_CLEAR_TEXT_H_
