#ifndef COEFFICIENT_GATEWAY_SUBJECT_KEYS_H_
#define COEFFICIENT_GATEWAY_SUBJECT_KEYS_H_

#include <memory>
#include <string>
#include <string_view>

#include "coefficient/audit/personal.h"
#include "config.h"
#include "directory.h"
#include "result.h"
#include "vault_files.h"
#include "vault_subject_keys.h"

namespace gateway {

/// The keys under which what is personal in a gateway's audit logs is encrypted, with the vault
/// that they are in, which is open, and its key in memory, as long as this lives.
///
/// Thread safety: may be called concurrently.
class SubjectKeys final : public coefficient::audit::SubjectKeys {
 public:
  /// Errors: those of VaultFiles::open and VaultSubjectKeys::open.
  static Result<std::unique_ptr<SubjectKeys>> open(const Directory& directory,
                                                   const VaultConfig& config, const Clock& clock);
  SubjectKeys(const SubjectKeys&) = delete;
  SubjectKeys& operator=(const SubjectKeys&) = delete;
  ~SubjectKeys() override;
  Result<coefficient::audit::SubjectKey> key_of(std::string_view subject) override {
    return keys_->key_of(subject);
  }
  Result<coefficient::SecretBytes> find(std::string_view kid) override { return keys_->find(kid); }
  Result<std::string> kid_of(std::string_view subject) override { return keys_->kid_of(subject); }
  Result<std::string> erase(std::string_view subject) override { return keys_->erase(subject); }

 private:
  SubjectKeys(VaultFiles files, std::unique_ptr<examples::VaultSubjectKeys> keys) noexcept;
  VaultFiles files_;
  std::unique_ptr<examples::VaultSubjectKeys> keys_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_SUBJECT_KEYS_H_
