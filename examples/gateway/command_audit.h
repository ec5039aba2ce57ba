#ifndef COEFFICIENT_GATEWAY_COMMAND_AUDIT_H_
#define COEFFICIENT_GATEWAY_COMMAND_AUDIT_H_

#include <functional>
#include <string>

#include "coefficient/audit/record.h"
#include "directory.h"
#include "result.h"

namespace gateway {

/// What a command is about to do. Never a secret in it.
struct CommandAction {
  std::string action;  ///< E.g. "secret.rotate".
  coefficient::audit::Target target = {};
  coefficient::audit::Value::Object details = {};
};

/// Does `deed`, which returns an exit status, with an intent before it and an outcome after it in
/// DIR/audit-cli; the actor is the local user. Without the intent, durable, nothing is done: the
/// error is said on standard error and kCannot is returned. Also if the outcome cannot be written;
/// the intent then stays open. Commands wait for each other, up to five seconds.
int audited(const Directory& directory, CommandAction action, const std::function<int()>& deed);

/// Returns the local user's name in records, uid-N.
std::string this_user();

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_COMMAND_AUDIT_H_
