#ifndef EXAMPLES_RATELIMIT_SCRIPT_H_
#define EXAMPLES_RATELIMIT_SCRIPT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "coefficient/core/result.h"

namespace ratelimit_tool {

enum class Action { kCheck, kPeek, kRefund };

/// One line of a script. The key refers to the line.
struct ScriptLine {
  std::chrono::nanoseconds time{0};
  std::string_view key;
  Action action = Action::kCheck;
  std::uint64_t amount = 0;
};

inline constexpr std::size_t kMaxLineBytes = 4096;

/// Reads `TIME_NS KEY COST|peek|refund=N`, parted by single blanks: TIME_NS from 0 to 2^63 - 1, KEY
/// any bytes but blanks, numbers in decimal without a sign. Returns nothing for an empty line and
/// one that begins with '#'. Error: kInvalidArgument, which repeats nothing of the line.
coefficient::Result<std::optional<ScriptLine>> parse_line(std::string_view line);

}  // namespace ratelimit_tool

#endif  // EXAMPLES_RATELIMIT_SCRIPT_H_
