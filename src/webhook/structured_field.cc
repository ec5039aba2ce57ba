#include "webhook/structured_field.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {
namespace {

constexpr std::size_t kMaxFieldBytes = std::size_t{16} * 1024;
constexpr std::size_t kMaxLabels = 8;
constexpr std::size_t kMaxComponents = 32;
constexpr std::size_t kMaxParameters = 16;
constexpr std::size_t kMaxByteSequences = 16;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool is_alpha(char c) noexcept {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}

enum class ItemKind { kInteger, kString, kOther };
struct BareItem {
  ItemKind kind = ItemKind::kOther;
  std::string_view text;  // an integer's digits, a string's contents
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  [[nodiscard]] std::string_view since(std::size_t start) const {
    return text_.substr(start, at_ - start);
  }
  [[nodiscard]] bool peek(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) noexcept {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }

  // Between the members of a dictionary: OWS "," OWS, and a member must follow.
  bool comma() noexcept {
    blanks();
    if (!take(',')) return false;
    blanks();
    return !done();
  }

  // RFC 8941 section 3.1.2.
  std::optional<std::string_view> key() {
    if (done() || !(is_lower(text_[at_]) || text_[at_] == '*')) return std::nullopt;
    return run([](char c) {
      return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
    });
  }

  // RFC 8941 section 3.3.3. A string with escapes is refused: none of our values needs one, and
  // so that a view can stand for the value.
  std::optional<std::string_view> string() {
    if (!take('"')) return std::nullopt;
    const std::string_view value =
        run([](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
    if (!take('"')) return std::nullopt;
    return value;
  }

  // RFC 8941 section 3.3.5, up to the closing colon.
  std::optional<std::string_view> byte_sequence() {
    if (!take(':')) return std::nullopt;
    const std::string_view value = run([](char c) {
      return is_alpha(c) || is_digit(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '_';
    });
    if (!take(':')) return std::nullopt;
    return value;
  }

  std::optional<BareItem> bare_item() {
    if (peek('"')) {
      const auto value = string();
      if (!value) return std::nullopt;
      return BareItem{ItemKind::kString, *value};
    }
    if (peek(':')) {
      if (!byte_sequence()) return std::nullopt;
      return BareItem{};
    }
    if (take('?')) {
      if (!take('0') && !take('1')) return std::nullopt;
      return BareItem{};
    }
    return number_or_token();
  }

 private:
  template <class Accept>
  std::string_view run(Accept accept) {
    const std::size_t start = at_;
    while (at_ < text_.size() && accept(text_[at_])) ++at_;
    return since(start);
  }
  void blanks() noexcept {
    while (peek(' ') || peek('\t')) ++at_;
  }
  std::optional<BareItem> number_or_token() {
    const bool token = !done() && (is_alpha(text_[at_]) || text_[at_] == '*');
    if (token) {
      run([](char c) {
        constexpr std::string_view kOther = "!#$%&'*+-.^_`|~:/";
        return is_alpha(c) || is_digit(c) || kOther.find(c) != std::string_view::npos;
      });
      return BareItem{};
    }
    const bool negative = take('-');
    const std::string_view digits = run(is_digit);
    if (digits.empty()) return std::nullopt;
    if (!take('.')) return BareItem{negative ? ItemKind::kOther : ItemKind::kInteger, digits};
    if (run(is_digit).empty()) return std::nullopt;
    return BareItem{};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Parameter {
  std::string_view name;
  BareItem value;
};

// RFC 8941 section 3.1.2; false if malformed or if a name occurs twice.
bool parameters(Reader& in, std::vector<Parameter>& out) {
  while (in.take(';')) {
    const auto name = in.key();
    if (!name || out.size() == kMaxParameters) return false;
    if (std::any_of(out.begin(), out.end(), [&](const Parameter& p) { return p.name == *name; }))
      return false;
    std::optional<BareItem> value = BareItem{};
    if (in.take('=')) value = in.bare_item();
    if (!value) return false;
    out.push_back({*name, *value});
  }
  return true;
}

bool inner_list(Reader& in, SignatureInput& out) {
  if (!in.take('(')) return false;
  while (!in.take(')')) {
    if (!out.components.empty() && !in.take(' ')) return false;
    const auto component = in.string();
    if (!component || out.components.size() == kMaxComponents) return false;
    std::vector<Parameter> ignored;
    if (!parameters(in, ignored)) return false;
    out.component_parameters = out.component_parameters || !ignored.empty();
    out.components.push_back(*component);
  }
  return true;
}

bool assign(const Parameter& p, SignatureInput& out) {
  const auto set = [&](std::optional<std::string_view>& member, ItemKind kind) {
    member = p.value.text;
    return p.value.kind == kind;
  };
  if (p.name == "created") return set(out.created, ItemKind::kInteger);
  if (p.name == "expires") return set(out.expires, ItemKind::kInteger);
  if (p.name == "nonce") return set(out.nonce, ItemKind::kString);
  if (p.name == "keyid") return set(out.keyid, ItemKind::kString);
  if (p.name == "alg") return set(out.alg, ItemKind::kString);
  if (p.name == "tag") return set(out.tag, ItemKind::kString);
  return true;  // RFC 9421 section 2.3: others may come, and they are signed
}

}  // namespace

std::optional<std::vector<SignatureInput>> parse_signature_input(std::string_view text) {
  if (text.empty() || text.size() > kMaxFieldBytes) return std::nullopt;
  std::vector<SignatureInput> out;
  Reader in(text);
  for (;;) {
    const auto label = in.key();
    if (!label || !in.take('=') || out.size() == kMaxLabels) return std::nullopt;
    for (const SignatureInput& other : out)
      if (other.label == *label) return std::nullopt;
    SignatureInput& input = out.emplace_back();
    input.label = *label;
    const std::size_t start = in.position();
    std::vector<Parameter> list;
    if (!inner_list(in, input) || !parameters(in, list)) return std::nullopt;
    input.raw = in.since(start);
    for (const Parameter& parameter : list)
      if (!assign(parameter, input)) return std::nullopt;
    if (in.done()) return out;
    if (!in.comma()) return std::nullopt;
  }
}

std::optional<std::vector<ByteSequence>> parse_byte_sequences(std::string_view text) {
  if (text.empty() || text.size() > kMaxFieldBytes) return std::nullopt;
  std::vector<ByteSequence> out;
  Reader in(text);
  for (;;) {
    const auto name = in.key();
    if (!name || !in.take('=') || out.size() == kMaxByteSequences) return std::nullopt;
    for (const ByteSequence& other : out)
      if (other.name == *name) return std::nullopt;
    const auto value = in.byte_sequence();
    if (!value) return std::nullopt;
    out.push_back({*name, *value});
    if (in.done()) return out;
    if (!in.comma()) return std::nullopt;
  }
}

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE
