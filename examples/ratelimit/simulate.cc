#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "script.h"

namespace ratelimit_tool {
namespace {

using coefficient::Result;
using coefficient::ratelimit::Decision;
using Json = nlohmann::ordered_json;

std::string decision_json(const ScriptLine& line, const Decision& decision) {
  Json out = {{"time_ns", line.time.count()},
              {"key", line.key},
              {"allowed", decision.allowed},
              {"limit", decision.limit},
              {"remaining", decision.remaining},
              {"retry_after_ns", nullptr},
              {"reset_after_ns", decision.reset_after.count()},
              {"policy", decision.policy}};
  if (decision.retry_after) out["retry_after_ns"] = decision.retry_after->count();
  if (decision.shadow_denied) out["shadow_denied"] = true;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Decision> run(Target& target, const ScriptLine& line) {
  target.set_time(line.time);
  switch (line.action) {
    case Action::kPeek:
      return target.peek(line.key);
    case Action::kRefund:
      return target.refund(line.key, line.amount);
    case Action::kCheck:
      break;
  }
  return target.check(line.key, line.amount);
}

}  // namespace

int simulate(Target& target) {
  std::string text;
  for (std::uint64_t number = 1; std::getline(std::cin, text); ++number) {
    const auto line = parse_line(text);
    if (!line) return fail(kUsage, "line " + std::to_string(number) + ": " + line.error().message);
    if (!*line) continue;
    const auto decision = run(target, **line);
    if (!decision)
      return fail(kUsage, "line " + std::to_string(number) + ": " + decision.error().message);
    std::cout << decision_json(**line, *decision) << '\n';
  }
  if (std::cin.bad()) return fail(kUsage, "cannot read standard input");
  std::cout.flush();
  return std::cout ? kDone : fail(kUsage, "cannot write the output");
}

}  // namespace ratelimit_tool
