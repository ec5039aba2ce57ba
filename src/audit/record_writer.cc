#include <algorithm>
#include <array>
#include <utility>

#include "audit/jcs.h"
#include "audit/record_text.h"
#include "coefficient/audit/record.h"
#include "core/utf8.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kMaxNameBytes = 64;

constexpr std::array<std::pair<std::string_view, Outcome>, 5> kOutcomes = {
    {{"success", Outcome::kSuccess},
     {"failure", Outcome::kFailure},
     {"denied", Outcome::kDenied},
     {"intent", Outcome::kIntent},
     {"unknown", Outcome::kUnknown}}};

bool all_of_short(std::string_view text, bool (*allowed)(char)) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), allowed);
}
bool is_id(std::string_view text) {
  return all_of_short(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}
bool is_empty(const Field& field) {
  const auto* text = std::get_if<std::string>(&field);
  return text != nullptr && text->empty();
}

/// Writes a record's members in their order; the first fault is kept.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) { out_.push_back('{'); }

  void begin(std::string_view name) {
    if (out_.back() != '{') out_.push_back(',');
    out_.push_back('"');
    out_ += name;
    out_ += "\":";
  }
  void open(std::string_view name) {
    begin(name);
    out_.push_back('{');
  }
  void close() { out_.push_back('}'); }
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!utf8::is_valid(value)) return fail(name, "is not UTF-8");
    begin(name);
    append_string(value, out_);
  }
  void name(std::string_view name, std::string_view value) {
    if (!is_record_name(value)) return fail(name, "is no name: 1 to 64 of [a-z0-9_.]");
    text(name, value);
  }
  void id(std::string_view name, std::string_view value) {
    if (!is_id(value)) return fail(name, "is no id: 1 to 64 of [A-Za-z0-9_-]");
    text(name, value);
  }
  void number(std::string_view name, const std::optional<std::uint64_t>& value) {
    if (!value) return;
    if (*value > static_cast<std::uint64_t>(kMaxInteger)) return fail(name, "is above 2^53");
    begin(name);
    append_integer(static_cast<std::int64_t>(*value), out_);
  }
  void field(std::string_view name, const Field& value) {
    if (const auto* plain = std::get_if<std::string>(&value)) return text(name, *plain);
    begin(name);
    encrypted(name, std::get<Encrypted>(value));
  }
  void details(std::string_view name, const Value::Object& object) {
    if (object.empty()) return;
    for (const auto& [member, value] : object) check(name, member, value, 1);
    if (!fault_.message.empty()) return;
    begin(name);
    append_value(object, out_);
  }
  void fail(std::string_view name, std::string_view what,
            ErrorCode code = ErrorCode::kInvalidArgument) {
    if (!fault_.message.empty()) return;
    fault_ = Error{code, "a record's "};
    fault_.message += name;
    fault_.message += ' ';
    fault_.message += what;
  }
  Result<> finish() {
    out_.push_back('}');
    if (!fault_.message.empty()) return fault_;
    if (out_.size() > kMaxRecordBytes)
      return Error{ErrorCode::kResourceExhausted,
                   "a record is longer than " + std::to_string(kMaxRecordBytes) + " bytes"};
    return {};
  }

 private:
  void encrypted(std::string_view name, const Encrypted& value) {
    for (const std::string* part : {&value.kid, &value.nonce, &value.ct, &value.tag})
      if (!utf8::is_valid(*part)) fail(name, "is not UTF-8");
    append_encrypted(value, out_);
  }
  void check(std::string_view name, std::string_view member, const Value& value,
             std::size_t depth) {
    if (!is_record_name(member)) fail(name, "has a member that is no name: 1 to 64 of [a-z0-9_.]");
    check(name, value, depth);
  }
  void check(std::string_view name, const Value& value, std::size_t depth) {
    if (depth > kMaxDetailsDepth) return fail(name, "is too deep", ErrorCode::kResourceExhausted);
    if (const auto* number = std::get_if<std::int64_t>(&value.data)) {
      if (*number > kMaxInteger || *number < -kMaxInteger) fail(name, "has an integer beyond 2^53");
    } else if (const auto* text = std::get_if<std::string>(&value.data)) {
      if (!utf8::is_valid(*text)) fail(name, "is not UTF-8");
    } else if (const auto* secret = std::get_if<Encrypted>(&value.data)) {
      for (const std::string* part : {&secret->kid, &secret->nonce, &secret->ct, &secret->tag})
        if (!utf8::is_valid(*part)) fail(name, "is not UTF-8");
    } else if (const auto* array = std::get_if<Value::Array>(&value.data)) {
      for (const Value& element : *array) check(name, element, depth + 1);
    } else if (const auto* object = std::get_if<Value::Object>(&value.data)) {
      for (const auto& [member, inner] : *object) check(name, member, inner, depth + 1);
    }
  }

  std::string& out_;
  Error fault_;
};

void write_actor(Writer& writer, const Actor& actor) {
  writer.open("actor");
  if (is_empty(actor.id)) writer.fail("actor.id", "is missing");
  writer.field("id", actor.id);
  writer.field("session", actor.session);
  writer.name("type", actor.type);
  writer.close();
}

void write_source_and_target(Writer& writer, const Record& record) {
  if (!is_empty(record.src.ip) || !is_empty(record.src.user_agent)) {
    writer.open("src");
    writer.field("ip", record.src.ip);
    writer.field("ua", record.src.user_agent);
    writer.close();
  }
  if (!record.target.type.empty() || !is_empty(record.target.id)) {
    writer.open("target");
    writer.field("id", record.target.id);
    writer.name("type", record.target.type);
    writer.close();
  }
}

}  // namespace

bool is_record_name(std::string_view text) noexcept {
  return all_of_short(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

std::string_view to_string(Outcome outcome) noexcept {
  for (const auto& [name, value] : kOutcomes)
    if (value == outcome) return name;
  return "";
}

std::optional<Outcome> parse_outcome(std::string_view name) noexcept {
  for (const auto& [known, value] : kOutcomes)
    if (known == name) return value;
  return std::nullopt;
}

// The names in the order of their bytes, as canonical JSON wants them.
Result<> append_canonical(const Record& record, std::string& out) {
  Writer writer(out);
  writer.name("action", record.action);
  write_actor(writer, record.actor);
  writer.text("boot", record.boot);
  writer.details("details", record.details);
  writer.text("host", record.host);
  writer.id("id", record.id);
  if (!record.intent.empty()) writer.id("intent", record.intent);
  writer.number("mono", record.mono);
  writer.text("outcome", to_string(record.outcome));
  if (to_string(record.outcome).empty()) writer.fail("outcome", "is none that there is");
  writer.field("reason", record.reason);
  writer.number("seq", record.seq);
  writer.text("service", record.service);
  write_source_and_target(writer, record);
  const std::string time = format_time(record.time);
  if (time.empty()) writer.fail("time", "is not of the years 1970 to 9999");
  writer.text("time", time);
  writer.text("trace", record.trace);
  writer.number("v", 1);
  return writer.finish();
}

Result<std::string> to_canonical(const Record& record) {
  std::string text;
  text.reserve(512);
  if (auto written = append_canonical(record, text); !written) return written.error();
  return text;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
