#ifndef COEFFICIENT_SRC_DIFF_SECRET_RULES_H_
#define COEFFICIENT_SRC_DIFF_SECRET_RULES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "coefficient/version.h"
#include "diff/char_runs.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// The built-in rules. Their order decides which one names a redaction that several made: the more
/// telling ones come first, and before all private keys, which have spaces in them.
enum class SecretRule : std::uint8_t {
  kPem,
  kGithubToken,
  kGithubFine,
  kGitlabPat,
  kGitlabOther,
  kSlackToken,
  kSlackApp,
  kSlackHook,
  kAwsKeyId,
  kPaystack,
  kStripe,
  kStripeHook,
  kAnthropic,
  kOpenai,
  kOpenrouter,
  kGoogleApi,
  kGoogleOauth,
  kGoogleSa,
  kJwt,
  kNpm,
  kPypi,
  kRubygems,
  kCrates,
  kDocker,
  kTwilio,
  kTwilioSid,
  kSendgrid,
  kMailgun,
  kShopify,
  kDigitalocean,
  kHf,
  kVault,
  kDatabricks,
  kTelegram,
  kAzureStorage,
  kAzureAd,
  kMongodbUrl,
  kDbUrl,
  kBasicUrl,
  kAge,
  kLinear,
  kNotion,
  kDoppler,
  kGrafana,
  kAwsSecret,
  kBearer,
  kGeneric,
  kCount
};
inline constexpr std::size_t kSecretRules = static_cast<std::size_t>(SecretRule::kCount);
// A constant, defined elsewhere.
// NOLINTNEXTLINE(readability-identifier-naming)
extern const std::array<std::string_view, kSecretRules> kSecretRuleNames;

/// What follows an anchor: at least `min` of a class, as many as there are, then a literal.
struct TokenPart {
  CharClass cls = CharClass::kAlnum;
  std::uint16_t min = 0;
  std::string_view then = {};
};

/// How a rule is decided where its anchor was found.
enum class Grammar : std::uint8_t {
  kToken,    // by the members of SecretPattern
  kUrl,      // scheme://user:password@
  kBearer,   // authorization: bearer value
  kAws,      // aws...key...= value
  kGeneric,  // password = "value"
  kPem,      // -----BEGIN ... PRIVATE KEY-----
};

/// One form of a secret. A token is: the bytes of `before` in front of the anchor, the anchor (one
/// of the words in `anchors`, '|' between them), the parts, and all bytes of `tail` that follow.
/// The prefilter looks for four bytes of a word: those behind '^', where its first four are too
/// common.
struct SecretPattern {
  std::uint8_t group = 0;  // of the prefilter, 0 to 7
  SecretRule rule = SecretRule::kGeneric;
  Grammar grammar = Grammar::kToken;
  std::string_view anchors;
  std::array<TokenPart, 4> parts = {};
  std::uint8_t part_count = 0;
  CharClass tail = CharClass::kWord;
  TokenPart before = {};
  std::uint8_t secret_from = 0;  // 0: all is replaced; n: from the n-th part on
  bool ignore_case = false;
  bool word_start = false;  // no letter, digit or '_' before the anchor
};

std::span<const SecretPattern> secret_patterns() noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_SECRET_RULES_H_
