#include <algorithm>
#include <boost/asio/post.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "connection.h"

namespace gateway {
namespace {

namespace net = boost::asio;
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

std::vector<RateKey> Connection::arrival_keys() {
  const auto& request = parser_->get();
  const std::string_view url(request.target().data(), request.target().size());
  const std::string client = client_key();
  std::vector<RateKey> keys = {{.tier = Tier::kAddress, .key = client}};
  if (context_.options.admin != nullptr && url.starts_with("/admin/")) {
    keys.push_back({.tier = Tier::kSignIn, .key = client});
    held_ = keys.back();
    return keys;
  }
  const auto route = std::ranges::find(context_.routes, url, &Route::path);
  if (route == context_.routes.end()) return keys;
  keys.push_back({.tier = Tier::kRoute, .key = route->endpoint});
  // What anybody may write counts together with whom it comes from: a stranger uses up a claim
  // for nobody but himself.
  if (route->endpoint == "github" && request.count(kTargetField) == 1) {
    const auto value = request[kTargetField];
    const std::string_view id(value.data(), value.size());
    if (is_target_id(id)) {
      keys.push_back({.tier = Tier::kTarget, .key = std::string(client).append("/").append(id)});
    }
  }
  return keys;
}

void Connection::admit(std::vector<RateKey> keys, Step then) {
  for (const RateKey& key : keys) tiers_.push_back(key.tier);
  // Counts of this process answer before take() returns.
  const auto executor = stream_.get_executor();
  const auto caller = std::this_thread::get_id();
  context_.options.rates->take(std::move(keys), [executor, caller, then,
                                                 self = shared_from_this()](Ruling ruling) mutable {
    if (std::this_thread::get_id() == caller) return self->on_ruling(ruling, then);
    // Moved on, so that the last reference is always dropped by the I/O thread.
    net::post(executor, [self = std::move(self), then, ruling] { self->on_ruling(ruling, then); });
  });
}

void Connection::on_ruling(const Ruling& ruling, Step then) {
  if (ruling.shadow_denied) {
    context_.log->info("rate_limit_shadow",
                       {{"endpoint", route_ != nullptr ? std::string_view(route_->endpoint) : ""}});
  }
  if (ruling.decision) {
    limit_ =
        limit_ ? rl::binding_decision(std::array{*limit_, *ruling.decision}) : *ruling.decision;
  }
  if (ruling.allowed) return (this->*then)();
  held_.reset();  // of those asked, none was taken
  if (!ruling.decision) return refuse(503, "rate_counts_unavailable");
  close_ = true;  // the body may be unread
  log_answer(429, std::string("rate_limit/").append(limit_->policy), {});
  respond(429, rl::quota_exceeded_problem({&*limit_, 1}), rl::kProblemContentType);
}

void Connection::give_back_held() {
  if (!held_) return;
  context_.options.rates->give_back(*std::move(held_));
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
