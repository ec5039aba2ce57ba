#ifndef COEFFICIENT_SRC_DIFF_HOST_RULES_H_
#define COEFFICIENT_SRC_DIFF_HOST_RULES_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/diff/redaction.h"
#include "coefficient/version.h"
#include "diff/secret_matcher.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// The host's own rules as RE2 programs.
///
/// Thread safety: immutable; may be used by several threads.
class HostRules {
 public:
  /// Errors: those of RedactionRules::create that concern one pattern.
  static Result<HostRules> create(std::span<const RedactionRule> rules);
  HostRules();
  HostRules(HostRules&& other) noexcept;
  HostRules& operator=(HostRules&& other) noexcept;
  HostRules(const HostRules&) = delete;
  HostRules& operator=(const HostRules&) = delete;
  ~HostRules();

  [[nodiscard]] bool empty() const noexcept;
  /// Appends to `found` what the rules match in `line`, in order of the beginnings; rules are
  /// numbered from `first`. After `most` matches of one rule, the rest of the line is one match.
  void match(std::string_view line, std::size_t first, std::size_t most,
             std::vector<SecretMatch>& found) const;

 private:
  struct Programs;
  std::unique_ptr<Programs> programs_;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_HOST_RULES_H_
