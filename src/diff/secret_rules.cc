#include "diff/secret_rules.h"

#include <initializer_list>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

constexpr std::array<std::string_view, kSecretRules> kSecretRuleNames = {
    "pem",         "github-token", "github-fine", "gitlab-pat", "gitlab-other",  "slack-token",
    "slack-app",   "slack-hook",   "aws-key-id",  "paystack",   "stripe",        "stripe-hook",
    "anthropic",   "openai",       "openrouter",  "google-api", "google-oauth",  "google-sa",
    "jwt",         "npm",          "pypi",        "rubygems",   "crates",        "docker",
    "twilio",      "twilio-sid",   "sendgrid",    "mailgun",    "shopify",       "digitalocean",
    "hf",          "vault",        "databricks",  "telegram",   "azure-storage", "azure-ad",
    "mongodb-url", "db-url",       "basic-url",   "age",        "linear",        "notion",
    "doppler",     "grafana",      "aws-secret",  "bearer",     "generic"};

namespace {

using enum SecretRule;
using C = CharClass;

// A row of the table below; the setters keep the rows to what is special about them.
struct Row : SecretPattern {
  constexpr Row(std::uint8_t look_group, SecretRule of, std::string_view words,
                std::initializer_list<TokenPart> sequence) {
    group = look_group;
    rule = of;
    anchors = words;
    for (const TokenPart& part : sequence) parts[part_count++] = part;
    // All that can belong to a token goes with it, so that no end of a longer one is left.
    const CharClass last = part_count == 0 ? C::kWord : parts[part_count - 1U].cls;
    const bool in_word = last == C::kDigit || last == C::kLetter || last == C::kHexLower ||
                         last == C::kHex || last == C::kUpperNum || last == C::kAlnum;
    tail = in_word ? C::kWord : last;
  }
  constexpr Row(std::uint8_t look_group, SecretRule of, Grammar how, std::string_view words)
      : Row(look_group, of, words, {}) {
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
// shorter meaning in practice, the shorter stands here. The number before the rule is its group in
// the prefilter: words that share bytes are together, so that the groups let little else by.
constexpr std::array kPatterns = {
    Row(7, kGithubToken, "ghp_|gho_|ghu_|ghr_", {{C::kWord, 36}}),
    Row(7, kGithubToken, "ghs_", {{C::kDotted, 36}}),
    Row(2, kGithubFine, "github^_pat_", {{C::kWord, 82}}),
    Row(1, kGitlabPat, "glpat-", {{C::kUrl64, 20}}).with_tail(C::kDotted),
    Row(1, kGitlabOther, "glptt-|glrt-|gldt-|glcbt-|glft-|glsoat-|glagent-|glimt-",
        {{C::kUrl64, 20}})
        .with_tail(C::kDotted),
    Row(4, kSlackToken, "xoxa-|xoxb-|xoxe-|xoxo-|xoxp-|xoxr-|xoxs-", {{C::kAlnumDash, 10}})
        .with_tail(C::kUrl64),
    Row(4, kSlackApp, "xapp-",
        {{C::kDigit, 1, "-"}, {C::kUpperNum, 1, "-"}, {C::kDigit, 1, "-"}, {C::kHex, 1}}),
    Row(2, kSlackHook,
        "hooks^.slack.com/services/|hooks^.slack.com/workflows/|hooks^.slack.com/triggers/",
        {{C::kBase64, 40}})
        .with_tail(C::kToken68)
        .secret_is_from(1),
    Row(0, kAwsKeyId, "AKIA|ASIA|ABIA|ACCA", {{C::kUpperNum, 16}}),
    Row(5, kPaystack, "sk_live_|sk_test_|pk_live_|pk_test_", {{C::kHexLower, 40}}),
    Row(5, kStripe, "sk_live_|sk_test_|rk_live_|rk_test_|pk_live_|pk_test_", {{C::kAlnum, 16}}),
    Row(1, kStripeHook, "whsec_", {{C::kToken68, 32}}),
    Row(5, kAnthropic, "sk-ant-api|sk-ant-admin|sk-ant-oat|sk-ant-ort",
        {{C::kDigit, 2, "-"}, {C::kUrl64, 80}}),
    Row(2, kOpenai, "T3BlbkFJ", {{C::kUrl64, 20}}).after(C::kUrl64, 20),
    Row(5, kOpenrouter, "sk-or-v1-", {{C::kHexLower, 64}}),
    Row(5, kGoogleApi, "AIza", {{C::kUrl64, 35}}),
    Row(0, kGoogleOauth, "GOCSPX-", {{C::kUrl64, 28}}),
    Row(7, kGoogleSa, "\"private_key_id\"",
        {{C::kSpace, 0, ":"}, {C::kSpace, 0, "\""}, {C::kHex, 40}})
        .secret_is_from(3),
    Row(0, kPem, Grammar::kPem, "-----^BEGIN"),
    Row(6, kJwt, "eyJ", {{C::kUrl64, 16, ".eyJ"}, {C::kUrl64, 16}}).with_tail(C::kDotted),
    Row(7, kNpm, "npm_", {{C::kAlnum, 36}}),
    Row(4, kPypi, "pypi-AgE", {{C::kUrl64, 50}}),
    Row(1, kRubygems, "rub^ygems_", {{C::kHexLower, 48}}),
    Row(4, kCrates, "cio", {{C::kAlnum, 32}}).at_word_start(),
    Row(2, kDocker, "dckr_pat_", {{C::kUrl64, 27}}),
    Row(0, kTwilio, "SK", {{C::kHexLower, 32}}),
    Row(0, kTwilioSid, "AC", {{C::kHexLower, 32}}),
    Row(6, kSendgrid, "SG.", {{C::kUrl64, 22, "."}, {C::kUrl64, 43}}),
    Row(7, kMailgun, "key-", {{C::kHexLower, 32}}),
    Row(4, kShopify, "shpat_|shpca_|shppa_|shpss_", {{C::kHex, 32}}),
    Row(7, kDigitalocean, "doo_v1_|dop_v1_|dor_v1_", {{C::kHexLower, 64}}),
    Row(4, kHf, "hf_", {{C::kAlnum, 34}}),
    Row(7, kVault, "hvs.|hvb.|hvr.", {{C::kUrl64, 24}}).with_tail(C::kDotted),
    Row(7, kDatabricks, "dapi", {{C::kHexLower, 32}}).with_tail(C::kUrl64),
    Row(6, kTelegram, ":AA", {{C::kUrl64, 33}}).after(C::kDigit, 8),
    Row(3, kAzureStorage, "Account^Key=", {{C::kBase64, 80}})
        .with_tail(C::kToken68)
        .secret_is_from(1),
    Row(6, kAzureAd, "0Q~|1Q~|2Q~|3Q~|4Q~|5Q~|6Q~|7Q~|8Q~|9Q~", {{C::kTildeDash, 31}})
        .after(C::kTilde, 3),
    Row(6, kBasicUrl, Grammar::kUrl, "://"),  // and mongodb-url and db-url, by the scheme
    Row(0, kAge, "AGE-SECRET-KEY-1", {{C::kUpperNum, 58}}),
    Row(7, kLinear, "lin_api_", {{C::kAlnum, 40}}),
    Row(7, kNotion, "ntn_", {{C::kAlnum, 46}}),
    Row(2, kDoppler, "dp.pt.|dp.st.|dp.ct.|dp.sa.", {{C::kDotted, 40}}),
    Row(1, kGrafana, "glsa_", {{C::kWord, 41}}),
    Row(6, kAwsSecret, Grammar::kAws, "aws"),
    Row(5, kBearer, Grammar::kBearer, "autho^rization"),
    Row(3, kGeneric, Grammar::kGeneric,
        "secret|token|a^pikey|acces^skey|acces^s_key|acces^s-key|privat^ekey|privat^e_key|"
        "privat^e-key"),
    Row(5, kGeneric, Grammar::kGeneric,
        "pa^ssword|pa^sswd|pa^ssphrase|a^pi_key|a^pi-key|credential"),
};

// The prefilter sees three bytes and a class at a time, a line matcher all of them.
constexpr auto kTable = [] {
  std::array<SecretPattern, kPatterns.size()> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = kPatterns[i];
  return table;
}();

}  // namespace

std::span<const SecretPattern> secret_patterns() noexcept {
  return kTable;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
