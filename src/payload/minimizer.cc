#include "coefficient/payload/minimizer.h"

#include <optional>
#include <utility>

#include "core/crypto/hmac.h"
#include "core/json_reader.h"
#include "payload/compiled_policy.h"
#include "payload/pseudonym.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload {
namespace {

using detail::CompiledPolicy;
using detail::Node;
using json::Event;

// Follows the reader and the trie side by side, and copies what a rule ends at.
class Minimizer {
 public:
  Minimizer(std::string_view payload, const CompiledPolicy& policy, const MinimizeOptions& options,
            const crypto::HmacKey* key)
      : reader_(payload, {.max_bytes = options.max_bytes, .max_depth = options.max_depth}),
        policy_(policy),
        key_(key) {
    report_.input_bytes = payload.size();
    report_.kept_by_rule.resize(policy.rules.size());
  }

  Result<Minimized> run() && {
    for (Event event = reader_.next(); event != Event::kEnd; event = reader_.next())
      if (event == Event::kError || !take(event)) return error();
    report_.output_bytes = out_.size();
    report_.dropped_leaves = report_.input_leaves - report_.kept_leaves;
    return Minimized{std::move(out_), std::move(report_)};
  }

 private:
  // An object or array that rules lead into. Its brackets and name are written when it begins and
  // taken back if nothing was kept of it.
  struct Level {
    std::size_t node;
    bool object;
    std::size_t start;     // of what is to be taken back, in out_
    std::size_t next = 0;  // index of the next element
    bool kept = false;     // whether anything stands in it yet
  };

  static bool begins(Event event) {
    return event == Event::kBeginObject || event == Event::kBeginArray;
  }
  static bool ends(Event event) { return event == Event::kEndObject || event == Event::kEndArray; }

  [[nodiscard]] Error error() const {
    return hmac_failed_ ? Error{ErrorCode::kInternal, "payload: HMAC-SHA-256 failed"}
                        : Error{reader_.error().code, "payload: " + reader_.error().message};
  }

  // False if reading or a transform failed.
  bool take(Event event) {
    if (event == Event::kName) {
      member_ = policy_.member(levels_.back().node, reader_.name());
      return true;
    }
    if (ends(event)) {
      close();
      return true;
    }
    return levels_.empty() ? root(event) : value(event);
  }

  bool root(Event event) {
    if (begins(event)) {
      open(0, event);
    } else {
      ++report_.input_leaves;
      out_ = "null";
    }
    return true;
  }

  bool value(Event event) {
    Level& level = levels_.back();
    const std::size_t node = level.object ? member_ : policy_.element(level.node, level.next++);
    const bool at_rule = node != Node::kNone && policy_.nodes[node].rule != Node::kNone;
    if (begins(event)) {
      if (at_rule) ++report_.containers_at_rules;
      if (at_rule || node == Node::kNone) return skip();
      open(node, event);
      return true;
    }
    ++report_.input_leaves;
    return !at_rule || keep(node, event);
  }

  // Reads on to the end of the object or array that has just begun.
  bool skip() {
    const std::size_t outside = reader_.depth() - 1;
    while (reader_.depth() != outside) {
      const Event event = reader_.next();
      if (event == Event::kError) return false;
      if (event != Event::kName && !begins(event) && !ends(event)) ++report_.input_leaves;
    }
    return true;
  }

  void open(std::size_t node, Event event) {
    const std::size_t start = out_.size();
    if (!levels_.empty()) begin_item(node);
    const bool object = event == Event::kBeginObject;
    out_.push_back(object ? '{' : '[');
    levels_.push_back({.node = node, .object = object, .start = start});
  }

  void close() {
    const Level level = levels_.back();
    levels_.pop_back();
    if (!levels_.empty() && !level.kept) {
      out_.resize(level.start);
      return;
    }
    out_.push_back(level.object ? '}' : ']');
    if (!levels_.empty()) levels_.back().kept = true;
  }

  void begin_item(std::size_t node) {
    const Level& level = levels_.back();
    if (level.kept) out_.push_back(',');
    if (level.object) out_.append(policy_.nodes[node].name);
  }

  bool keep(std::size_t node, Event event) {
    const std::size_t index = policy_.nodes[node].rule;
    const Rule& rule = policy_.rules[index];
    begin_item(node);
    levels_.back().kept = true;
    ++report_.kept_leaves;
    ++report_.kept_by_rule[index];
    if (event != Event::kNull && rule.transform == Transform::kHmac) return hmac(event);
    if (event == Event::kString && rule.transform == Transform::kTruncate) {
      truncate(rule.max);
    } else {
      out_.append(written(event));
    }
    return true;
  }

  [[nodiscard]] std::string_view written(Event event) const {
    switch (event) {
      case Event::kTrue:
        return "true";
      case Event::kFalse:
        return "false";
      case Event::kNull:
        return "null";
      default:
        return reader_.raw();
    }
  }

  bool hmac(Event event) {
    using detail::ValueType;
    const ValueType type = event == Event::kString   ? ValueType::kString
                           : event == Event::kNumber ? ValueType::kNumber
                                                     : ValueType::kBoolean;
    const std::string_view value = event == Event::kString ? reader_.string() : written(event);
    const auto pseudonym = detail::pseudonym(*key_, type, value);
    if (!pseudonym) {
      hmac_failed_ = true;
      return false;
    }
    ++report_.hmacs;
    out_.append("\"").append(*pseudonym).append("\"");
    return true;
  }

  void truncate(std::size_t max) {
    const std::string_view raw = reader_.raw().substr(1, reader_.raw().size() - 2);
    std::size_t length = 0;
    for (std::size_t i = 0; i < max && length < raw.size(); ++i)
      length += json::character_length(raw.substr(length));
    if (length < raw.size()) ++report_.truncated;
    out_.append("\"").append(raw, 0, length).append("\"");
  }

  json::Reader reader_;
  const CompiledPolicy& policy_;
  const crypto::HmacKey* key_;
  std::string out_;
  MinimizeReport report_;
  std::vector<Level> levels_;
  std::size_t member_ = Node::kNone;  // the node of the last name
  bool hmac_failed_ = false;
};

}  // namespace

Result<Minimized> minimize(std::string_view payload, const Policy& policy,
                           const MinimizeOptions& options) {
  constexpr std::size_t kMinKeyBytes = 16;
  std::optional<crypto::HmacKey> key;
  if (policy.needs_hmac_key()) {
    if (options.hmac_key == nullptr)
      return Error{ErrorCode::kFailedPrecondition, "payload: the policy needs an HMAC key"};
    if (options.hmac_key->size() < kMinKeyBytes)
      return Error{ErrorCode::kInvalidArgument, "payload: the HMAC key is shorter than 16 bytes"};
    auto made =
        crypto::HmacKey::create(crypto::DigestAlgorithm::kSha256, options.hmac_key->expose());
    if (!made) return made.error();
    key = *std::move(made);
  }
  return Minimizer(payload, policy.compiled(), options, key ? &*key : nullptr).run();
}

}  // namespace payload
COEFFICIENT_END_NAMESPACE
