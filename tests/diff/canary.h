#ifndef COEFFICIENT_TESTS_DIFF_CANARY_H_
#define COEFFICIENT_TESTS_DIFF_CANARY_H_

#include <array>
#include <cstddef>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

namespace test {

/// A made-up secret in a place where its rule must find it: `before` and `after` may stay, of
/// `secret` nothing may.
struct Canary {
  std::string before;
  std::string secret;
  std::string after;
  [[nodiscard]] std::string line() const { return before + secret + after; }
};

/// How canaries of a rule look: "%x{n}" is n random bytes of a class.
struct CanaryForm {
  std::string_view rule;
  std::string_view before;
  std::string_view secret;
  std::string_view after = "";
  bool word_start = false;  // only where no letter, digit or '_' stands before it
};

inline constexpr std::array kCanaryForms = {
    CanaryForm{"github-token", "", "ghp_%a{36}"},
    CanaryForm{"github-token", "", "gho_%a{36}"},
    CanaryForm{"github-token", "", "ghu_%a{36}"},
    CanaryForm{"github-token", "", "ghr_%a{36}"},
    CanaryForm{"github-token", "", "ghs_%a{36}"},
    CanaryForm{"github-token", "", "ghs_%a{20}.%u{300}_%a{180}"},
    CanaryForm{"github-fine", "", "github_pat_%a{22}_%a{59}"},
    CanaryForm{"gitlab-pat", "", "glpat-%u{20}"},
    CanaryForm{"gitlab-other", "", "glptt-%u{40}"},
    CanaryForm{"gitlab-other", "", "glsoat-%u{20}"},
    CanaryForm{"gitlab-other", "", "glagent-%u{50}"},
    CanaryForm{"slack-token", "", "xoxb-%d{12}-%d{12}-%a{24}"},
    CanaryForm{"slack-token", "", "xoxe-1-%a{10}"},
    CanaryForm{"slack-app", "", "xapp-1-%n{11}-%d{13}-%h{64}"},
    CanaryForm{"slack-hook", "https://hooks.slack.com/services/", "T%n{10}/B%n{10}/%a{24}"},
    CanaryForm{"aws-key-id", "", "AKIA%U{16}"},
    CanaryForm{"aws-key-id", "", "ASIA%U{16}"},
    CanaryForm{"aws-secret", "aws_secret_access_key = ", "%b{40}"},
    CanaryForm{"aws-secret", "AWS_SECRET_KEY: \"", "%b{40}", "\""},
    CanaryForm{"stripe", "", "sk_live_%a{24}"},
    CanaryForm{"stripe", "", "rk_test_%a{99}"},
    CanaryForm{"stripe-hook", "", "whsec_%b{43}="},
    CanaryForm{"paystack", "", "sk_live_%h{40}"},
    CanaryForm{"anthropic", "", "sk-ant-api03-%u{95}"},
    CanaryForm{"openai", "", "sk-%a{20}T3BlbkFJ%a{20}"},
    CanaryForm{"openai", "", "sk-proj-%u{74}T3BlbkFJ%u{74}"},
    CanaryForm{"openrouter", "", "sk-or-v1-%h{64}"},
    CanaryForm{"google-api", "", "AIza%u{35}"},
    CanaryForm{"google-oauth", "", "GOCSPX-%u{28}"},
    CanaryForm{"google-sa", "\"private_key_id\": \"", "%h{40}", "\""},
    CanaryForm{"jwt", "", "eyJ%u{33}.eyJ%u{70}.%u{43}"},
    CanaryForm{"npm", "", "npm_%a{36}"},
    CanaryForm{"pypi", "", "pypi-AgEIcHlwaS5vcmc%u{130}"},
    CanaryForm{"rubygems", "", "rubygems_%h{48}"},
    CanaryForm{"crates", "", "cio%a{32}", "", true},
    CanaryForm{"docker", "", "dckr_pat_%u{27}"},
    CanaryForm{"twilio", "", "SK%h{32}"},
    CanaryForm{"twilio-sid", "", "AC%h{32}"},
    CanaryForm{"sendgrid", "", "SG.%u{22}.%u{43}"},
    CanaryForm{"mailgun", "", "key-%h{32}"},
    CanaryForm{"shopify", "", "shpat_%h{32}"},
    CanaryForm{"shopify", "", "shpss_%H{32}"},
    CanaryForm{"digitalocean", "", "dop_v1_%h{64}"},
    CanaryForm{"hf", "", "hf_%l{34}"},
    CanaryForm{"vault", "", "hvs.%u{95}"},
    CanaryForm{"databricks", "", "dapi%h{32}"},
    CanaryForm{"telegram", "", "%d{10}:AA%u{33}"},
    CanaryForm{"azure-storage", "AccountKey=", "%b{86}=="},
    CanaryForm{"azure-ad", "", "%a{3}8Q~%u{34}"},
    CanaryForm{"mongodb-url", "mongodb+srv://admin:", "%u{16}", "@cluster0.example.net/db"},
    CanaryForm{"db-url", "postgresql://app:", "%a{12}/%a{4}", "@db.example.net:5432/x"},
    CanaryForm{"db-url", "redis://:", "%u{30}", "@cache:6379"},
    CanaryForm{"basic-url", "https://user:", "%u{20}", "@host.example/path"},
    CanaryForm{"basic-url", "ftp://user:", "%a{10}@%a{4}", "@host.example/path"},
    CanaryForm{"bearer", "Authorization: Bearer ", "%.{40}"},
    CanaryForm{"bearer", "\"authorization\": \"token ", "%a{40}", "\""},
    CanaryForm{"age", "", "AGE-SECRET-KEY-1%n{58}"},
    CanaryForm{"linear", "", "lin_api_%a{40}"},
    CanaryForm{"notion", "", "ntn_%d{11}%a{35}"},
    CanaryForm{"doppler", "", "dp.pt.%a{43}"},
    CanaryForm{"grafana", "", "glsa_%a{32}_%h{8}"},
    CanaryForm{"generic", "password = \"", "%a{12}7%a{8}", "\""},
    CanaryForm{"generic", "'client_secret': '", "7%u{32}", "'"},
    CanaryForm{"generic", "const apiKey: string = `", "%a{20}0", "`"},
    CanaryForm{"generic", "{\\\"db_password\\\": \\\"", "%a{5}!8%a{12}", "\\\"}"},
    CanaryForm{"generic", "os.environ[\"API_KEY\"] = '", "%a{31}1", "'"},
    CanaryForm{"pem", "",
               "-----BEGIN PRIVATE KEY-----\\nMIIE%b{60}\\n%b{30}==\\n-----END PRIVATE KEY-----"},
};

class CanaryMaker {
 public:
  explicit CanaryMaker(unsigned seed) : random_(seed) {}

  Canary make(const CanaryForm& form) {
    return {std::string(form.before), fill(form.secret), std::string(form.after)};
  }
  std::string fill(std::string_view spec) {
    std::string text;
    for (std::size_t i = 0; i < spec.size(); ++i) {
      if (spec[i] != '%') {
        text.push_back(spec[i]);
        continue;
      }
      const std::size_t close = spec.find('}', i);
      const int count = std::atoi(std::string(spec.substr(i + 3, close - i - 3)).c_str());
      for (int n = 0; n < count; ++n) text.push_back(one_of(spec[i + 1]));
      i = close;
    }
    return text;
  }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  char one_of(char cls) {
    static constexpr std::string_view kDigits = "0123456789";
    static constexpr std::string_view kAlnum =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.+/";
    const auto pick = [this](std::string_view set) { return set[below(set.size())]; };
    switch (cls) {
      case 'd':
        return pick(kDigits);
      case 'h':
        return pick("0123456789abcdef");
      case 'H':
        return pick("0123456789abcdefABCDEF");
      case 'n':
        return pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
      case 'U':
        return pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
      case 'l':
        return pick(kAlnum.substr(10, 52));
      case 'u':
        return pick(kAlnum.substr(0, 64));
      case '.':
        return pick(kAlnum.substr(0, 65));
      case 'b':
        return below(32) == 0 ? pick("+/") : pick(kAlnum.substr(0, 62));
      default:
        return pick(kAlnum.substr(0, 62));
    }
  }

  std::mt19937 random_;
};

/// Whether any 12 neighbouring bytes of `secret` are in `text`.
inline bool leaks(std::string_view text, std::string_view secret) {
  constexpr std::size_t kPiece = 12;
  for (std::size_t i = 0; i + kPiece <= secret.size(); ++i)
    if (text.find(secret.substr(i, kPiece)) != std::string_view::npos) return true;
  return false;
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_DIFF_CANARY_H_
