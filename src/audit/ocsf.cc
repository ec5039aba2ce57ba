#include <algorithm>
#include <array>
#include <utility>

#include "audit/clear_text.h"
#include "audit/jcs.h"
#include "coefficient/audit/export_format.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

// API Activity: https://schema.ocsf.io/1.3.0/classes/api_activity
constexpr int kCategoryUid = 6;
constexpr int kClassUid = 6003;

enum Activity { kCreate = 1, kRead = 2, kUpdate = 3, kDelete = 4, kOther = 99 };

// By the last word of the action, as in "vault.secret.read".
Activity activity_of(std::string_view action) {
  constexpr std::array<std::pair<std::string_view, Activity>, 22> kWords = {{
      {"create", kCreate}, {"created", kCreate}, {"add", kCreate},    {"append", kCreate},
      {"read", kRead},     {"get", kRead},       {"list", kRead},     {"search", kRead},
      {"export", kRead},   {"verify", kRead},    {"update", kUpdate}, {"set", kUpdate},
      {"write", kUpdate},  {"rotate", kUpdate},  {"change", kUpdate}, {"delete", kDelete},
      {"remove", kDelete}, {"erase", kDelete},   {"erased", kDelete}, {"destroy", kDelete},
      {"pruned", kDelete}, {"revoke", kUpdate},
  }};
  const std::string_view word = action.substr(action.rfind('.') + 1);
  const auto* const found =
      std::find_if(kWords.begin(), kWords.end(), [word](const auto& w) { return w.first == word; });
  return found == kWords.end() ? kOther : found->second;
}

void put(Value::Object& object, const char* name, std::string text) {
  if (!text.empty()) object.emplace(name, std::move(text));
}

Value::Object actor_of(const Record& record) {
  Value::Object user;
  put(user, "uid", clear_text(record.actor.id));
  put(user, "type", record.actor.type);
  Value::Object actor{{"user", std::move(user)}};
  if (std::string session = clear_text(record.actor.session); !session.empty())
    actor.emplace("session", Value::Object{{"uid", std::move(session)}});
  return actor;
}

// An endpoint must have an address or a name.
Value::Object source_of(const Record& record) {
  Value::Object endpoint;
  const bool encrypted = std::holds_alternative<Encrypted>(record.src.ip);
  put(endpoint, encrypted ? "uid" : "ip", clear_text(record.src.ip));
  if (endpoint.empty()) endpoint.emplace("name", "unknown");
  return endpoint;
}

Value::Object metadata_of(const Record& record) {
  Value::Object metadata{
      {"product", Value::Object{{"name", "Coefficient audit"}, {"vendor_name", "Coefficient"}}},
      {"version", "1.3.0"},
      {"uid", record.id},
  };
  if (record.seq) metadata.emplace("sequence", static_cast<std::int64_t>(*record.seq));
  put(metadata, "correlation_uid", record.intent);
  put(metadata, "trace_uid", record.trace);
  return metadata;
}

std::pair<int, const char*> status_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSuccess:
      return {1, "Success"};
    case Outcome::kFailure:
    case Outcome::kDenied:
      return {2, "Failure"};
    case Outcome::kIntent:
      return {99, "Intent"};
    case Outcome::kUnknown:
      break;
  }
  return {0, "Unknown"};
}

}  // namespace

std::string to_ocsf(const Record& record) {
  const Activity activity = activity_of(record.action);
  const auto [status_id, status] = status_of(record.outcome);
  Value::Object api{{"operation", record.action}};
  if (!record.service.empty()) api.emplace("service", Value::Object{{"name", record.service}});
  Value::Object event{
      {"activity_id", static_cast<int>(activity)},
      {"actor", actor_of(record)},
      {"api", std::move(api)},
      {"category_uid", kCategoryUid},
      {"class_uid", kClassUid},
      {"metadata", metadata_of(record)},
      {"severity_id", status_id == 2 ? 2 : 1},  // low, informational
      {"src_endpoint", source_of(record)},
      {"status", status},
      {"status_id", status_id},
      {"time",
       std::chrono::floor<std::chrono::milliseconds>(record.time.time_since_epoch()).count()},
      {"type_uid", kClassUid * 100 + static_cast<int>(activity)},
  };
  if (record.outcome == Outcome::kDenied) event.emplace("status_code", "denied");
  put(event, "status_detail", clear_text(record.reason));
  if (!record.target.type.empty() || !clear_text(record.target.id).empty()) {
    Value::Object resource;
    put(resource, "uid", clear_text(record.target.id));
    put(resource, "type", record.target.type);
    event.emplace("resources", Value::Array{std::move(resource)});
  }
  if (std::string agent = clear_text(record.src.user_agent); !agent.empty())
    event.emplace("http_request", Value::Object{{"user_agent", std::move(agent)}});
  Value::Object unmapped;
  put(unmapped, "host", record.host);
  if (!record.details.empty()) unmapped.emplace("details", record.details);
  if (!unmapped.empty()) event.emplace("unmapped", std::move(unmapped));
  std::string text;
  append_value(event, text);
  return text;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
