#ifndef COEFFICIENT_SRC_PAYLOAD_PSEUDONYM_H_
#define COEFFICIENT_SRC_PAYLOAD_PSEUDONYM_H_

#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "core/crypto/hmac.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload::detail {

enum class ValueType : char { kString = 's', kNumber = 'n', kBoolean = 'b' };

/// Returns what minimize() writes for kHmac. The type is part of it: the number 1 and the string
/// "1" are two values. kInternal if OpenSSL failed.
Result<std::string> pseudonym(const crypto::HmacKey& key, ValueType type, std::string_view value);

}  // namespace payload::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_PAYLOAD_PSEUDONYM_H_
