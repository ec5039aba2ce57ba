// A text of grants that is accepted is written again as one that is accepted and the same, and
// nobody in it approved their own request.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "coefficient/rbac/authorizer.h"

using namespace coefficient;
using namespace coefficient::rbac;

namespace {

class Accepts final : public Observer {
 public:
  Result<> record(const Event& event) override {
    if (event.grant != nullptr && event.grant->approver == event.grant->requester) std::abort();
    return {};
  }
};

constexpr std::string_view kPolicy = R"({"id":"p","roles":[
  {"name":"r","scope":"tenant","permissions":["a:b","c:d"],
   "grant":{"max_seconds":600,"request":"a:b","approve":"c:d"}}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Policy policy = Policy::parse(kPolicy).value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;
  Accepts observer;
  const ManualClock clock(std::chrono::sys_seconds(std::chrono::seconds(1'700'000'100)));
  const auto a = Authorizer::create(policy, "fuzz", observer, {.grants = text}, clock);
  if (!a) return a.error().message.empty() ? (std::abort(), 0) : 0;
  const std::string once = (*a)->export_grants();
  const auto b = Authorizer::create(policy, "fuzz", observer, {.grants = once}, clock);
  if (!b || (*b)->export_grants() != once) std::abort();
  return 0;
}
