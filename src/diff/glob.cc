#include "diff/glob.h"

#include <algorithm>
#include <bitset>
#include <optional>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

using ByteSet = std::bitset<256>;

constexpr std::string_view kSpecial = "*?[\\";

std::size_t index_of(char c) noexcept {
  return static_cast<unsigned char>(c);
}

bool in_range(char c, char low, char high) noexcept {
  return low <= c && c <= high;
}

// The classes of ctype.h for ASCII, but with git's idea of "space". nullopt: no such class.
std::optional<bool> in_class(std::string_view name, char c) noexcept {
  const bool upper = in_range(c, 'A', 'Z');
  const bool lower = in_range(c, 'a', 'z');
  const bool digit = in_range(c, '0', '9');
  const bool graph = in_range(c, '!', '~');
  if (name == "alnum") return upper || lower || digit;
  if (name == "alpha") return upper || lower;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return in_range(c, '\0', '\x1f') || c == '\x7f';
  if (name == "digit") return digit;
  if (name == "graph") return graph;
  if (name == "lower") return lower;
  if (name == "print") return graph || c == ' ';
  if (name == "punct") return graph && !upper && !lower && !digit;
  if (name == "space") return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  if (name == "upper") return upper;
  if (name == "xdigit") return digit || in_range(c, 'a', 'f') || in_range(c, 'A', 'F');
  return std::nullopt;
}

bool add_class(std::string_view name, ByteSet& set) {
  for (std::size_t b = 0; b < set.size(); ++b) {
    const std::optional<bool> is_member = in_class(name, static_cast<char>(b));
    if (!is_member) return false;
    if (*is_member) set.set(b);
  }
  return true;
}

// Reads a `[...]`. `rest` starts behind its '[' and is moved behind its ']'.
class SetReader {
 public:
  explicit SetReader(std::string_view& rest) : rest_(rest) {}

  // nullopt if the set is malformed.
  std::optional<ByteSet> read() {
    const bool negated = rest_.starts_with('!') || rest_.starts_with('^');
    if (negated) rest_.remove_prefix(1);
    bool first = true;  // a ']' in the first place is an element
    for (; !rest_.empty() && (first || rest_.front() != ']'); first = false)
      if (!element()) return std::nullopt;
    if (rest_.empty()) return std::nullopt;
    rest_.remove_prefix(1);
    if (negated) set_.flip();
    set_.reset(index_of('/'));
    return set_;
  }

 private:
  bool element() {
    if (rest_.starts_with("[:")) {
      const std::size_t close = rest_.find(']', 2);
      if (close == std::string_view::npos) return false;
      if (close > 2 && rest_[close - 1] == ':') {
        const std::string_view name = rest_.substr(2, close - 3);
        rest_.remove_prefix(close + 1);
        range_start_.reset();
        return add_class(name, set_);
      }
    }
    if (rest_.front() == '-' && range_start_ && rest_.size() > 1 && rest_[1] != ']') {
      rest_.remove_prefix(1);
      const std::optional<char> high = character();
      if (!high) return false;
      for (std::size_t b = index_of(*range_start_); b <= index_of(*high); ++b) set_.set(b);
      range_start_.reset();
      return true;
    }
    range_start_ = character();
    if (range_start_) set_.set(index_of(*range_start_));
    return range_start_.has_value();
  }

  std::optional<char> character() {
    if (rest_.front() == '\\') rest_.remove_prefix(1);
    if (rest_.empty()) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view& rest_;
  ByteSet set_;
  std::optional<char> range_start_;
};

void set_bit(std::vector<std::uint64_t>& words, std::size_t i) noexcept {
  words[i / 64] |= std::uint64_t{1} << (i % 64);
}

}  // namespace

struct Glob::Token {
  enum class Kind : std::uint8_t { kByte, kSet, kStar, kDeepStar, kOptional };
  Kind kind = Kind::kByte;
  char byte = '\0';
  bool in_group = false;  // belongs to a `**/`
  ByteSet set = {};

  [[nodiscard]] bool takes(std::size_t b) const noexcept {
    return kind == Kind::kByte ? b == index_of(byte) : kind == Kind::kSet && set.test(b);
  }
};

class Glob::Compiler {
 public:
  // `rest` is the pattern from its first special byte on. nullopt if nothing can match it.
  static std::optional<std::vector<Token>> compile(std::string_view rest) {
    Compiler compiler(rest);
    while (!compiler.rest_.empty())
      if (!compiler.token()) return std::nullopt;
    return std::move(compiler.tokens_);
  }

 private:
  using Kind = Token::Kind;

  explicit Compiler(std::string_view rest) : rest_(rest) {}

  bool token() {
    const char c = rest_.front();
    if (c == '*') {
      stars();
      return true;
    }
    rest_.remove_prefix(1);
    before_ = c;
    if (c == '?') {
      tokens_.push_back({.kind = Kind::kSet, .set = ByteSet{}.set().reset(index_of('/'))});
    } else if (c == '[') {
      const auto set = SetReader(rest_).read();
      if (!set) return false;
      before_ = ']';
      tokens_.push_back({.kind = Kind::kSet, .set = *set});
    } else if (c != '\\') {
      tokens_.push_back({.byte = c});
    } else {
      if (rest_.empty()) return false;
      before_ = rest_.front();
      tokens_.push_back({.byte = before_});
      rest_.remove_prefix(1);
    }
    return true;
  }

  void stars() {
    const std::size_t count = std::min(rest_.find_first_not_of('*'), rest_.size());
    rest_.remove_prefix(count);
    const bool whole_directories = count > 1 && before_ == '/' &&
                                   (rest_.empty() || rest_[0] == '/' || rest_.starts_with("\\/"));
    before_ = '*';
    if (!whole_directories) {
      tokens_.push_back({.kind = Kind::kStar});
    } else if (!rest_.starts_with('/')) {
      tokens_.push_back({.kind = Kind::kDeepStar});
    } else {
      before_ = '/';
      rest_.remove_prefix(1);
      if (!tokens_.empty() && tokens_.back().in_group) return;  // `**/**/` says `**/`
      tokens_.push_back({.kind = Kind::kOptional, .in_group = true});
      tokens_.push_back({.kind = Kind::kDeepStar, .in_group = true});
      tokens_.push_back({.byte = '/', .in_group = true});
    }
  }

  std::string_view rest_;
  std::vector<Token> tokens_;
  char before_ = '/';  // the pattern's start counts as a directory's
};

Glob::Glob(std::string_view pattern) : size_(pattern.size()) {
  const std::size_t special = std::min(pattern.find_first_of(kSpecial), pattern.size());
  auto tokens = Compiler::compile(pattern.substr(special));
  if (!tokens) {
    shape_ = Shape::kNever;
    return;
  }
  prefix_ = pattern.substr(0, special);
  const auto is_literal = [](const Token& token) {
    return token.kind == Token::Kind::kByte && !token.in_group;
  };
  const auto middle_end = std::find_if_not(tokens->rbegin(), tokens->rend(), is_literal).base();
  for (auto token = middle_end; token != tokens->end(); ++token) suffix_.push_back(token->byte);
  tokens->erase(middle_end, tokens->end());

  const bool starts_at_any_depth = prefix_.empty() && tokens->size() >= 3 && (*tokens)[2].in_group;
  if (tokens->empty()) {
    shape_ = Shape::kLiteral;
    suffix_.insert(0, std::exchange(prefix_, {}));
  } else if (tokens->size() == 1 && tokens->front().kind == Token::Kind::kStar) {
    middle_ = Middle::kStar;
    if (prefix_.empty()) shape_ = Shape::kEndsWith;
  } else if (tokens->size() == 1 && tokens->front().kind == Token::Kind::kDeepStar) {
    middle_ = Middle::kDeepStar;
  } else {
    build_automaton(*tokens);
    if (starts_at_any_depth && tokens->size() == 3) shape_ = Shape::kAnyDepth;
    // `**/name/**`: literal bytes, the last of them the only '/', before a deep star.
    const auto name_end = std::find_if_not(tokens->begin() + (starts_at_any_depth ? 3 : 0),
                                           tokens->end(), is_literal);
    if (starts_at_any_depth && name_end == tokens->end() - 1 && suffix_.empty() &&
        name_end->kind == Token::Kind::kDeepStar) {
      std::string name;
      for (auto token = tokens->begin() + 3; token != name_end; ++token)
        name.push_back(token->byte);
      if (name.size() > 1 && name.find('/') == name.size() - 1) {
        shape_ = Shape::kDirectory;
        name.pop_back();
        suffix_ = std::move(name);
      }
    }
  }
}

void Glob::build_automaton(const std::vector<Token>& tokens) {
  middle_ = Middle::kAutomaton;
  length_ = tokens.size();
  words_ = length_ / 64 + 1;
  stars_.resize(words_);
  deep_stars_.resize(words_);
  optional_.resize(words_);
  for (std::size_t i = 0; i < length_; ++i) {
    if (tokens[i].kind == Token::Kind::kStar) set_bit(stars_, i);
    if (tokens[i].kind == Token::Kind::kDeepStar) set_bit(deep_stars_, i);
    if (tokens[i].kind == Token::Kind::kOptional) set_bit(optional_, i);
  }
  for (std::size_t i = 0; i < length_; ++i) {
    std::string literal;
    for (; i < length_ && tokens[i].kind == Token::Kind::kByte && !tokens[i].in_group; ++i)
      literal.push_back(tokens[i].byte);
    if (literal.size() > needle_.size()) needle_ = std::move(literal);
  }
  class_of_byte_.resize(256);
  std::vector<std::uint64_t> row(words_);
  for (std::size_t b = 0; b < class_of_byte_.size(); ++b) {
    std::fill(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < length_; ++i)
      if (tokens[i].takes(b)) set_bit(row, i);
    std::size_t known = 0;
    while (known * words_ < advance_.size() &&
           !std::equal(row.begin(), row.end(),
                       advance_.begin() + static_cast<std::ptrdiff_t>(known * words_)))
      ++known;
    if (known * words_ == advance_.size()) advance_.insert(advance_.end(), row.begin(), row.end());
    class_of_byte_[b] = static_cast<std::uint8_t>(known);
  }
}

bool Glob::matches(std::string_view text) const noexcept {
  switch (shape_) {
    case Shape::kNever:
      return false;
    case Shape::kLiteral:
      return text == suffix_;
    case Shape::kDirectory:
      return run(text);
    default:
      break;
  }
  if (text.size() < prefix_.size() + suffix_.size() || !text.starts_with(prefix_) ||
      !text.ends_with(suffix_))
    return false;
  text.remove_prefix(prefix_.size());
  text.remove_suffix(suffix_.size());
  switch (middle_) {
    case Middle::kNothing:
      return text.empty();
    case Middle::kStar:
      return text.find('/') == std::string_view::npos;
    case Middle::kDeepStar:
      return true;
    case Middle::kAutomaton:
      return run(text);
  }
  return false;
}

// Optional groups and stars can be passed without a byte. A group is followed by none, and a star
// by neither, so each kind is looked at once.
void Glob::follow_empty_moves(Words& active) const noexcept {
  std::uint64_t carry = 0;
  for (std::size_t w = 0; w < words_; ++w) {
    const std::uint64_t leave = active[w] & optional_[w];
    active[w] |= carry | leave << 1U | leave << 3U;
    carry = leave >> 63U | leave >> 61U;
  }
  carry = 0;
  for (std::size_t w = 0; w < words_; ++w) {
    const std::uint64_t leave = active[w] & (stars_[w] | deep_stars_[w]);
    active[w] |= carry | leave << 1U;
    carry = leave >> 63U;
  }
}

bool Glob::run(std::string_view text) const noexcept {
  if (text.find(needle_) == std::string_view::npos) return false;
  Words active;  // NOLINT(cppcoreguidelines-pro-type-member-init): the first words_ are used
  std::fill_n(active.begin(), words_, 0);
  active[0] = 1;
  follow_empty_moves(active);
  for (const char c : text) {
    const std::uint64_t* const advance = &advance_[class_of_byte_[index_of(c)] * words_];
    std::uint64_t carry = 0;
    std::uint64_t any = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      const std::uint64_t stay =
          active[w] & (c == '/' ? deep_stars_[w] : stars_[w] | deep_stars_[w]);
      const std::uint64_t move = active[w] & advance[w];
      active[w] = stay | move << 1U | carry;
      carry = move >> 63U;
      any |= active[w];
    }
    if (any == 0) return false;
    follow_empty_moves(active);
  }
  return ((active[length_ / 64] >> (length_ % 64)) & 1U) != 0;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
