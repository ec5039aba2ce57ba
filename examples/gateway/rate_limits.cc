#include "rate_limits.h"

#include <initializer_list>
#include <utility>

#include "coefficient/webhook/content.h"
#include "core/json.h"

namespace gateway {
namespace {

namespace rl = coefficient::ratelimit;
namespace webhook = coefficient::webhook;

constexpr std::size_t kMaxBodyKeyBytes = 200;

std::vector<Use> uses_of(const std::vector<RateKey>& keys) {
  std::vector<Use> uses;
  uses.reserve(keys.size());
  for (const RateKey& key : keys) uses.push_back({.tier = key.tier, .key = key.key});
  return uses;
}

Result<std::unique_ptr<RateCounts>> counts_of(const RateLimitConfig& config, const Clock& clock,
                                              Log* log) {
  if (config.redis.empty()) return local_rate_counts(config, clock);
  auto backend = redis_rate_backend(config);
  if (!backend) return backend.error();
  return shared_rate_counts(config, *std::move(backend), clock, log);
}

std::optional<std::string> first_scalar(std::string_view text,
                                        std::initializer_list<std::string_view> pointers) {
  for (const std::string_view pointer : pointers) {
    auto found = coefficient::json::scalar_at(text, pointer);
    if (!found) return std::nullopt;
    if (*found && !(*found)->empty()) return *std::move(found);
  }
  return std::nullopt;
}

std::optional<std::string> named_in(std::string_view content_type,
                                    const webhook::Verified& verified,
                                    std::initializer_list<std::string_view> pointers) {
  if (!content_type.starts_with("application/x-www-form-urlencoded")) {
    return first_scalar(verified.body(), pointers);
  }
  const auto document = webhook::json_document(verified, content_type);
  if (document) return first_scalar(*document, pointers);
  // A slash command of Slack's is a form without a document.
  auto team = webhook::form_field(verified, "team_id");
  if (!team) return std::nullopt;
  return *std::move(team);
}

}  // namespace

RateLimits::RateLimits(const RateLimitConfig& config, std::unique_ptr<RateCounts> counts,
                       ClientAddresses addresses)
    : policies_(config.policies),
      counts_(std::move(counts)),
      addresses_(std::move(addresses)),
      lane_(config.redis.empty() ? nullptr : std::make_unique<Lane>(kMaxPending)) {}

void RateLimits::take(std::vector<RateKey> keys, Done done) {
  if (lane_ == nullptr) return done(counts_->take(uses_of(keys)));
  const bool waits = lane_->post([this, keys = std::move(keys), done]() mutable {
    // Given away, so that what it holds does not go with this task.
    std::exchange(done, nullptr)(counts_->take(uses_of(keys)));
  });
  if (!waits) done({});
}

void RateLimits::give_back(RateKey key) {
  const auto give = [this](const RateKey& one) {
    const Use use{.tier = one.tier, .key = one.key};
    counts_->give_back({&use, 1});
  };
  if (lane_ == nullptr) return give(key);
  // After the end nobody is counted any more.
  (void)lane_->post_anyway([give, key = std::move(key)] { give(key); });
}

void RateLimits::stop() {
  if (lane_ != nullptr) lane_->stop();
}

Result<std::unique_ptr<RateLimits>> RateLimits::create(const RateLimitConfig& config,
                                                       const Clock& clock, Log* log) {
  auto addresses = ClientAddresses::create(config.proxies);
  if (!addresses) return addresses.error();
  auto counts = counts_of(config, clock, log);
  if (!counts) return counts.error();
  return std::unique_ptr<RateLimits>(
      new RateLimits(config, *std::move(counts), *std::move(addresses)));
}

std::vector<rl::HeaderField> RateLimits::fields(std::span<const Tier> tiers,
                                                const rl::Decision& decision,
                                                std::chrono::system_clock::time_point now) const {
  auto out = rl::ratelimit_headers(rl::HeaderDialect::kIetf, {&decision, 1}, now);
  std::vector<rl::Policy> asked;
  asked.reserve(tiers.size());
  for (const Tier tier : tiers) asked.push_back(policies_[static_cast<std::size_t>(tier)]);
  std::string policies = rl::ratelimit_policy_field(asked);
  if (!policies.empty()) {
    out.push_back({.name = "RateLimit-Policy", .value = std::move(policies)});
  }
  return out;
}

std::optional<RateKey> body_key(std::string_view endpoint, std::string_view content_type,
                                const webhook::Verified& verified) {
  const bool github = endpoint == "github";
  if (!github && endpoint != "slack") return std::nullopt;
  // Interactions have the workspace in an object, everything else as a member.
  auto key = github ? named_in(content_type, verified, {"/installation/id"})
                    : named_in(content_type, verified, {"/team_id", "/team/id"});
  if (!key || key->empty() || key->size() > kMaxBodyKeyBytes) return std::nullopt;
  return RateKey{.tier = github ? Tier::kInstallation : Tier::kTeam, .key = *std::move(key)};
}

}  // namespace gateway
