// One decision with its explanation: ours, and the floor: one look-up of the permission's text in a
// hash map, which any check by names has to do. The policy has 64 roles in chains of four with 16
// permissions each; the principal holds three roles in the tenant and two in another.
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "coefficient/rbac/authorizer.h"

namespace {

using namespace coefficient;
using namespace coefficient::rbac;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

std::string permission(int role, int i) {
  return "resource" + std::to_string(role) + ":action" + std::to_string(i);
}

std::string policy_text() {
  std::string roles;
  for (int role = 0; role < 64; ++role) {
    std::string listed;
    for (int i = 0; i < 16; ++i) listed += (i == 0 ? "\"" : ",\"") + permission(role, i) + "\"";
    const std::string parent = role % 4 == 0 ? "" : "\"role" + std::to_string(role - 1) + "\"";
    roles += R"({"name":"role)" + std::to_string(role) + R"(","scope":"tenant","inherits":[)" +
             parent + R"(],"permissions":[)" + listed + "]},";
  }
  return R"({"id":"bench@1","roles":[)" + roles +
         R"({"name":"asker","scope":"global","permissions":["access:request"]},
             {"name":"approver","scope":"tenant","permissions":["access:approve"]},
             {"name":"access","scope":"tenant","inherits":["role63"],"grant":
               {"max_seconds":604800,"request":"access:request","approve":"access:approve"}}]})";
}

class Accepts final : public Observer {
 public:
  Result<> record(const Event&) override { return {}; }
};

const Scope kTenant = Scope::tenant("acme");
const Principal kEmployee{"corp:employee",
                          {{"role1", Scope::tenant("globex")},
                           {"role5", Scope::tenant("globex")},
                           {"role7", kTenant},
                           {"role11", kTenant},
                           {"role43", kTenant}}};
const Principal kSupport{"corp:support", {{"asker", Scope::global()}}};

// With as many live grants as the limit allows by default, one of them for kSupport.
const Authorizer& authorizer() {
  static Accepts observer;
  static const std::unique_ptr<Authorizer> made = [] {
    auto a = must(Authorizer::create(must(Policy::parse(policy_text())), "bench", observer));
    const Principal approver{"corp:approver", {{"approver", kTenant}}};
    for (int i = 0; i < 1024; ++i) {
      Principal who = kSupport;
      if (i > 0) who.id = "corp:support" + std::to_string(i);
      const Grant asked =
          must(a->request(who, {"access", kTenant, "bench", std::chrono::hours(24)}));
      (void)must(a->approve(approver, asked.id));
    }
    return a;
  }();
  return *made;
}

void decide(benchmark::State& state, const Principal& who, const std::string& what, bool want) {
  const Authorizer& a = authorizer();
  for (auto _ : state) {
    const Decision decision = a.authorize(who, what, kTenant);
    if (decision.allowed != want) state.SkipWithError("decided otherwise");
    benchmark::DoNotOptimize(decision);
  }
  state.SetItemsProcessed(state.iterations());
}

void floor_lookup(benchmark::State& state, const std::string& what) {
  std::unordered_map<std::string, int> map;
  for (int role = 0; role < 64; ++role)
    for (int i = 0; i < 16; ++i) map.emplace(permission(role, i), i);
  for (auto _ : state) {
    auto found = map.find(what);
    benchmark::DoNotOptimize(found);
  }
  state.SetItemsProcessed(state.iterations());
}

void register_all() {
  const struct {
    const char* name;
    const Principal& who;
    std::string permission;
    bool allowed;
  } cases[] = {{"rbac_by_role", kEmployee, permission(40, 7), true},
               {"rbac_by_grant", kSupport, permission(60, 7), true},
               {"rbac_denied", kEmployee, permission(60, 7), false}};
  for (const auto& c : cases) {
    const std::string name = c.name;
    benchmark::RegisterBenchmark((name + "/ours").c_str(), [c](benchmark::State& s) {
      decide(s, c.who, c.permission, c.allowed);
    });
    benchmark::RegisterBenchmark((name + "/floor").c_str(),
                                 [c](benchmark::State& s) { floor_lookup(s, c.permission); });
  }
  // ours: wall time a decision with two threads; floor: with one. 0.5 x is perfect scaling.
  const auto both = [](benchmark::State& s) { decide(s, kEmployee, permission(40, 7), true); };
  benchmark::RegisterBenchmark("rbac_two_threads/ours", both)->Threads(2)->UseRealTime();
  benchmark::RegisterBenchmark("rbac_two_threads/floor", both)->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
