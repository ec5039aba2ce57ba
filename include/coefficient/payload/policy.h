#ifndef COEFFICIENT_PAYLOAD_POLICY_H_
#define COEFFICIENT_PAYLOAD_POLICY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/payload/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload {

namespace detail {
struct CompiledPolicy;
}  // namespace detail

/// What happens to a value on its way out.
enum class Transform {
  kKeep,      ///< Copied byte for byte.
  kHmac,      ///< A string, number or boolean becomes a keyed pseudonym; see minimize().
  kTruncate,  ///< A string keeps its first `max` characters (code points); others are copied.
};

/// One value, or one per array element, that may leave.
struct Rule {
  /// A JSON Pointer (RFC 6901) of 1 to 16 tokens and at most 512 bytes of UTF-8. Where the payload
  /// has an array, the token `*` is each of its elements and a number is one of them; where it has
  /// an object, every token is the literal name of a member, `*` as well. So there is no wildcard
  /// for members, and none is possible: a new member never leaves before a rule names it.
  std::string pointer;
  Transform transform = Transform::kKeep;
  std::size_t max = 0;  ///< For kTruncate, 1 to 1,000,000 characters; 0 for the others.
};

/// A checked allow-list: what of a payload may leave, and nothing else does. As data it is
///
///     {"id":"orders@3","rules":[{"pointer":"/order/lines/*/sku"},
///       {"pointer":"/customer/email","transform":"hmac"},
///       {"pointer":"/note","transform":"truncate","max":80}]}
///
/// Copying is cheap: copies share one immutable object.
///
/// Thread safety: immutable; may be used by several threads. A moved-from policy may only be
/// assigned to or destroyed.
class COEFFICIENT_PAYLOAD_EXPORT Policy {
 public:
  /// Returns the policy of these rules, in whatever order. `id` names it in receipts: 1 to 128
  /// characters of A-Z a-z 0-9 . _ @ -.
  ///
  /// Errors: kInvalidArgument names the rule (by its position from 0, and its pointer where that is
  /// UTF-8) and the fault: a pointer that is none or out of bounds, a `max` that is out of bounds
  /// or goes with another transform, a rule twice, a rule below another (a rule ends at a scalar),
  /// `*` beside an index. kResourceExhausted for more than 256 rules. kInternal if SHA-256 failed.
  static Result<Policy> create(std::string_view id, std::vector<Rule> rules);

  /// Returns the policy in `text`, at most 1 MiB of strict JSON in the form above; `transform` is
  /// "hmac", "truncate" or absent. Errors: those of create(), and kInvalidArgument for what is not
  /// JSON, an unknown, missing or duplicate member, or a wrong type; kResourceExhausted for size.
  static Result<Policy> parse(std::string_view text);

  [[nodiscard]] std::string_view id() const noexcept;
  /// Returns the rules in the order of their pointers' bytes.
  [[nodiscard]] const std::vector<Rule>& rules() const noexcept;
  /// Returns the one text of this policy: the form above as RFC 8785 writes it, with the rules in
  /// the order of rules(). parse() of it gives an equal policy.
  [[nodiscard]] std::string_view canonical_json() const noexcept;
  /// Returns SHA-256 of canonical_json(): what a receipt says about the policy, since an id alone
  /// does not show a changed rule.
  [[nodiscard]] const std::array<std::byte, 32>& sha256() const noexcept;
  /// Returns whether a rule says kHmac, so that minimize() needs a key.
  [[nodiscard]] bool needs_hmac_key() const noexcept;

  /// For the library's own use.
  [[nodiscard]] const detail::CompiledPolicy& compiled() const noexcept { return *compiled_; }

 private:
  explicit Policy(std::shared_ptr<const detail::CompiledPolicy> compiled) noexcept;
  std::shared_ptr<const detail::CompiledPolicy> compiled_;
};

/// Returns the names that built_in_policy() knows, in alphabetical order.
COEFFICIENT_PAYLOAD_EXPORT std::vector<std::string_view> built_in_policy_names();

/// Returns a policy that comes with the library; docs/payload.md says what each keeps. None keeps a
/// person's name, an e-mail address, a login, a URL, a message or a credential, with two
/// exceptions. The names of repositories (which begin with the owner's), branches and labels leave
/// with GitHub's. With Slack's leaves the `value` of an action: of a button what the host put
/// there, but of email_text_input, plain_text_input and the like what a person typed. A host with
/// such inputs takes a policy of its own without `/actions/*/value`, or with `hmac` for it.
///
///     github-pull-request       ids, states, times and sizes of a pull request, labels
///     github-pull-request-text  ... and its title and description, for when review by AI is on
///     github-review             github-pull-request and one review of it, without its text
///     paystack                  event, ids, reference, amount, currency, status, times
///     slack                     ids and times of interactions and event callbacks
///
/// kNotFound for any other name, with the list.
COEFFICIENT_PAYLOAD_EXPORT Result<Policy> built_in_policy(std::string_view name);

}  // namespace payload
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_PAYLOAD_POLICY_H_
