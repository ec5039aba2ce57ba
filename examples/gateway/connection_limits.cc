#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"

namespace gateway {
namespace {

namespace rl = coefficient::ratelimit;

constexpr const char* kTargetField = "X-GitHub-Hook-Installation-Target-ID";
constexpr std::size_t kMaxTargetDigits = 20;  // of 64 bits

bool is_target_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTargetDigits &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string Connection::client_key() {
  std::vector<std::string_view> forwarded;
  const auto [begin, end] = parser_->get().equal_range("X-Forwarded-For");
  for (auto field = begin; field != end; ++field) {
    forwarded.emplace_back(field->value().data(), field->value().size());
  }
  const auto key = context_.options.rates->addresses().client(peer_address(), forwarded);
  // Those without an address (gone, or a link-local one with a zone) are limited together.
  return key ? std::string(key->view()) : "unknown";
}

bool Connection::admit_arrival() {
  if (context_.options.rates == nullptr) return true;
  const auto& request = parser_->get();
  const std::string_view url(request.target().data(), request.target().size());
  const std::string client = client_key();
  std::vector<Use> uses = {{.tier = Tier::kAddress, .key = client}};
  if (context_.options.admin != nullptr && url.starts_with("/admin/")) {
    uses.push_back({.tier = Tier::kSignIn, .key = client});
    if (!admit(uses)) return false;
    held_ = BodyKey{.tier = Tier::kSignIn, .key = client};
    return true;
  }
  const auto route = std::ranges::find(context_.routes, url, &Route::path);
  if (route == context_.routes.end()) return admit(uses);
  uses.push_back({.tier = Tier::kRoute, .key = route->endpoint});
  // What anybody may write counts together with whom it comes from: a stranger uses up a claim
  // for nobody but himself.
  std::string claim;
  if (route->endpoint == "github" && request.count(kTargetField) == 1) {
    const auto value = request[kTargetField];
    const std::string_view id(value.data(), value.size());
    if (is_target_id(id)) {
      claim = std::string(client).append("/").append(id);
      uses.push_back({.tier = Tier::kTarget, .key = claim});
    }
  }
  return admit(uses);
}

bool Connection::admit_body(const coefficient::webhook::Verified& verified) {
  if (context_.options.rates == nullptr) return true;
  auto key = body_key(route_->endpoint, content_type_, verified);
  if (!key) return true;
  const Use use{.tier = key->tier, .key = key->key};
  if (!admit({&use, 1})) return false;
  held_ = std::move(key);
  return true;
}

bool Connection::admit(std::span<const Use> uses) {
  const Ruling ruling = context_.options.rates->counts().take(uses);
  for (const Use& use : uses) tiers_.push_back(use.tier);
  if (ruling.shadow_denied) {
    context_.log->info("rate_limit_shadow",
                       {{"endpoint", route_ != nullptr ? std::string_view(route_->endpoint) : ""}});
  }
  if (ruling.decision) {
    limit_ =
        limit_ ? rl::binding_decision(std::array{*limit_, *ruling.decision}) : *ruling.decision;
  }
  if (ruling.allowed) return true;
  if (!ruling.decision) {
    refuse(503, "rate_counts_unavailable");
    return false;
  }
  close_ = true;  // the body may be unread
  log_answer(429, std::string("rate_limit/").append(limit_->policy), {});
  respond(429, rl::quota_exceeded_problem({&*limit_, 1}), rl::kProblemContentType);
  return false;
}

void Connection::give_back_held() {
  if (!held_) return;
  const Use use{.tier = held_->tier, .key = held_->key};
  context_.options.rates->counts().give_back({&use, 1});
  held_.reset();
}

void Connection::add_limit_fields(unsigned status) {
  // Other refusals are alike whoever is refused, and tell nothing.
  if (!limit_ || (status != 429 && status / 100 != 2)) return;
  for (const auto& field : context_.options.rates->fields(tiers_, *limit_, context_.clock->now())) {
    response_->set(field.name, field.value);
  }
}

}  // namespace gateway
