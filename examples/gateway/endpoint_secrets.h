#ifndef COEFFICIENT_GATEWAY_ENDPOINT_SECRETS_H_
#define COEFFICIENT_GATEWAY_ENDPOINT_SECRETS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/secret_bytes.h"
#include "coefficient/vault/vault.h"
#include "result.h"

namespace gateway {

/// One secret of an endpoint that is valid now.
struct EndpointSecret {
  std::string name;              ///< "<endpoint>/<generation>", also the name of its key.
  std::uint64_t generation = 0;  ///< 1 for the first; each rotation adds 1.
  coefficient::SecretBytes bytes;
  std::uint64_t version = 0;  ///< Of the record: how often this generation was put.
  coefficient::vault::Timestamp updated_at{};
};

/// The webhook secrets in a vault: tenant "gateway", kind "webhook_secret", one record for each
/// generation of an endpoint's secret, named "<endpoint>/<generation>". A record a generation, so
/// that rotating and retiring are one write each, which is done or not whenever the process ends.
/// Only an import can leave more than two that are valid, and then retiring is several writes.
///
/// Errors of all: those of vault::Vault.
///
/// Thread safety: that of the vault.
class EndpointSecrets {
 public:
  explicit EndpointSecrets(coefficient::vault::Vault& vault) noexcept : vault_(vault) {}

  /// Returns the valid secrets, the newest first; none is no error.
  [[nodiscard]] Result<std::vector<EndpointSecret>> all(std::string_view endpoint) const;
  /// Returns the newest. Error: kNotFound if there is none, with the command that puts one.
  [[nodiscard]] Result<EndpointSecret> newest(std::string_view endpoint) const;

  /// Replaces the newest secret, or puts the first one, and returns its name. The one it replaces
  /// is valid no more. Errors: kInvalidArgument if the endpoint's verifier refuses it.
  Result<std::string> put(std::string_view endpoint, const coefficient::SecretBytes& secret);
  /// Adds a generation as the newest; those before stay valid. Returns its name. Errors: those of
  /// put().
  Result<std::string> add(std::string_view endpoint, const coefficient::SecretBytes& secret);
  /// The same to an endpoint that has one valid secret. Errors: those of put(); kNotFound if there
  /// is none to rotate; kFailedPrecondition if two are valid already, kAlreadyExists if the secret
  /// is the one that is valid now.
  Result<std::string> rotate(std::string_view endpoint, const coefficient::SecretBytes& secret);
  /// Removes all generations but the newest and returns their names. Error: kFailedPrecondition if
  /// only one is valid.
  Result<std::vector<std::string>> retire(std::string_view endpoint);

 private:
  struct Generations;
  [[nodiscard]] Result<Generations> read(std::string_view endpoint) const;
  Result<std::string> add_after(std::uint64_t last, std::string_view endpoint,
                                const coefficient::SecretBytes& secret);
  coefficient::vault::Vault& vault_;
};

/// Returns a new random secret: 32 bytes, as 43 characters of base64url.
Result<coefficient::SecretBytes> fresh_secret();

/// Returns nothing if a verifier of the endpoint takes the secret. Errors: kInvalidArgument.
Result<> check_secret(std::string_view endpoint, const coefficient::SecretBytes& secret);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ENDPOINT_SECRETS_H_
