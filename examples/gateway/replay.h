#ifndef COEFFICIENT_GATEWAY_REPLAY_H_
#define COEFFICIENT_GATEWAY_REPLAY_H_

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "client.h"
#include "directory.h"
#include "result.h"

namespace gateway {

enum class ReplayMode {
  kSign,       ///< Sent once, signed: must be accepted (202).
  kTamper,     ///< Signed, then one bit of the body flipped: must be refused (401).
  kDuplicate,  ///< Sent twice, each with its own delivery id: the second must be a duplicate (200).
};

struct ReplayRequest {
  std::filesystem::path file;
  ReplayMode mode = ReplayMode::kSign;
  std::string endpoint = "github";
  std::string event = "pull_request";
  std::optional<Peer> peer;  ///< Where to; nothing: the gateway that serves the directory.
};

/// Sends the file's bytes as deliveries of `endpoint`, signed with the newest secret that the
/// directory has for it. `answered` gets one line of JSON for each answer. Returns whether every
/// answer was the one that the mode must give. Errors: the file, the configuration, the secret or
/// the gateway is not there.
Result<bool> replay(const Directory& directory, const ReplayRequest& request, const Clock& clock,
                    const std::function<void(const std::string&)>& answered);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_REPLAY_H_
