#include "command_audit.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>

#include "audit_files.h"
#include "cli.h"
#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"

namespace gateway {
namespace {

namespace audit = coefficient::audit;

Result<std::unique_ptr<audit::Log>> open_in_turn(const Directory& directory) {
  constexpr int kAttempts = 100;
  for (int attempt = 1;; ++attempt) {
    auto log = open_audit_log(directory.command_audit(), coefficient::system_clock());
    if (log || log.error().code != ErrorCode::kUnavailable || attempt == kAttempts) return log;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

std::string this_user() {
  return "uid-" + std::to_string(::geteuid());
}

int audited(const Directory& directory, CommandAction action, const std::function<int()>& deed) {
  const std::string hint = "nothing was done: what is not on record does not happen";
  std::array<std::byte, 16> random{};
  if (auto drawn = coefficient::random_bytes(random); !drawn) return complain(drawn.error(), hint);
  auto log = open_in_turn(directory);
  if (!log) return complain(log.error(), hint);
  audit::Record record;
  record.id = coefficient::hex_encode(random);
  record.actor = {.type = "local_user", .id = this_user()};
  record.action = std::move(action.action);
  record.target = std::move(action.target);
  record.details = std::move(action.details);
  record.outcome = audit::Outcome::kIntent;
  if (auto appended = (*log)->append(record); !appended) return complain(appended.error(), hint);
  const int status = deed();
  record.intent = std::exchange(record.id, {});
  record.outcome = status == kOk ? audit::Outcome::kSuccess : audit::Outcome::kFailure;
  record.details.insert_or_assign("exit_status", status);
  auto appended = (*log)->append(std::move(record));
  auto closed = (*log)->close();
  const std::string open = "it was done, but not recorded as done";
  if (!appended) return complain(appended.error(), open);
  return closed ? status : complain(closed.error(), open);
}

}  // namespace gateway
