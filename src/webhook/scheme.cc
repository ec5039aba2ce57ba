#include "coefficient/webhook/scheme.h"

#include <array>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {
namespace {

// The commonest form: one HMAC over the raw body in one header.
Scheme body_mac(std::string name, HeaderNames headers, Algorithm algorithm, std::string tag,
                SignatureEncoding encoding) {
  Scheme s;
  s.name = std::move(name);
  s.headers = {std::move(headers)};
  s.variants = {{.algorithm = algorithm, .tag = std::move(tag)}};
  s.encoding = encoding;
  return s;
}

}  // namespace

Scheme github_scheme() {
  Scheme s = body_mac("github",
                      {.signature = "X-Hub-Signature-256",
                       .id = "X-GitHub-Delivery",
                       .event_type = "X-GitHub-Event"},
                      Algorithm::kHmacSha256, "sha256=", SignatureEncoding::kHex);
  s.max_body_bytes = std::size_t{25} << 20U;  // GitHub caps payloads at 25 MB
  return s;
}

Scheme slack_scheme() {
  Scheme s = body_mac("slack",
                      {.signature = "X-Slack-Signature", .timestamp = "X-Slack-Request-Timestamp"},
                      Algorithm::kHmacSha256, "v0=", SignatureEncoding::kHex);
  s.signed_content = "v0:{timestamp}:{body}";
  s.timestamp = TimestampSource::kHeader;
  s.id_in_body = {"/event_id"};
  s.event_type_in_body = {"/event/type", "/type"};
  return s;
}

Scheme paystack_scheme() {
  Scheme s = body_mac("paystack", {.signature = "x-paystack-signature"}, Algorithm::kHmacSha512, "",
                      SignatureEncoding::kHex);
  s.id_in_body = {"/event", "/data/reference"};  // Paystack sends no id of its own
  s.event_type_in_body = {"/event"};
  return s;
}

Scheme stripe_scheme() {
  // The key is the literal `whsec_...` text: Stripe does not decode it.
  Scheme s = body_mac("stripe", {.signature = "Stripe-Signature"}, Algorithm::kHmacSha256, "v1",
                      SignatureEncoding::kHex);
  s.layout = SignatureLayout::kKeyValueList;
  s.signed_content = "{timestamp}.{body}";
  s.timestamp = TimestampSource::kSignatureElement;
  s.timestamp_name = "t";
  s.id_in_body = {"/id"};
  s.event_type_in_body = {"/type"};
  return s;
}

Scheme standard_webhooks_scheme() {
  Scheme s;
  s.name = "standard-webhooks";
  s.headers = {
      {.signature = "webhook-signature", .timestamp = "webhook-timestamp", .id = "webhook-id"},
      {.signature = "svix-signature", .timestamp = "svix-timestamp", .id = "svix-id"}};
  s.layout = SignatureLayout::kVersionList;
  s.encoding = SignatureEncoding::kBase64;
  s.variants = {{.algorithm = Algorithm::kHmacSha256,
                 .tag = "v1",
                 .secret_prefix = "whsec_",
                 .secret_encoding = SecretEncoding::kBase64},
                {.algorithm = Algorithm::kEd25519,
                 .tag = "v1a",
                 .secret_prefix = "whpk_",
                 .secret_encoding = SecretEncoding::kBase64}};
  s.signed_content = "{id}.{timestamp}.{body}";
  s.timestamp = TimestampSource::kHeader;
  s.event_type_in_body = {"/type"};
  return s;
}

Scheme gitlab_scheme() {
  return body_mac(
      "gitlab",
      {.signature = "X-Gitlab-Token", .id = "Idempotency-Key", .event_type = "X-Gitlab-Event"},
      Algorithm::kSharedToken, "", SignatureEncoding::kRaw);
}

Scheme shopify_scheme() {
  return body_mac("shopify",
                  {.signature = "X-Shopify-Hmac-SHA256",
                   .id = "X-Shopify-Webhook-Id",
                   .event_type = "X-Shopify-Topic"},
                  Algorithm::kHmacSha256, "", SignatureEncoding::kBase64);
}

Scheme discord_scheme() {
  Scheme s = body_mac("discord",
                      {.signature = "X-Signature-Ed25519", .timestamp = "X-Signature-Timestamp"},
                      Algorithm::kEd25519, "", SignatureEncoding::kHex);
  s.variants.front().secret_encoding = SecretEncoding::kHex;
  s.signed_content = "{timestamp}{body}";
  s.timestamp = TimestampSource::kHeader;
  s.id_in_body = {"/id"};
  s.event_type_in_body = {"/type"};
  return s;
}

Scheme bitbucket_scheme() {
  return body_mac(
      "bitbucket",
      {.signature = "X-Hub-Signature", .id = "X-Request-UUID", .event_type = "X-Event-Key"},
      Algorithm::kHmacSha256, "sha256=", SignatureEncoding::kHex);
}

Scheme linear_scheme() {
  Scheme s = body_mac(
      "linear",
      {.signature = "Linear-Signature", .id = "Linear-Delivery", .event_type = "Linear-Event"},
      Algorithm::kHmacSha256, "", SignatureEncoding::kHex);
  s.timestamp = TimestampSource::kBodyMillis;
  s.timestamp_name = "/webhookTimestamp";
  s.tolerance = std::chrono::seconds(60);
  return s;
}

Result<Scheme> scheme_by_name(std::string_view name) {
  using Make = Scheme (*)();
  static constexpr std::array<std::pair<std::string_view, Make>, 10> kPresets{{
      {"github", github_scheme},
      {"slack", slack_scheme},
      {"paystack", paystack_scheme},
      {"stripe", stripe_scheme},
      {"standard-webhooks", standard_webhooks_scheme},
      {"gitlab", gitlab_scheme},
      {"shopify", shopify_scheme},
      {"discord", discord_scheme},
      {"bitbucket", bitbucket_scheme},
      {"linear", linear_scheme},
  }};
  for (const auto& [preset, make] : kPresets)
    if (preset == name) return make();
  return Error{ErrorCode::kNotFound, "no webhook scheme of that name"};
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
