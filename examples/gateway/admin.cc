#include "admin.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "rfc3339.h"
#include "server.h"

namespace gateway {
namespace {

namespace jwt = coefficient::jwt;
namespace rbac = coefficient::rbac;
using Json = nlohmann::ordered_json;

constexpr std::string_view kUnaudited =
    "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
    "\"detail\":\"the audit log cannot be written\"}\n";
constexpr std::string_view kNoScope = "Bearer error=\"insufficient_scope\"";

AdminAnswer refusal(unsigned status, std::string_view outcome, std::string_view challenge = {}) {
  AdminAnswer answer;
  answer.status = status;
  answer.body = kRefused;
  answer.outcome = outcome;
  answer.challenge = challenge;
  return answer;
}

AdminAnswer success(const Json& body) {
  AdminAnswer answer;
  answer.status = 200;
  // What a sender chose need not be UTF-8.
  answer.body = body.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  answer.outcome = "ok";
  return answer;
}

std::string time_text(std::int64_t ms) {
  return examples::rfc3339(std::chrono::system_clock::time_point(std::chrono::milliseconds(ms)));
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(printable(text));
}

std::vector<std::string> names_of(const std::vector<rbac::Assignment>& roles) {
  std::vector<std::string> names;
  names.reserve(roles.size());
  for (const rbac::Assignment& assignment : roles) names.push_back(assignment.role);
  return names;
}

// The same for every reason, and for no token at all.
AdminAnswer not_signed_in(std::string_view reason) {
  return refusal(401, reason, jwt::kChallenge);
}

}  // namespace

// Changes of who may do what are in the log, like the deeds.
class Admin::PolicyLog final : public rbac::Observer {
 public:
  explicit PolicyLog(Log& log) : log_(log) {}
  Result<> record(const rbac::Event& event) override {
    const std::string hash = coefficient::hex_encode(event.policy_sha256);
    log_.info("admin_policy",
              {{"kind", to_string(event.kind)}, {"policy", event.policy_id}, {"sha256", hash}});
    return {};
  }

 private:
  Log& log_;
};

Admin::Admin(Parts parts)
    : parts_(std::move(parts)), policy_log_(std::make_unique<PolicyLog>(parts_.log)) {}
Admin::~Admin() = default;

Result<std::unique_ptr<Admin>> Admin::create(Parts parts) {
  std::unique_ptr<Admin> admin(new Admin(std::move(parts)));
  auto authorizer = rbac::Authorizer::create(admin->parts_.policy, "gateway", *admin->policy_log_,
                                             {}, admin->parts_.clock);
  if (!authorizer) return authorizer.error();
  admin->authorizer_ = *std::move(authorizer);
  return admin;
}

AdminAnswer Admin::answer(const AdminRequest& request) {
  const auto token = request.authorization ? bearer_token(*request.authorization) : std::nullopt;
  if (!token) return refuse_sign_in(request, "no_token");
  const auto claims = parts_.verifier.verify(*token);
  if (!claims) {
    const jwt::Reason reason = claims.error().reason;
    return jwt::http_status(reason) == 503 ? refusal(503, to_string(reason))
                                           : refuse_sign_in(request, to_string(reason));
  }
  const auto known = [&](AdminAnswer answer, std::string_view action, std::string_view who) {
    answer.action = action;
    answer.who = who;
    answer.token = claims->id().value_or("");
    return answer;
  };
  const std::size_t mark = std::min(request.target.find('?'), request.target.size());
  const auto path = match_admin_path(std::string_view(request.target).substr(0, mark));
  const auto principal = parts_.policy.principal_from_claims(claims->raw_json());
  const std::string_view who = principal ? std::string_view(principal->id) : "";
  AdminAction action{.who = std::string(who),
                     .token = std::string(claims->id().value_or("")),
                     .peer = request.peer,
                     .roles = {},
                     .permission = {}};
  if (!principal) return known(refuse_action(action, "no_principal"), "", "");
  if (!path) return known(refusal(404, "path"), "", who);
  if (request.method != path->method) {
    AdminAnswer answer = refusal(405, "method");
    answer.allow = path->method;
    return known(std::move(answer), "", who);
  }
  action.roles = names_of(principal->roles);
  action.permission = path->permission;
  action.delivery = path->id;
  const auto decision = authorizer_->authorize(*principal, path->permission, rbac::Scope::global());
  if (!decision) {
    return known(refuse_action(action, to_string(decision.reason)), path->permission, who);
  }
  const std::string_view query =
      std::string_view(request.target).substr(std::min(mark + 1, request.target.size()));
  return known(perform(action, *path, query), path->permission, who);
}

AdminAnswer Admin::refuse_sign_in(const AdminRequest& request, std::string_view reason) {
  parts_.audit.refused({.reason = std::string(reason), .peer = request.peer});
  return not_signed_in(reason);
}

AdminAnswer Admin::refuse_action(const AdminAction& action, std::string_view reason) {
  parts_.audit.refused({.reason = std::string(reason),
                        .peer = action.peer,
                        .who = action.who,
                        .token = action.token,
                        .action = action.permission});
  return refusal(403, reason, kNoScope);
}

AdminAnswer Admin::perform(const AdminAction& action, const AdminPath& path,
                           std::string_view query) {
  if (!query.empty() && path.permission != "delivery:list") return refusal(400, "query");
  return path.method == "GET" ? show(action, query) : change(action);
}

AdminAnswer Admin::show(const AdminAction& action, std::string_view query) {
  AdminAnswer answer =
      action.permission == "receipt:read" ? show_receipt(action.delivery) : list_deliveries(query);
  if (answer.status == 400) return answer;
  auto audited = parts_.audit.shown(action, answer.status == 200);
  return audited ? answer : unaudited(audited.error());
}

AdminAnswer Admin::change(const AdminAction& action) {
  auto intent = parts_.audit.begin(action);
  if (!intent) return unaudited(intent.error());
  AdminAnswer answer = requeue(action.delivery);
  auto audited = parts_.audit.finished(action, *intent, answer.status == 200);
  // It is done; the intent, which stays open, says that it may be.
  return audited ? answer : unaudited(audited.error());
}

AdminAnswer Admin::unaudited(const Error& error) {
  parts_.log.error("audit_failed", {{"reason", error.message}});
  AdminAnswer answer = refusal(503, "audit_failed");
  answer.body = kUnaudited;
  answer.content_type = "application/problem+json";
  return answer;
}

AdminAnswer Admin::list_deliveries(std::string_view query) {
  const auto page = parse_delivery_page(query);
  if (!page) return refusal(400, "query");
  // One more than asked for says whether there is a next page.
  auto rows = parts_.store.deliveries(page->before, page->limit + 1);
  if (!rows) return failed(rows.error());
  const bool more = rows->size() > page->limit;
  if (more) rows->pop_back();
  Json list = Json::array();
  for (const DeliverySummary& row : *rows) {
    list.push_back({{"id", row.id},
                    {"received", time_text(row.received_ms)},
                    {"endpoint", row.endpoint},
                    {"event", text_or_null(row.event)},
                    {"delivery", text_or_null(row.delivery_id)},
                    {"state", row.state},
                    {"result", text_or_null(row.result)},
                    {"attempts", row.attempts}});
  }
  const Json next = more ? Json(rows->back().id) : Json(nullptr);
  return success({{"deliveries", std::move(list)}, {"next_before", next}});
}

AdminAnswer Admin::show_receipt(std::int64_t id) {
  auto receipt = parts_.store.receipt(id);
  if (!receipt) return failed(receipt.error());
  Json manifest = nullptr;
  if (!receipt->manifest.empty()) manifest = Json::parse(receipt->manifest, nullptr, false);
  if (manifest.is_discarded()) {
    return failed(
        {ErrorCode::kDataLoss, "the receipt of delivery " + std::to_string(id) + " is no JSON"});
  }
  return success({{"delivery", id},
                  {"finished", time_text(receipt->finished_ms)},
                  {"receipt", std::move(manifest)}});
}

AdminAnswer Admin::requeue(std::int64_t id) {
  if (auto done = parts_.inbox.requeue(id); !done) return failed(done.error());
  parts_.requeued();
  return success({{"status", "requeued"}, {"delivery", id}});
}

AdminAnswer Admin::failed(const Error& error) {
  if (error.code == ErrorCode::kNotFound) return refusal(404, "unknown_id");
  parts_.log.error("admin_failed", {{"reason", error.message}});
  return refusal(503, "unavailable");
}

}  // namespace gateway
