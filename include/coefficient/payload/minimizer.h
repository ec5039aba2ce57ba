#ifndef COEFFICIENT_PAYLOAD_MINIMIZER_H_
#define COEFFICIENT_PAYLOAD_MINIMIZER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/payload/export.h"
#include "coefficient/payload/policy.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload {

struct MinimizeOptions {
  /// For rules that say kHmac: at least 16 bytes (32 random ones are best), the host's own and the
  /// same for as long as pseudonyms are to be compared. Only read during the call.
  const SecretBytes* hmac_key = nullptr;
  std::size_t max_bytes = std::size_t{32} << 20U;  ///< Of the payload.
  std::size_t max_depth = 64;                      ///< Of objects and arrays in each other.
};

/// What left and what stayed, for people and receipts: counts only. A leaf is a string, number,
/// true, false or null; an empty object or array is none. The books balance:
///
///     input_leaves = kept_leaves + dropped_leaves
///     kept_leaves  = the sum of kept_by_rule
struct MinimizeReport {
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::uint64_t input_leaves = 0;
  std::uint64_t kept_leaves = 0;
  std::uint64_t dropped_leaves = 0;
  /// How many leaves each rule let out, in the order of Policy::rules().
  std::vector<std::uint64_t> kept_by_rule;
  /// How often a rule pointed at an object or array, of which nothing is kept. Not zero: the sender
  /// has changed its format, or the rule is wrong.
  std::uint64_t containers_at_rules = 0;
  std::uint64_t hmacs = 0;      ///< Leaves that left as a pseudonym.
  std::uint64_t truncated = 0;  ///< Leaves that left shorter than they came.
};

struct Minimized {
  std::string json;
  MinimizeReport report;
};

/// Returns what `policy` lets out of `payload`, as one JSON value without blanks (RFC 8259), and
/// counts. What is not let out is neither built nor copied, and changing it in any way that leaves
/// its neighbours what they are does not change one byte of the output.
///
/// Members stand in the order of the payload, under the names as the policy has them. A kept value
/// is copied byte for byte: no number passes through floating point (1.10, 1e400 and integers of 20
/// digits stay as written), and escapes in strings stay as they were. A rule ends at a scalar: of
/// an object or array at its end nothing is kept. An object or array of which nothing is kept is
/// left out, in arrays too, so that an output tells neither how many elements were dropped nor
/// where they stood; kept elements keep their order, and what is kept of one element stays
/// together. The outermost object or array always stays, as {} or [] if nothing is kept; a payload
/// that is a scalar gives null.
///
/// kHmac gives, as 64 lower-case hex digits, HMAC-SHA-256 under the host's key over
/// "coefficient/payload/hmac/1", a NUL, one letter for the type ('s' string, 'n' number, 'b'
/// boolean), a NUL, and the value: a string unescaped in UTF-8, the others as written. It depends
/// on neither policy nor place, so one login is one pseudonym wherever it stands, and nobody
/// without the key can try logins. null stays null: there is nobody to hide.
///
/// kTruncate cuts a string after `max` code points, never inside one. It is for size; what must not
/// be seen must not be let out.
///
/// Errors, none of which holds anything of the payload, and no partial output with any of them:
/// kInvalidArgument with the byte if `payload` is not one strict JSON value (valid UTF-8, no lone
/// surrogates, no duplicate member names after unescaping, even in what is dropped), or if the key
/// is shorter than 16 bytes; kResourceExhausted above max_bytes or max_depth; kFailedPrecondition
/// if the policy needs a key and there is none, whatever the payload; kInternal if OpenSSL failed.
///
/// Time is linear in the payload, but for the sorting of each object's names. Memory is the output,
/// the depth, and 16 bytes for each member of the objects that are open at once.
///
/// Thread safety: a pure function.
COEFFICIENT_PAYLOAD_EXPORT Result<Minimized> minimize(std::string_view payload,
                                                      const Policy& policy,
                                                      const MinimizeOptions& options = {});

}  // namespace payload
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_PAYLOAD_MINIMIZER_H_
