#ifndef COEFFICIENT_WEBHOOK_CONTENT_H_
#define COEFFICIENT_WEBHOOK_CONTENT_H_

#include <optional>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "coefficient/webhook/export.h"
#include "coefficient/webhook/request.h"
#include "coefficient/webhook/verified.h"

/// Reading a body, once it is verified. Thread safety: pure functions.
COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

/// Returns the JSON text of a verified request: the body itself, or the `payload` field if
/// `content_type` is application/x-www-form-urlencoded (GitHub, Slack interactivity). The text is
/// strict JSON (RFC 8259): valid UTF-8 without BOM, one value, no duplicate member names (compared
/// after unescaping), at most 64 levels deep.
/// Errors: kInvalidArgument says what is wrong and at which byte, kFailedPrecondition without body.
COEFFICIENT_WEBHOOK_EXPORT Result<std::string> json_document(const Verified& verified,
                                                             std::string_view content_type);

/// Returns the decoded value of the form field `name` in a verified body
/// (application/x-www-form-urlencoded). Errors: kNotFound; kInvalidArgument if the field occurs
/// twice or a percent escape is broken; kFailedPrecondition without body.
COEFFICIENT_WEBHOOK_EXPORT Result<std::string> form_field(const Verified& verified,
                                                          std::string_view name);

/// Returns the `challenge` to echo (as text/plain, status 200) if the verified body is Slack's
/// url_verification event; nothing for any other body. Errors: those of json_document.
COEFFICIENT_WEBHOOK_EXPORT Result<std::optional<std::string>> slack_url_verification(
    const Verified& verified);

/// Returns whether an *unsigned* request is Slack's ssl_check probe: a form body of at most 1 KiB
/// with `ssl_check=1`, no `payload` and no signature headers. Answer 200 with an empty body and do
/// nothing else: it is not verified and never yields a body.
[[nodiscard]] COEFFICIENT_WEBHOOK_EXPORT bool is_slack_ssl_check(const Request& request,
                                                                 std::string_view body);

}  // namespace webhook
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_WEBHOOK_CONTENT_H_
