#include "replay.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "endpoint_secrets.h"
#include "service.h"
#include "signing.h"
#include "vault_files.h"

namespace gateway {
namespace {

constexpr std::size_t kMaxFile = std::size_t{64} << 20U;

Result<coefficient::SecretBytes> newest_secret(const Directory& directory,
                                               const std::string& endpoint, const Clock& clock) {
  auto config = load_config(directory);
  if (!config) return config.error();
  const auto found = std::ranges::find(config->endpoints, endpoint, &EndpointConfig::name);
  if (found == config->endpoints.end()) {
    return Error{ErrorCode::kNotFound, "config.json has no endpoint " + endpoint};
  }
  auto files = VaultFiles::open(directory, config->vault, clock);
  if (!files) return files.error();
  auto secret = EndpointSecrets(files->vault()).newest(endpoint);
  if (!secret) return secret.error();
  return std::move(secret->bytes);
}

class Sender {
 public:
  Sender(Peer peer, const ReplayRequest& request, const coefficient::SecretBytes& secret,
         const Clock& clock, const std::function<void(const std::string&)>& answered)
      : peer_(std::move(peer)),
        request_(request),
        secret_(secret),
        clock_(clock),
        answered_(answered) {}

  // Signs `content`, sends `body`; returns whether the answer is one of `wanted`.
  Result<bool> send(const char* what, std::string_view content, std::string_view body,
                    std::initializer_list<unsigned> wanted) {
    auto headers = sign(request_.endpoint, secret_, content, request_.event, clock_.now());
    if (!headers) return headers.error();
    auto answer = http_post(peer_, "/webhooks/" + request_.endpoint, *headers, body);
    if (!answer) return answer.error();
    const bool as_wanted = std::ranges::find(wanted, answer->status) != wanted.end();
    const auto parsed = nlohmann::json::parse(answer->body, nullptr, false);
    nlohmann::ordered_json line = {{"sent", what}, {"status", answer->status}};
    if (parsed.is_object() && parsed.contains("status")) line["answer"] = parsed["status"];
    line["as_expected"] = as_wanted;
    answered_(line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
    return as_wanted;
  }

 private:
  Peer peer_;
  const ReplayRequest& request_;
  const coefficient::SecretBytes& secret_;
  const Clock& clock_;
  const std::function<void(const std::string&)>& answered_;
};

}  // namespace

Result<bool> replay(const Directory& directory, const ReplayRequest& request, const Clock& clock,
                    const std::function<void(const std::string&)>& answered) {
  auto body = read_file(request.file, kMaxFile);
  if (!body) return body.error();
  if (body->empty()) return Error{ErrorCode::kInvalidArgument, "the file is empty"};
  auto secret = newest_secret(directory, request.endpoint, clock);
  if (!secret) return secret.error();
  Peer peer;
  if (request.peer) {
    peer = *request.peer;
  } else {
    auto listening = listening_peer(directory);
    if (!listening) return listening.error();
    peer = std::move(*listening);
  }
  Sender sender(std::move(peer), request, *secret, clock, answered);
  switch (request.mode) {
    case ReplayMode::kSign:
      return sender.send("signed", *body, *body, {202});
    case ReplayMode::kTamper: {
      std::string tampered = *body;
      char& middle = tampered[tampered.size() / 2];
      middle = static_cast<char>(static_cast<unsigned char>(middle) ^ 1U);
      return sender.send("tampered", *body, tampered, {401});
    }
    case ReplayMode::kDuplicate: {
      // The first may have been delivered before this run.
      auto first = sender.send("signed", *body, *body, {202, 200});
      if (!first || !*first) return first;
      return sender.send("duplicate", *body, *body, {200});
    }
  }
  return Error{ErrorCode::kInvalidArgument, "there is no such mode"};
}

}  // namespace gateway
