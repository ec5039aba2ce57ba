#ifndef COEFFICIENT_GATEWAY_VAULT_CHECKS_H_
#define COEFFICIENT_GATEWAY_VAULT_CHECKS_H_

#include <vector>

#include "config.h"
#include "doctor.h"

namespace gateway {

/// The part of the examination that is about the vault: its key file, its ledger, its database,
/// whether the key opens the canary, each endpoint's secrets and the verifiers made of them. What
/// needs a part that is not well is not tried.
std::vector<Check> examine_vault(const Directory& directory, const Config& config,
                                 const Clock& clock);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_VAULT_CHECKS_H_
