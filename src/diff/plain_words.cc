#include "diff/plain_words.h"

#include <algorithm>
#include <array>

#include "diff/char_runs.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

// Of the names, paths, URLs and messages that code assigns to things called a secret. Sorted.
constexpr std::string_view kList =
    "a abstract access account accounts action active add address admin again agent alias all an "
    "and any api app application apps archive args array assets async at attribute attributes "
    "audience auth authenticate authentication author authorization authorize aws azure backend "
    "bad bar base basic baz bearer begin bin body bot bucket build builder button by ca cache "
    "callback cannot cert certificate certificates change changed changeme channel char check ci "
    "class cli client close cloud cluster code cold com command common company component config "
    "configuration confirm confirmation connect connection constant consumer container content "
    "context control controller cookie core count create created credential credentials crypto "
    "csrf current customer data database date db debug default delete demo deploy description dev "
    "development device digest dir directory disabled dist do docker docs does domain dummy edit "
    "email empty enabled encrypted encryption end endpoint engine enter env environment error "
    "errors etc event example exception expired export extension external factory failed fake "
    "false feature fetch field fields file filename files first flag folder foo for forgot form "
    "format found from full function gcp generate generator generic get git github gitlab given "
    "global google grant group handler has hash header headers health hello help helper here "
    "hidden home hook host html http https id identifier identity in index info init inner input "
    "insert install instance int integration internal invalid io is issuer it item items java "
    "javascript jenkins job js json jwt key keyring keys kubernetes label last length level lib "
    "library link linux list listener load local localhost location log logger login logout mail "
    "main manager map master max message meta metadata method min missing mock model module must "
    "my name names namespace net network new next no node none not null number oauth object of "
    "offline ok old on one only open openid operator option options or org organization origin "
    "out output owner package page parameter params parse parser pass passphrase passwd password "
    "passwords path pem pepper permission personal pipeline placeholder please plugin policy pool "
    "port post prefix private prod production profile program project prompt properties property "
    "provider proxy public push put python query read readonly realm redirect refresh region "
    "register registry release remote remove replace repo repository request required reset "
    "resource response rest result role root route rsa run salt sample save schema scheme scope "
    "script search secret secrets secure security select send server service services session "
    "sessions set setting settings setup shared sign signature signing simple slack some source "
    "spring src ssh ssl staging start state static status storage store string stripe strong "
    "style subject submit success super support svc system table target task team temp template "
    "temporary test tester testing tests text the this time title tls tmp to token tokenizer "
    "tokens tool true try type types ui undefined unknown unset update updated upload uri url use "
    "used user username users util utils valid validate validation validator value values var "
    "variable vault verification verifier verify version view visible wallet web webhook will "
    "with word work worker workspace world write wrong www x xml yaml your";

constexpr auto kWords = [] {
  std::array<std::string_view, 1 + std::count(kList.begin(), kList.end(), ' ')> words{};
  std::size_t from = 0;
  for (std::string_view& word : words) {
    word = kList.substr(from, kList.find(' ', from) - from);
    from += word.size() + 1;
  }
  return words;
}();
static_assert(std::is_sorted(kWords.begin(), kWords.end()));

constexpr std::size_t kLongestWord = 16;

bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

// Returns where the word ends that starts at `from`: before another byte than a letter, or before
// the next hump of camelCase (aB, ABc).
std::size_t word_end(std::string_view text, std::size_t from) noexcept {
  std::size_t i = from + 1;
  for (; i < text.size() && is(CharClass::kLetter, text[i]); ++i) {
    const bool before_lower =
        i + 1 < text.size() && is(CharClass::kLetter, text[i + 1]) && !is_upper(text[i + 1]);
    if (is_upper(text[i]) && (!is_upper(text[i - 1]) || before_lower)) break;
  }
  return i;
}

bool is_known(std::string_view word) noexcept {
  if (word.size() > kLongestWord) return false;
  std::array<char, kLongestWord> lower{};
  std::transform(word.begin(), word.end(), lower.begin(), fold);
  return std::binary_search(kWords.begin(), kWords.end(),
                            std::string_view(lower.data(), word.size()));
}

}  // namespace

bool has_only_plain_words(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    if (!is(CharClass::kLetter, text[i])) {
      ++i;
      continue;
    }
    const std::size_t end = word_end(text, i);
    if (!is_known(text.substr(i, end - i))) return false;
    i = end;
  }
  return true;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
