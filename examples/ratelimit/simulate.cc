#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "script.h"

namespace ratelimit_tool {
namespace {

using coefficient::Error;
using coefficient::ErrorCode;
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

/// Reads a line, of which no more than can be one is kept. Nothing at the end. Error: too long.
Result<std::optional<std::string>> read_line(std::istream& in) {
  std::array<char, kMaxLineBytes + 1> room{};  // with a NUL
  in.getline(room.data(), room.size());
  const auto read = static_cast<std::size_t>(in.gcount());
  if (read == 0) return std::optional<std::string>();
  if (in.fail()) return Error{ErrorCode::kInvalidArgument, "the line is longer than 4096 bytes"};
  return std::optional(std::string(room.data(), in.eof() ? read : read - 1));
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
  for (std::uint64_t number = 1;; ++number) {
    const auto refused = [number](const Error& error) {
      return fail(kUsage, "line " + std::to_string(number) + ": " + error.message);
    };
    const auto text = read_line(std::cin);
    if (!text) return refused(text.error());
    if (!*text) break;
    const auto line = parse_line(**text);
    if (!line) return refused(line.error());
    if (!*line) continue;
    const auto decision = run(target, **line);
    if (!decision) return refused(decision.error());
    std::cout << decision_json(**line, *decision) << '\n';
  }
  if (std::cin.bad()) return fail(kUsage, "cannot read standard input");
  std::cout.flush();
  return std::cout ? kDone : fail(kUsage, "cannot write the output");
}

}  // namespace ratelimit_tool
