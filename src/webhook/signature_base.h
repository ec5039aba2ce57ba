#ifndef COEFFICIENT_SRC_WEBHOOK_SIGNATURE_BASE_H_
#define COEFFICIENT_SRC_WEBHOOK_SIGNATURE_BASE_H_

#include <optional>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/webhook/refusal.h"
#include "coefficient/webhook/request.h"
#include "webhook/structured_field.h"
#include "webhook/target_uri.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// Returns the value of the only header of that name. Refusals: kMissingHeader, kDuplicateHeader.
Result<std::string_view, Refusal> single_header(const Request& request, std::string_view name);

/// Returns the signature base of `input` (RFC 9421 section 2.5). Refusals: kMissingHeader and
/// kDuplicateHeader for a covered field, kMalformedSignature for a component that occurs twice, is
/// unknown or has parameters, and for a field value with a control character.
Result<std::string, Refusal> signature_base(const SignatureInput& input, const Request& request,
                                            const TargetUri& target);

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_SIGNATURE_BASE_H_
