#ifndef COEFFICIENT_TESTS_PAYLOAD_REFERENCE_H_
#define COEFFICIENT_TESTS_PAYLOAD_REFERENCE_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/payload/policy.h"

// The minimizer once more, slow and simple: a document tree, and each leaf's path held against each
// rule. The two share no code.
namespace test {

using Tree = nlohmann::ordered_json;

struct Step {
  bool array;
  std::string token;
};
using Path = std::vector<Step>;

inline std::vector<std::string> tokens(const std::string& pointer) {
  std::vector<std::string> all;
  std::istringstream in(pointer.substr(1) + "/");
  for (std::string token; std::getline(in, token, '/');) {
    for (std::size_t i = token.find("~1"); i != std::string::npos; i = token.find("~1", i + 1))
      token.replace(i, 2, "/");
    for (std::size_t i = token.find("~0"); i != std::string::npos; i = token.find("~0", i + 1))
      token.replace(i, 2, "~");
    all.push_back(token);
  }
  return all;
}

inline const coefficient::payload::Rule* rule_for(const coefficient::payload::Policy& policy,
                                                  const Path& path) {
  for (const auto& rule : policy.rules()) {
    const std::vector<std::string> want = tokens(rule.pointer);
    bool same = want.size() == path.size();
    for (std::size_t i = 0; same && i < want.size(); ++i)
      same = want[i] == path[i].token || (path[i].array && want[i] == "*");
    if (same) return &rule;
  }
  return nullptr;
}

/// Calls visit(path, value) for each leaf; the value may be changed.
template <class Visit>
void for_each_leaf(Tree& value, Path& path, const Visit& visit) {
  if (!value.is_structured()) return visit(path, value);
  std::size_t index = 0;
  for (auto it = value.begin(); it != value.end(); ++it, ++index) {
    path.push_back({value.is_array(), value.is_array() ? std::to_string(index) : it.key()});
    for_each_leaf(*it, path, visit);
    path.pop_back();
  }
}

inline Tree cut(const Tree& value, std::size_t max) {
  const auto& text = value.get_ref<const std::string&>();
  std::size_t at = 0;
  for (std::size_t seen = 0; at < text.size(); ++at)
    if ((static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80 && seen++ == max) break;
  return text.substr(0, at);
}

inline std::optional<Tree> filtered(const Tree& value, const coefficient::payload::Policy& policy,
                                    Path& path) {
  using coefficient::payload::Transform;
  if (!value.is_structured()) {
    const auto* rule = rule_for(policy, path);
    if (rule == nullptr) return std::nullopt;
    return rule->transform == Transform::kTruncate && value.is_string() ? cut(value, rule->max)
                                                                        : value;
  }
  Tree out = value.is_array() ? Tree::array() : Tree::object();
  std::size_t index = 0;
  for (auto it = value.begin(); it != value.end(); ++it, ++index) {
    path.push_back({value.is_array(), value.is_array() ? std::to_string(index) : it.key()});
    if (auto kept = filtered(*it, policy, path)) {
      if (value.is_array()) {
        out.push_back(*std::move(kept));
      } else {
        out[it.key()] = *std::move(kept);
      }
    }
    path.pop_back();
  }
  if (out.empty() && !path.empty()) return std::nullopt;
  return out;
}

/// What minimize() should give, as a tree.
inline Tree reference(const Tree& document, const coefficient::payload::Policy& policy) {
  Path path;
  return filtered(document, policy, path).value_or(Tree());
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_PAYLOAD_REFERENCE_H_
