// The quick reader of the payloads that nearly all tokens have; see claim_table.h. It gives up on
// whatever it need not know, so that each of its rules is one that the strict reader has too.
#include <algorithm>

#include "core/json_reader.h"
#include "jwt/claim_table.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

constexpr std::size_t kUsualClaims = 12;

class Scanner {
 public:
  Scanner(ClaimTable& table, const ClaimLimits& limits)
      : table_(table),
        limits_(limits),
        at_(table.json.data()),
        end_(table.json.data() + table.json.size()) {}

  bool object() {
    blanks();
    if (!take('{')) return false;
    blanks();
    if (!take('}')) {
      table_.claims.reserve(kUsualClaims);
      do {
        if (!member()) return false;
      } while (take(','));
      if (!take('}')) return false;
    }
    blanks();
    return at_ == end_;
  }

 private:
  void blanks() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  bool take(char c) noexcept {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool take(std::string_view word) noexcept {
    if (!std::string_view(at_, left()).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  // A string without escapes, of ASCII.
  bool plain_string(std::string_view& out) noexcept {
    if (!take('"')) return false;
    const std::size_t length = json::plain_length({at_, left()});
    out = {at_, length};
    at_ += length;
    return take('"');
  }

  // `name : value` with blanks around each.
  bool member() {
    blanks();
    Claim claim;
    if (table_.claims.size() == limits_.max_members || !plain_string(claim.name)) return false;
    const bool twice = std::any_of(table_.claims.begin(), table_.claims.end(),
                                   [&](const Claim& c) { return c.name == claim.name; });
    blanks();
    if (twice || !take(':')) return false;
    blanks();
    const char* const start = at_;
    if (!value(claim)) return false;
    claim.json = {start, static_cast<std::size_t>(at_ - start)};
    table_.claims.push_back(claim);
    blanks();
    return true;
  }

  bool value(Claim& claim) {
    if (at_ == end_) return false;
    switch (*at_) {
      case '"':
        claim.kind = ClaimKind::kText;
        return plain_string(claim.text);
      case 't':
        claim.kind = ClaimKind::kTrue;
        return take("true");
      case 'f':
        claim.kind = ClaimKind::kFalse;
        return take("false");
      case 'n':
        claim.kind = ClaimKind::kNull;
        return take("null");
      case '[':
        claim.kind = ClaimKind::kTexts;
        return texts(claim);
      default:
        claim.kind = ClaimKind::kNumber;
        return integer();
    }
  }

  bool integer() noexcept {
    (void)take('-');
    if (at_ == end_ || *at_ < '0' || *at_ > '9') return false;
    if (*at_ == '0') {
      ++at_;
    } else {
      while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    }
    // What else may follow makes it no integer, or is refused where the comma is looked for.
    return at_ == end_ || (*at_ != '.' && *at_ != 'e' && *at_ != 'E');
  }

  bool texts(Claim& claim) {
    constexpr std::size_t kDepth = 2;
    if (limits_.max_depth < kDepth) return false;
    ++at_;
    claim.first = table_.elements.size();
    blanks();
    if (take(']')) return true;
    do {
      blanks();
      std::string_view element;
      if (!plain_string(element)) return false;
      table_.elements.push_back(element);
      ++claim.count;
      blanks();
    } while (take(','));
    return take(']');
  }

  ClaimTable& table_;
  const ClaimLimits& limits_;
  const char* at_;
  const char* end_;
};

}  // namespace

bool scan_claims(ClaimTable& table, const ClaimLimits& limits) {
  return limits.max_depth > 0 && Scanner(table, limits).object();
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
