#include <utility>

#include "audit/jcs.h"
#include "coefficient/audit/record.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

// The record's object, one of its own, and an encrypted text below the deepest details.
constexpr std::size_t kMaxDepth = kMaxDetailsDepth + 3;

/// Takes the members out of an object; what is left at the end does not belong there. The first
/// fault is kept. That names and order are right is seen by writing the record again.
class Members {
 public:
  Members(Value::Object& object, Error& fault) : object_(object), fault_(fault) {}

  void text(const char* name, std::string& out) {
    if (auto* value = take<std::string>(name)) out = std::move(*value);
    drop(name);
  }
  void field(const char* name, Field& out) {
    if (auto* encrypted = peek<Encrypted>(name)) {
      out = std::move(*encrypted);
    } else if (auto* value = take<std::string>(name)) {
      out = std::move(*value);
    }
    drop(name);
  }
  void number(const char* name, std::optional<std::uint64_t>& out) {
    if (const auto* value = take<std::int64_t>(name)) {
      if (*value < 0) return fail(name, "is negative");
      out = static_cast<std::uint64_t>(*value);
    }
    drop(name);
  }
  void object(const char* name, Value::Object& out) {
    if (auto* value = take<Value::Object>(name)) out = std::move(*value);
    drop(name);
  }
  void finish() {
    if (!object_.empty()) fail("object", "has a member that does not belong there");
  }
  void fail(const char* name, const char* what) {
    if (!fault_.message.empty()) return;
    fault_ = Error{ErrorCode::kInvalidArgument, std::string("a record's ") + name + ' ' + what};
  }

 private:
  template <class T>
  T* peek(const char* name) {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : std::get_if<T>(&found->second.data);
  }
  template <class T>
  T* take(const char* name) {
    T* value = peek<T>(name);
    if (value == nullptr && object_.contains(name)) fail(name, "has the wrong type");
    return value;
  }
  void drop(const char* name) { object_.erase(name); }

  Value::Object& object_;
  Error& fault_;
};

template <class Read>
void read_object(Members& members, const char* name, Error& fault, Read read) {
  Value::Object object;
  members.object(name, object);
  Members inner(object, fault);
  read(inner);
  inner.finish();
}

void read_record(Value::Object& object, Record& record, Error& fault) {
  Members members(object, fault);
  members.text("action", record.action);
  read_object(members, "actor", fault, [&](Members& actor) {
    actor.field("id", record.actor.id);
    actor.field("session", record.actor.session);
    actor.text("type", record.actor.type);
  });
  members.text("boot", record.boot);
  members.object("details", record.details);
  members.text("host", record.host);
  members.text("id", record.id);
  members.text("intent", record.intent);
  members.number("mono", record.mono);
  members.field("reason", record.reason);
  members.number("seq", record.seq);
  members.text("service", record.service);
  read_object(members, "src", fault, [&](Members& src) {
    src.field("ip", record.src.ip);
    src.field("ua", record.src.user_agent);
  });
  read_object(members, "target", fault, [&](Members& target) {
    target.field("id", record.target.id);
    target.text("type", record.target.type);
  });
  members.text("trace", record.trace);
  std::string outcome;
  members.text("outcome", outcome);
  if (const auto known = parse_outcome(outcome)) record.outcome = *known;
  std::string time;
  members.text("time", time);
  if (const auto parsed = parse_time(time)) record.time = *parsed;
  std::optional<std::uint64_t> version;
  members.number("v", version);
  if (version != 1U) members.fail("v", "is not 1");
  members.finish();
}

}  // namespace

Result<Record> parse_record(std::string_view text) {
  if (text.size() > kMaxRecordBytes)
    return Error{ErrorCode::kResourceExhausted, "a record is longer than 65,535 bytes"};
  auto value = parse_value(text, kMaxDepth);
  if (!value) return value.error();
  auto* object = std::get_if<Value::Object>(&value->data);
  if (object == nullptr) return Error{ErrorCode::kInvalidArgument, "a record is a JSON object"};
  Record record;
  Error fault;
  read_record(*object, record, fault);
  if (!fault.message.empty()) return fault;
  auto again = to_canonical(record);
  if (!again) return again.error();
  if (*again != text)
    return Error{ErrorCode::kInvalidArgument, "the record is not as a writer would write it"};
  return record;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
