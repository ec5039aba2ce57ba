#include "coefficient/rbac/policy.h"

#include <span>
#include <utility>

#include "core/crypto/digest.h"
#include "rbac/compiled_policy.h"
#include "rbac/policy_document.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {

Policy::Policy(std::shared_ptr<const detail::CompiledPolicy> compiled) noexcept
    : compiled_(std::move(compiled)) {}

Result<Policy> Policy::parse(std::string_view text) {
  const auto document = detail::read_policy(text);
  if (!document) return document.error();
  auto compiled = detail::compile(*document);
  if (!compiled) return compiled.error();
  const auto hash = crypto::sha256({std::as_bytes(std::span(text))});
  if (!hash) return hash.error();
  (*compiled)->sha256 = *hash;
  return Policy(*std::move(compiled));
}

std::string_view Policy::id() const noexcept {
  return compiled_->id;
}
const std::array<std::byte, 32>& Policy::sha256() const noexcept {
  return compiled_->sha256;
}

}  // namespace rbac
COEFFICIENT_END_NAMESPACE
