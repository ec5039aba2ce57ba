// Random policies against a naive reading of the same JSON, and random histories of grants under
// a clock that jumps against a model that keeps everything.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>

#include "rbac/rbac_fixture.h"
#include "support/seed.h"

namespace test {
namespace {

using Json = nlohmann::json;

class Random {
 public:
  unsigned below(unsigned n) { return static_cast<unsigned>(generator_() % n); }
  bool once_in(unsigned n) { return below(n) == 0; }

 private:
  std::mt19937 generator_{seed()};
};

std::string numbered(const char* stem, unsigned n) {
  return stem + std::to_string(n);
}

Json random_policy(Random& random) {
  Json roles = Json::array();
  const unsigned count = 1 + random.below(7);
  for (unsigned i = 0; i < count; ++i) {
    std::set<std::string> parents;
    std::set<std::string> permissions;
    // Mostly earlier roles: a cycle now and then.
    for (unsigned j = random.below(3); j > 0; --j)
      parents.insert(numbered("r", random.below(random.once_in(8) ? count : std::max(1U, i))));
    for (unsigned j = random.below(4); j > 0; --j)
      permissions.insert(numbered("x", random.below(3)) + ":" +
                         (random.once_in(4) ? "*" : numbered("a", random.below(3))));
    if (i == 0 && !random.once_in(8)) parents.clear();
    roles.push_back({{"name", numbered("r", i)},
                     {"scope", "tenant"},
                     {"inherits", parents},
                     {"permissions", permissions}});
  }
  return {{"id", "random"}, {"roles", roles}};
}

const Json& role_of(const Json& policy, const std::string& name) {
  const Json& roles = policy["roles"];
  return *std::find_if(roles.begin(), roles.end(),
                       [&](const Json& r) { return r["name"] == name; });
}

bool reaches(const Json& policy, const std::string& from, const std::string& to,
             std::set<std::string>& seen) {
  for (const Json& parent : role_of(policy, from)["inherits"]) {
    if (parent == to) return true;
    if (seen.insert(parent).second && reaches(policy, parent, to, seen)) return true;
  }
  return false;
}

bool has_cycle(const Json& policy) {
  return std::any_of(policy["roles"].begin(), policy["roles"].end(), [&](const Json& role) {
    std::set<std::string> seen;
    return reaches(policy, role["name"], role["name"], seen);
  });
}

// Without a cycle.
bool gives(const Json& policy, const std::string& name, const std::string& permission) {
  const std::string any = permission.substr(0, permission.find(':')) + ":*";
  const Json& role = role_of(policy, name);
  for (const Json& listed : role["permissions"])
    if (listed == permission || listed == any) return true;
  return std::any_of(role["inherits"].begin(), role["inherits"].end(),
                     [&](const Json& parent) { return gives(policy, parent, permission); });
}

TEST(PropertyTest, DecisionsAreThoseOfANaiveReading) {
  Random random;
  Log log;
  int cycles = 0;
  int allowed = 0;
  int denied = 0;
  for (int round = 0; round < 400; ++round) {
    const Json text = random_policy(random);
    SCOPED_TRACE(text.dump());
    const auto policy = Policy::parse(text.dump());
    ASSERT_EQ(policy.has_value(), !has_cycle(text)) << (policy ? "" : policy.error().message);
    if (!policy) {
      ++cycles;
      EXPECT_NE(policy.error().message.find("is a cycle: "), std::string::npos);
      continue;
    }
    const auto a = Authorizer::create(*policy, "boot", log).value();
    const unsigned count = static_cast<unsigned>(text["roles"].size());
    for (int i = 0; i < 30; ++i) {
      Principal who{"p"};
      for (unsigned j = random.below(4); j > 0; --j)
        who.roles.push_back(
            {numbered("r", random.below(count)), Scope::tenant(numbered("t", random.below(2)))});
      const std::string permission =
          numbered("x", random.below(4)) + ":" + numbered("a", random.below(4));
      const Scope scope = Scope::tenant(numbered("t", random.below(3)));
      const bool want = std::any_of(who.roles.begin(), who.roles.end(), [&](const Assignment& r) {
        return r.scope == scope && gives(text, r.role, permission);
      });
      const Decision got = a->authorize(who, permission, scope);
      ASSERT_EQ(got.allowed, want) << permission;
      ++(want ? allowed : denied);
      if (!want) continue;
      // The explanation is true: that role is held, and inherits from one that lists the pattern.
      EXPECT_TRUE(gives(text, got.role, permission));
      const Json& listed = role_of(text, got.from)["permissions"];
      EXPECT_NE(std::find(listed.begin(), listed.end(), got.pattern), listed.end());
      std::set<std::string> seen;
      EXPECT_TRUE(got.role == got.from || reaches(text, got.role, got.from, seen));
    }
  }
  EXPECT_GT(cycles, 20);
  EXPECT_GT(allowed, 500);
  EXPECT_GT(denied, 500);
}

// What is known of a grant from outside.
struct Known {
  std::string requester;
  bool approved = false;
  bool ended = false;
  Time approved_at{};
  Time expires_at{};
};

class HistoryTest : public RbacTest {
 protected:
  // The model's own rule: the clock is in the interval, and no reading ever was beyond it.
  bool is_active(const Known& g) const {
    const Time now = std::chrono::floor<seconds>(clock.now());
    return g.approved && !g.ended && now >= g.approved_at && latest_ < g.expires_at;
  }
  void read_clock() { latest_ = std::max(latest_, std::chrono::floor<seconds>(clock.now())); }

  void change(Authorizer& a, Random& random);
  void check(const Authorizer& a);

  const std::vector<std::string> people_{"p0", "p1", "p2"};
  // All of them may ask and approve, so that only the rule on oneself stands between.
  Principal person(const std::string& id) const {
    return {id, {{"maintainer", acme}, {"support", Scope::global()}}};
  }
  std::map<std::string, Known> known_;
  Time latest_{};
  int active_ = 0;
  int refused_ = 0;
};

void HistoryTest::change(Authorizer& a, Random& random) {
  const std::string who = people_[random.below(3)];
  auto it = known_.begin();
  if (!known_.empty()) std::advance(it, random.below(static_cast<unsigned>(known_.size())));
  read_clock();
  // What the library ends by itself on each change.
  for (auto& [id, grant] : known_)
    if (latest_ >= grant.expires_at) grant.ended = true;
  switch (random.below(6)) {
    case 0:
    case 1:
      if (const auto g = a.request(person(who), ask(static_cast<int>(1 + random.below(100)))))
        known_[g->id] = {who, false, false, {}, g->expires_at};
      return;
    case 2:
    case 3: {
      if (it == known_.end()) return;
      Known& grant = it->second;
      const auto done = a.approve(person(who), it->first);
      if (grant.ended || grant.approved || who == grant.requester || log.refuses) {
        ++refused_;
        EXPECT_FALSE(done) << "nobody approves for themselves, nothing twice";
        return;
      }
      ASSERT_TRUE(done) << done.error().message;
      EXPECT_EQ(done->approved_at, latest_);
      EXPECT_EQ(done->expires_at, latest_ + done->duration);
      grant.approved = true;
      grant.approved_at = done->approved_at;
      grant.expires_at = done->expires_at;
      return;
    }
    case 4:
      if (it == known_.end()) return;
      EXPECT_EQ(a.revoke(person(who), it->first).has_value(), !it->second.ended);
      it->second.ended = true;
      return;
    default:
      EXPECT_EQ(a.expire().has_value() || log.refuses, true);
  }
}

void HistoryTest::check(const Authorizer& a) {
  read_clock();
  for (const std::string& who : people_) {
    const Decision got = a.authorize({who}, "log:read", acme);
    bool want = false;
    for (const auto& [id, grant] : known_) want |= grant.requester == who && is_active(grant);
    ASSERT_EQ(got.allowed, want) << who;
    active_ += want ? 1 : 0;
    EXPECT_FALSE(a.authorize({who}, "log:read", globex));
    if (!want) continue;
    const Known& grant = known_.at(got.grant);
    EXPECT_TRUE(is_active(grant));
    EXPECT_EQ(grant.requester, who);
    EXPECT_EQ(got.until, grant.expires_at);
  }
  // A decision reads the clock only for who has a grant; now the library has read it, too.
  (void)a.grants(globex);
}

TEST_F(HistoryTest, NoGrantOutlivesItsEndWhateverTheClockDoes) {
  Random random;
  for (int history = 0; history < 60; ++history) {
    known_.clear();
    clock.set(at(0));
    latest_ = at(0);
    log.refuses = false;
    auto a = open();
    for (int step = 0; step < 150; ++step) {
      const int jump = static_cast<int>(random.below(random.once_in(40) ? 200 : 20)) - 10;
      clock.set(at(3 * step + jump) + std::chrono::milliseconds(random.below(1000)));
      log.refuses = random.once_in(5);
      change(*a, random);
      ASSERT_NO_FATAL_FAILURE(check(*a));
      if (!random.once_in(20)) continue;
      log.refuses = false;
      read_clock();
      const std::string text = a->export_grants();
      a = open({.grants = text});  // a restart
      for (auto& [id, grant] : known_)
        if (latest_ >= grant.expires_at) grant.ended = true;
      ASSERT_NO_FATAL_FAILURE(check(*a));
    }
  }
  EXPECT_GT(active_, 1000);
  EXPECT_GT(refused_, 1000);
}

}  // namespace
}  // namespace test
