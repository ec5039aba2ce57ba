#ifndef COEFFICIENT_GATEWAY_CONFIG_H_
#define COEFFICIENT_GATEWAY_CONFIG_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/diff/policy.h"
#include "rate_limit_config.h"

namespace gateway {

/// Something that is wrong, and what to do about it.
struct Problem {
  std::string subject;  ///< Where: a member's path ("/limits/headers"), a file's name.
  std::string what;
  std::string fix;
};

/// What one connection, and all of them together, may take.
struct Limits {
  std::size_t header_bytes = 0;        ///< Request line and headers.
  std::size_t headers = 0;             ///< Number of header lines.
  std::size_t connections = 0;         ///< Open at once; further ones are answered 503.
  std::size_t pending_deliveries = 0;  ///< Waiting for their commit; further ones 503.
  /// Held for all unfinished requests together, beside BodyBudget::kOwnBytes for each of them.
  std::size_t body_bytes_in_flight = 0;
};

struct Deadlines {
  std::chrono::milliseconds header{};   ///< From a request's first byte (or accept) to its headers.
  std::chrono::milliseconds request{};  ///< From a request's first byte to its last.
  std::chrono::milliseconds idle{};     ///< Between requests on a kept-alive connection.
  std::chrono::milliseconds drain{};    ///< From SIGTERM to cutting what is still unfinished.
};

struct EndpointConfig {
  std::string name;  ///< github, slack or paystack: path, scheme and name of its secrets.
  std::size_t max_body_bytes = 0;
};

/// What the vault needs from outside of DIR, so that no copy of DIR opens the vault in it.
struct VaultConfig {
  std::string kek_file;      ///< Absolute path of the file with the key-encryption key.
  std::string shred_ledger;  ///< Absolute path of the ledger of destroyed tenants.
};

/// The admin side. Without it in config.json there is none.
struct AdminConfig {
  std::string policy_file;  ///< Absolute path of an rbac policy; empty: the built-in one.
  std::chrono::seconds max_token_age{};  ///< A token that was issued longer ago is refused.
};

/// The audit logs.
struct AuditConfig {
  /// Encrypt what is personal in a record under a key of the person. `serve` then keeps the vault
  /// open and so holds its key.
  bool seal_personal = false;
};

struct WorkerConfig {
  std::uint32_t max_attempts = 0;
  std::chrono::milliseconds lease{};
  std::chrono::milliseconds git_deadline{};
  std::size_t max_diff_bytes = 0;
};

/// The content of DIR/config.json. There is no default for anything: `gateway init` writes every
/// member, and a missing one is an error, but for the sections "admin", "audit" and "rate_limits",
/// of which the latter two are then as `gateway init` writes them.
struct Config {
  std::string address;     ///< An IP address.
  std::uint16_t port = 0;  ///< 0: any free port, printed at start.
  Limits limits;
  Deadlines deadlines;
  WorkerConfig worker;
  std::vector<EndpointConfig> endpoints;
  VaultConfig vault;
  RateLimitConfig rate_limits;
  std::optional<AdminConfig> admin;
  AuditConfig audit;
  coefficient::diff::Policy policy;                 ///< What of a change may leave.
  std::map<std::string, std::string> repositories;  ///< "owner/name" -> absolute path of a clone.
};

struct ParsedConfig {
  Config config;                  ///< Usable only if there are no problems.
  std::vector<Problem> problems;  ///< All of them, not just the first.
};

/// Reads config.json's text. Total: every input gives a Config or problems.
ParsedConfig parse_config(std::string_view text);

/// Returns the text that `gateway init` writes.
std::string initial_config(std::uint16_t port, const VaultConfig& vault);

/// What `gateway init` writes as "admin".
inline constexpr std::string_view kInitialAdmin =
    R"({"policy_file": "", "max_token_seconds": 28800})";

/// The endpoints there are, in the order in which they are listed.
inline constexpr std::string_view kEndpoints[] = {"github", "slack", "paystack"};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_CONFIG_H_
