#ifndef COEFFICIENT_SRC_PAYLOAD_COMPILED_POLICY_H_
#define COEFFICIENT_SRC_PAYLOAD_COMPILED_POLICY_H_

#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/payload/policy.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload::detail {

/// The highest `max` of a rule that truncates.
inline constexpr std::size_t kMaxCharacters = 1'000'000;

/// A position that at least one pointer passes through or ends at.
struct Node {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  std::string token;                       // the last of the pointer, unescaped
  std::string name;                        // the same as JSON with a colon: how a member is written
  std::size_t rule = kNone;                // that ends here
  std::vector<std::size_t> children = {};  // ordered by (length, bytes) of their tokens
  std::size_t each = kNone;                // the child `*`
  bool has_index = false;                  // whether a child's token is an array index
};

/// What the pointers of a policy are compiled to: a trie in one array, its root first.
struct CompiledPolicy {
  std::string id;
  std::vector<Rule> rules;
  std::string canonical_json;
  std::array<std::byte, 32> sha256{};
  bool needs_hmac_key = false;
  std::vector<Node> nodes;

  /// Returns the child for a member of an object, or Node::kNone.
  [[nodiscard]] std::size_t member(std::size_t node, std::string_view name) const;
  /// Returns the child for an element of an array, or Node::kNone.
  [[nodiscard]] std::size_t element(std::size_t node, std::size_t index) const;
};

}  // namespace payload::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_PAYLOAD_COMPILED_POLICY_H_
