#include "diff/secret_rules.h"

#include <initializer_list>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

constexpr std::array<std::string_view, kSecretRules> kSecretRuleNames = {
    "github-token", "github-fine",  "gitlab-pat",    "gitlab-other",  "slack-token",
    "slack-app",    "slack-hook",   "aws-key-id",    "paystack",      "stripe",
    "stripe-hook",  "anthropic",    "openai",        "openrouter",    "google-api",
    "google-oauth", "google-sa",    "pem",           "jwt",           "npm",
    "pypi",         "rubygems",     "crates",        "docker",        "twilio",
    "twilio-sid",   "sendgrid",     "mailgun",       "shopify",       "digitalocean",
    "hf",           "vault",        "databricks",    "telegram",      "azure-storage",
    "azure-ad",     "mongodb-url",  "db-url",        "basic-url",     "age",
    "linear",       "notion",       "doppler",       "grafana",       "aws-secret",
    "bearer",       "generic"};

namespace {

using enum SecretRule;
using C = CharClass;

// A row of the table below; the setters keep the rows to what is special about them.
struct Row : SecretPattern {
  constexpr Row(SecretRule of, std::string_view words, std::initializer_list<TokenPart> sequence) {
    rule = of;
    anchors = words;
    for (const TokenPart& part : sequence) parts[part_count++] = part;
    // All that can belong to a token goes with it, so that no end of a longer one is left.
    const CharClass last = part_count == 0 ? C::kWord : parts[part_count - 1U].cls;
    const bool in_word = last == C::kDigit || last == C::kLetter || last == C::kHexLower || last == C::kHex ||
                         last == C::kUpperNum || last == C::kAlnum;
    tail = in_word ? C::kWord : last;
  }
  constexpr Row(SecretRule of, Grammar how, std::string_view words) : Row(of, words, {}) {
    grammar = how;
    ignore_case = how != Grammar::kUrl && how != Grammar::kPem;
  }
  [[nodiscard]] constexpr Row with_tail(CharClass cls) const {
    Row row = *this;
    row.tail = cls;
    return row;
  }
  [[nodiscard]] constexpr Row after(CharClass cls, std::uint16_t min) const {
    Row row = *this;
    row.before = {cls, min};
    return row;
  }
  [[nodiscard]] constexpr Row secret_is_from(std::uint8_t part) const {
    Row row = *this;
    row.secret_from = part;
    return row;
  }
  [[nodiscard]] constexpr Row at_word_start() const {
    Row row = *this;
    row.word_start = true;
    return row;
  }
};

// Lengths are the least that the issuers write; longer is a token too. Where a fixed length has a
// shorter meaning in practice, the shorter stands here.
constexpr std::array kPatterns = {
    Row(kGithubToken, "ghp_|gho_|ghu_|ghr_", {{C::kWord, 36}}),
    Row(kGithubToken, "ghs_", {{C::kDotted, 36}}),
    Row(kGithubFine, "github_pat_", {{C::kWord, 82}}),
    Row(kGitlabPat, "glpat-", {{C::kUrl64, 20}}).with_tail(C::kDotted),
    Row(kGitlabOther, "glptt-|glrt-|gldt-|glcbt-|glft-|glsoat-|glagent-|glimt-", {{C::kUrl64, 20}})
        .with_tail(C::kDotted),
    Row(kSlackToken, "xoxa-|xoxb-|xoxe-|xoxo-|xoxp-|xoxr-|xoxs-", {{C::kAlnumDash, 10}})
        .with_tail(C::kUrl64),
    Row(kSlackApp, "xapp-", {{C::kDigit, 1, "-"}, {C::kUpperNum, 1, "-"}, {C::kDigit, 1, "-"}, {C::kHex, 1}}),
    Row(kSlackHook,
        "hooks.slack.com/services/|hooks.slack.com/workflows/|hooks.slack.com/triggers/",
        {{C::kBase64, 40}})
        .with_tail(C::kToken68)
        .secret_is_from(1),
    Row(kAwsKeyId, "AKIA|ASIA|ABIA|ACCA", {{C::kUpperNum, 16}}),
    Row(kPaystack, "sk_live_|sk_test_|pk_live_|pk_test_", {{C::kHexLower, 40}}),
    Row(kStripe, "sk_live_|sk_test_|rk_live_|rk_test_|pk_live_|pk_test_", {{C::kAlnum, 16}}),
    Row(kStripeHook, "whsec_", {{C::kToken68, 32}}),
    Row(kAnthropic, "sk-ant-api|sk-ant-admin|sk-ant-oat|sk-ant-ort",
        {{C::kDigit, 2, "-"}, {C::kUrl64, 80}}),
    Row(kOpenai, "T3BlbkFJ", {{C::kUrl64, 20}}).after(C::kUrl64, 20),
    Row(kOpenrouter, "sk-or-v1-", {{C::kHexLower, 64}}),
    Row(kGoogleApi, "AIza", {{C::kUrl64, 35}}),
    Row(kGoogleOauth, "GOCSPX-", {{C::kUrl64, 28}}),
    Row(kGoogleSa, "\"private_key_id\"", {{C::kSpace, 0, ":"}, {C::kSpace, 0, "\""}, {C::kHex, 40}})
        .secret_is_from(3),
    Row(kPem, Grammar::kPem, "-----BEGIN"),
    Row(kJwt, "eyJ", {{C::kUrl64, 16, ".eyJ"}, {C::kUrl64, 16}}).with_tail(C::kDotted),
    Row(kNpm, "npm_", {{C::kAlnum, 36}}),
    Row(kPypi, "pypi-AgE", {{C::kUrl64, 50}}),
    Row(kRubygems, "rubygems_", {{C::kHexLower, 48}}),
    Row(kCrates, "cio", {{C::kAlnum, 32}}).at_word_start(),
    Row(kDocker, "dckr_pat_", {{C::kUrl64, 27}}),
    Row(kTwilio, "SK", {{C::kHexLower, 32}}),
    Row(kTwilioSid, "AC", {{C::kHexLower, 32}}),
    Row(kSendgrid, "SG.", {{C::kUrl64, 22, "."}, {C::kUrl64, 43}}),
    Row(kMailgun, "key-", {{C::kHexLower, 32}}),
    Row(kShopify, "shpat_|shpca_|shppa_|shpss_", {{C::kHex, 32}}),
    Row(kDigitalocean, "doo_v1_|dop_v1_|dor_v1_", {{C::kHexLower, 64}}),
    Row(kHf, "hf_", {{C::kAlnum, 34}}),
    Row(kVault, "hvs.|hvb.|hvr.", {{C::kUrl64, 24}}).with_tail(C::kDotted),
    Row(kDatabricks, "dapi", {{C::kHexLower, 32}}).with_tail(C::kUrl64),
    Row(kTelegram, ":AA", {{C::kUrl64, 33}}).after(C::kDigit, 8),
    Row(kAzureStorage, "AccountKey=", {{C::kBase64, 80}}).with_tail(C::kToken68).secret_is_from(1),
    Row(kAzureAd, "0Q~|1Q~|2Q~|3Q~|4Q~|5Q~|6Q~|7Q~|8Q~|9Q~", {{C::kTildeDash, 31}})
        .after(C::kTilde, 3),
    Row(kBasicUrl, Grammar::kUrl, "://"),  // and mongodb-url and db-url, by the scheme
    Row(kAge, "AGE-SECRET-KEY-1", {{C::kUpperNum, 58}}),
    Row(kLinear, "lin_api_", {{C::kAlnum, 40}}),
    Row(kNotion, "ntn_", {{C::kAlnum, 46}}),
    Row(kDoppler, "dp.pt.|dp.st.|dp.ct.|dp.sa.", {{C::kDotted, 40}}),
    Row(kGrafana, "glsa_", {{C::kWord, 41}}),
    Row(kAwsSecret, Grammar::kAws, "aws"),
    Row(kBearer, Grammar::kBearer, "authorization"),
    Row(kGeneric, Grammar::kGeneric,
        "secret|token|password|passwd|passphrase|apikey|api_key|api-key|accesskey|access_key|"
        "access-key|credential|privatekey|private_key|private-key"),
};

// The prefilter sees three bytes and a class at a time, a line matcher all of them.
constexpr auto kTable = [] {
  std::array<SecretPattern, kPatterns.size()> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = kPatterns[i];
  return table;
}();

}  // namespace

std::span<const SecretPattern> secret_patterns() noexcept { return kTable; }

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
