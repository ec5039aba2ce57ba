#ifndef COEFFICIENT_DIFF_POLICY_H_
#define COEFFICIENT_DIFF_POLICY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/diff/redaction.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

/// What of a change may leave the host, as data. The defaults are what a host should start with.
/// As JSON, with every member optional but `id`:
///
///     {"id":"acme@3",
///      "exclude":{"defaults":true,"attributes":"*.sql linguist-generated\n"},
///      "redact":{"builtin":true,"disabled":["twilio-sid"],
///                "rules":[{"name":"acme","pattern":"acme_[a-z0-9]{32}"}]},
///      "escape_invisible":true,
///      "collapse_whitespace":false,
///      "limits":{"title_bytes":1024,"description_bytes":65536,"line_bytes":4096},
///      "budget":{"bytes":0,"tokens":0,"bytes_per_token":3}}
struct Policy {
  /// Who reads a manifest finds the policy by it: 1 to 128 bytes of printable ASCII.
  std::string id = "default@1";

  /// Files whose lines stay: default_exclusions(), and gitattributes text of the host's own, which
  /// is read after the defaults and may unset them (see exclusions.h).
  bool default_exclusions = true;
  std::string exclusions = {};

  /// Secrets that are replaced (see redaction.h).
  RedactionOptions redaction = {};

  /// Characters that are invisible or reorder text are shown as `\u{202E}`.
  bool escape_invisible = true;
  /// Pairs of a removed and an added line that differ only in whitespace are left out.
  bool collapse_whitespace = false;

  /// Longer texts are cut, at a character of UTF-8. At least 16 each.
  std::uint64_t max_title_bytes = 1024;
  std::uint64_t max_description_bytes = 65536;
  std::uint64_t max_line_bytes = 4096;

  /// The most that the output may have; 0 is no bound. Bytes are exact. Tokens are an estimate:
  /// bytes / bytes_per_token (1 to 16), or what the host's own estimator says.
  std::uint64_t budget_bytes = 0;
  std::uint64_t budget_tokens = 0;
  std::uint64_t bytes_per_token = 3;
};

/// Reads a policy. Errors: kInvalidArgument, naming the member: not strict JSON, a member that is
/// unknown, missing or of another type, a number out of range. The rules and patterns in it are
/// looked at by Minimizer::create(). kResourceExhausted above 1 MiB.
COEFFICIENT_DIFF_EXPORT Result<Policy> parse_policy(std::string_view json);

/// Returns the policy with all its members as canonical JSON (RFC 8785): the text whose SHA-256
/// stands in manifests. Strings that are not UTF-8 make it kInvalidArgument.
COEFFICIENT_DIFF_EXPORT Result<std::string> canonical_json(const Policy& policy);

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_POLICY_H_
