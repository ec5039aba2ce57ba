#include "subject_keys.h"

#include <utility>

namespace gateway {

SubjectKeys::SubjectKeys(VaultFiles files,
                         std::unique_ptr<examples::VaultSubjectKeys> keys) noexcept
    : files_(std::move(files)), keys_(std::move(keys)) {}
SubjectKeys::~SubjectKeys() = default;

Result<std::unique_ptr<SubjectKeys>> SubjectKeys::open(const Directory& directory,
                                                       const VaultConfig& config,
                                                       const Clock& clock) {
  auto files = VaultFiles::open(directory, config, clock);
  if (!files) return files.error();
  auto keys = examples::VaultSubjectKeys::open(files->vault());
  if (!keys) return at("keys of the audit logs' subjects", keys.error());
  return std::unique_ptr<SubjectKeys>(new SubjectKeys(*std::move(files), *std::move(keys)));
}

}  // namespace gateway
