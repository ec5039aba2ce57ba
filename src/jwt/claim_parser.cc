// The strict reader of a payload; see claim_table.h.
#include "core/json_reader.h"
#include "jwt/claim_table.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

using json::Event;

class Parser {
 public:
  Parser(ClaimTable& table, const ClaimLimits& limits)
      : table_(table),
        reader_(table.json, {.max_bytes = table.json.size(), .max_depth = limits.max_depth}),
        members_left_(limits.max_members) {}

  bool object() {
    if (reader_.next() != Event::kBeginObject) return false;
    for (Event event = reader_.next(); event != Event::kEndObject; event = reader_.next()) {
      if (event != Event::kName || !count_member()) return false;
      Claim& claim = table_.claims.emplace_back();
      claim.name = unescaped();
      if (!value(claim)) return false;
    }
    return reader_.next() == Event::kEnd;
  }

 private:
  bool count_member() noexcept {
    if (members_left_ == 0) return false;
    --members_left_;
    return true;
  }

  // The last name or string: as it stands in the text, or unescaped beside it.
  std::string_view unescaped() {
    const std::string_view raw = reader_.raw();
    const std::string_view inner = raw.substr(1, raw.size() - 2);
    if (inner.find('\\') == std::string_view::npos) return inner;
    std::string& room = table_.unescaped;
    // Unescaping never lengthens, so this one reservation holds all, and views into it stay valid.
    if (room.empty()) room.reserve(table_.json.size());
    const std::size_t start = room.size();
    json::append_unescaped(inner, room);
    return std::string_view(room).substr(start);
  }

  bool value(Claim& claim) {
    const Event event = reader_.next();
    switch (event) {
      case Event::kString:
        claim.kind = ClaimKind::kText;
        claim.json = reader_.raw();
        claim.text = unescaped();
        return true;
      case Event::kNumber:
        claim.kind = ClaimKind::kNumber;
        claim.json = reader_.raw();
        return true;
      case Event::kTrue:
        return word(claim, ClaimKind::kTrue, 4);
      case Event::kFalse:
        return word(claim, ClaimKind::kFalse, 5);
      case Event::kNull:
        return word(claim, ClaimKind::kNull, 4);
      case Event::kBeginArray:
      case Event::kBeginObject:
        return nested(claim, event == Event::kBeginArray);
      default:
        return false;
    }
  }

  bool word(Claim& claim, ClaimKind kind, std::size_t size) {
    claim.kind = kind;
    claim.json = table_.json.substr(reader_.offset() - size, size);
    return true;
  }

  // Reads to the end of the array or object that has just begun, and keeps the elements of an array
  // that holds nothing but strings.
  bool nested(Claim& claim, bool texts) {
    const std::size_t start = reader_.offset() - 1;
    claim.first = table_.elements.size();
    while (true) {
      const Event event = reader_.next();
      if (event == Event::kError) return false;
      if (event == Event::kName && !count_member()) return false;
      if (reader_.depth() == 1) break;
      texts = texts && event == Event::kString;
      if (texts) table_.elements.push_back(unescaped());
    }
    if (!texts) table_.elements.resize(claim.first);
    claim.kind = texts ? ClaimKind::kTexts : ClaimKind::kOther;
    claim.count = table_.elements.size() - claim.first;
    claim.json = table_.json.substr(start, reader_.offset() - start);
    return true;
  }

  ClaimTable& table_;
  json::Reader reader_;
  std::size_t members_left_;
};

}  // namespace

bool parse_claims(ClaimTable& table, const ClaimLimits& limits) {
  return Parser(table, limits).object();
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
