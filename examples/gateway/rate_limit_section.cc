#include "rate_limit_section.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "coefficient/ratelimit/address_key.h"

namespace gateway {
namespace {

namespace rl = coefficient::ratelimit;
using LimitJson = nlohmann::ordered_json;

// In the order of Tier. An address may be GitHub's own, which sends for all installations, so its
// limit is above theirs, and a route's is above what one address can use up. A token is a signature
// that no number of guesses finds: what refused ones may cost is time and log.
constexpr std::array<const char*, kTiers.size()> kInitialPolicies = {
    "name=address;limit=100;period=1s;burst=1000",
    "name=route;limit=500;period=1s;burst=5000",
    "name=target;limit=50;period=1s;burst=500",
    "name=installation;limit=600;period=1m;burst=300",
    "name=team;limit=600;period=1m;burst=300",
    "name=sign_in;limit=30;period=1m;burst=60",
};

struct LimitNumber {
  const char* name;
  std::uint64_t min;
  std::uint64_t max;
  std::uint64_t initial;
  void (*store)(RateLimitConfig&, std::uint64_t);
};

constexpr std::array kLimitNumbers = {
    LimitNumber{"max_keys", 1024, std::uint64_t{1} << 24U, 65536,
                [](RateLimitConfig& c, std::uint64_t v) { c.max_keys = v; }},
    LimitNumber{"redis_deadline_ms", 1, 10'000, 20,
                [](RateLimitConfig& c, std::uint64_t v) {
                  c.redis_deadline = std::chrono::milliseconds(v);
                }},
    LimitNumber{
        "nodes", 1, 1000, 1,
        [](RateLimitConfig& c, std::uint64_t v) { c.nodes = static_cast<std::uint32_t>(v); }},
};

struct LimitFailure {
  const char* name;
  rl::OnFailure value;
};

constexpr std::array kLimitFailures = {LimitFailure{"local", rl::OnFailure::kLocalShare},
                                       LimitFailure{"deny", rl::OnFailure::kDeny},
                                       LimitFailure{"allow", rl::OnFailure::kAllow}};

class SectionReader {
 public:
  SectionReader(const LimitJson& section, RateLimitConfig& config, std::vector<Problem>& problems)
      : section_(section), config_(config), problems_(problems), initial_(initial_rate_limits()) {}

  void read() {
    for (const auto& [name, value] : section_.items()) {
      if (!initial_.contains(name)) problem(name, "is unknown", "remove it, or correct its name");
    }
    for (std::size_t i = 0; i < kTiers.size(); ++i) read_policy(i);
    for (const LimitNumber& number : kLimitNumbers) read_number(number);
    read_proxies();
    if (const auto* server = text("redis")) config_.redis = *server;
    read_failure();
  }

 private:
  void problem(std::string_view member, std::string what, std::string fix) {
    problems_.push_back({.subject = std::string("/rate_limits/").append(member),
                         .what = std::move(what),
                         .fix = std::move(fix)});
  }
  const LimitJson* find(std::string_view member) {
    const auto found = section_.find(member);
    if (found != section_.end()) return &*found;
    problem(member, "is missing",
            "add \"" + std::string(member) + "\": " + initial_[std::string(member)].dump());
    return nullptr;
  }
  const std::string* text(std::string_view member) {
    const LimitJson* value = find(member);
    if (value == nullptr) return nullptr;
    const auto* string = value->get_ptr<const LimitJson::string_t*>();
    if (string == nullptr) {
      problem(member, "is not a string", "set it to " + initial_[std::string(member)].dump());
    }
    return string;
  }

  void read_policy(std::size_t tier) {
    const std::string* string = text(kTiers[tier]);
    if (string == nullptr) return;
    const std::string fix = std::string("write it as \"") + kInitialPolicies[tier] + "\"";
    auto policy = rl::parse_policy(*string);
    if (!policy) return problem(kTiers[tier], "is refused: " + policy.error().message, fix);
    // Headers and logs tell a limit by its name.
    for (std::size_t other = 0; other < tier; ++other) {
      if (config_.policies[other].name == policy->name) {
        return problem(kTiers[tier], "has the name of /rate_limits/" + std::string(kTiers[other]),
                       "give each policy a name of its own");
      }
    }
    config_.policies[tier] = *std::move(policy);
  }

  void read_number(const LimitNumber& number) {
    const LimitJson* value = find(number.name);
    if (value == nullptr) return;
    const auto* integer = value->get_ptr<const LimitJson::number_unsigned_t*>();
    if (integer == nullptr || *integer < number.min || *integer > number.max) {
      const std::string range = std::to_string(number.min) + " to " + std::to_string(number.max);
      return problem(number.name, "is not an integer from " + range,
                     "set it to " + std::to_string(number.initial) + " or another one");
    }
    number.store(config_, *integer);
  }

  void read_proxies() {
    const LimitJson* value = find("proxies");
    if (value == nullptr) return;
    const auto bad = [&] {
      problem("proxies", "is not a list of at most 64 IP addresses",
              "set it to [\"127.0.0.1\"] behind a proxy on this host, else to []");
    };
    if (!value->is_array() || value->size() > 64) return bad();
    for (const LimitJson& entry : *value) {
      const auto* address = entry.get_ptr<const LimitJson::string_t*>();
      if (address == nullptr || !rl::address_key(*address)) return bad();
      config_.proxies.push_back(*address);
    }
  }

  void read_failure() {
    const std::string* name = text("redis_failure");
    if (name == nullptr) return;
    const auto* found =
        std::ranges::find(kLimitFailures, std::string_view(*name),
                          [](const LimitFailure& f) { return std::string_view(f.name); });
    if (found == kLimitFailures.end()) {
      return problem("redis_failure", "is none of local, deny, allow", "set it to \"local\"");
    }
    config_.redis_failure = found->value;
  }

  const LimitJson& section_;
  RateLimitConfig& config_;
  std::vector<Problem>& problems_;
  LimitJson initial_;
};

}  // namespace

void read_rate_limits(const nlohmann::ordered_json& section, RateLimitConfig& config,
                      std::vector<Problem>& problems) {
  SectionReader(section, config, problems).read();
}

nlohmann::ordered_json initial_rate_limits() {
  LimitJson out = LimitJson::object();
  for (std::size_t i = 0; i < kTiers.size(); ++i) {
    out[std::string(kTiers[i])] = kInitialPolicies[i];
  }
  out["proxies"] = LimitJson::array();
  out["redis"] = "";
  out["redis_failure"] = kLimitFailures.front().name;
  for (const LimitNumber& number : kLimitNumbers) out[number.name] = number.initial;
  return out;
}

}  // namespace gateway
