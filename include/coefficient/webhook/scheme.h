#ifndef COEFFICIENT_WEBHOOK_SCHEME_H_
#define COEFFICIENT_WEBHOOK_SCHEME_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "coefficient/webhook/export.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

/// How a signature is made.
enum class Algorithm {
  kHmacSha256,
  kHmacSha512,
  kEd25519,      ///< RFC 8032 PureEdDSA. The body is buffered (under the cap) until finish().
  kSharedToken,  ///< The header is the secret itself: it proves the sender, not the body.
};

/// How the bytes of a signature stand in the header.
enum class SignatureEncoding { kHex, kBase64, kRaw };

/// How a configured secret becomes key bytes.
enum class SecretEncoding { kRaw, kHex, kBase64 };

/// How the signature header is laid out.
enum class SignatureLayout {
  kPlain,         ///< tag, then the encoded signature: `sha256=<hex>`.
  kVersionList,   ///< `v1,<base64> v1a,<base64>`: blanks between, any one may match.
  kKeyValueList,  ///< `t=<seconds>,v1=<hex>,v1=<hex>`: holds the timestamp too.
};

/// Where the time of a request stands. All times but kBodyMillis are Unix seconds.
enum class TimestampSource { kNone, kHeader, kSignatureElement, kBodyMillis };

/// One way to sign within a scheme. kPlain layouts have exactly one, the lists may have several.
struct SignatureVariant {
  Algorithm algorithm = Algorithm::kHmacSha256;
  std::string tag = {};            ///< Text before the signature: "sha256=", or the version "v1".
  std::string secret_prefix = {};  ///< Text that a configured secret for this variant starts with.
  SecretEncoding secret_encoding = SecretEncoding::kRaw;  ///< Of what follows the prefix.
};

/// The names of the headers that a scheme reads. Empty: the scheme has no such header.
struct HeaderNames {
  std::string signature = {};
  std::string timestamp = {};
  std::string id = {};
  std::string event_type = {};
};

/// A webhook signature scheme as data: the nine presets below are values of it, and a host writes
/// its own for any other sender (see parse_scheme for the text form).
struct Scheme {
  std::string name = {};
  /// Alternative sets of names; a request must use exactly one of them.
  std::vector<HeaderNames> headers = {};
  SignatureLayout layout = SignatureLayout::kPlain;
  SignatureEncoding encoding = SignatureEncoding::kHex;
  std::vector<SignatureVariant> variants = {};
  /// What is signed: literals and {id}, {timestamp}, and {body} exactly once and last. E.g.
  /// "v0:{timestamp}:{body}". {id} and {timestamp} are the header's bytes as received.
  std::string signed_content = "{body}";
  TimestampSource timestamp = TimestampSource::kNone;
  /// The element name for kSignatureElement, the JSON Pointer (RFC 6901) for kBodyMillis.
  std::string timestamp_name = {};
  /// The largest distance to the clock, in both directions.
  std::chrono::seconds tolerance{300};
  std::size_t max_body_bytes = std::size_t{1} << 20U;
  /// Where ids that are in the body stand: JSON Pointers, their values joined by ':'. They count
  /// as signed. Used if the header names give no id.
  std::vector<std::string> id_in_body = {};
  /// JSON Pointers, the first that is a string or an integer wins; used if no header names it.
  std::vector<std::string> event_type_in_body = {};
};

/// The presets. Sources: each sender's own documentation; sizes and rules in docs/webhook.md.
COEFFICIENT_WEBHOOK_EXPORT Scheme github_scheme();
COEFFICIENT_WEBHOOK_EXPORT Scheme slack_scheme();
COEFFICIENT_WEBHOOK_EXPORT Scheme paystack_scheme();
COEFFICIENT_WEBHOOK_EXPORT Scheme stripe_scheme();
/// Standard Webhooks v1 and v1a, under `webhook-*` and `svix-*` names; GitLab's signing token too.
COEFFICIENT_WEBHOOK_EXPORT Scheme standard_webhooks_scheme();
COEFFICIENT_WEBHOOK_EXPORT Scheme gitlab_scheme();
COEFFICIENT_WEBHOOK_EXPORT Scheme shopify_scheme();
COEFFICIENT_WEBHOOK_EXPORT Scheme discord_scheme();
COEFFICIENT_WEBHOOK_EXPORT Scheme bitbucket_scheme();
COEFFICIENT_WEBHOOK_EXPORT Scheme linear_scheme();

/// Returns the preset of that name: github slack paystack stripe standard-webhooks gitlab shopify
/// discord bitbucket linear. kNotFound for any other.
COEFFICIENT_WEBHOOK_EXPORT Result<Scheme> scheme_by_name(std::string_view name);

/// Returns the scheme that `text` describes: one JSON object with the members of Scheme by name
/// (but `tolerance_seconds`), enumerators in snake_case; docs/webhook.md has the list and an
/// example. kInvalidArgument names the member: unknown, missing, of the wrong type, or
/// contradicting another; kInvalidArgument or kResourceExhausted for text that is not strict JSON
/// of at most 64 KiB.
COEFFICIENT_WEBHOOK_EXPORT Result<Scheme> parse_scheme(std::string_view text);

}  // namespace webhook
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_WEBHOOK_SCHEME_H_
