#ifndef COEFFICIENT_TESTS_DIFF_ATTRIBUTE_STATES_H_
#define COEFFICIENT_TESTS_DIFF_ATTRIBUTE_STATES_H_

#include <string>
#include <string_view>

#include "diff/attributes.h"

namespace test {

inline std::string_view to_string(coefficient::diff::detail::AttributeState state) {
  switch (state) {
    case coefficient::diff::detail::AttributeState::kUnspecified:
      return "unspecified";
    case coefficient::diff::detail::AttributeState::kUnset:
      return "unset";
    case coefficient::diff::detail::AttributeState::kSet:
      return "set";
    case coefficient::diff::detail::AttributeState::kFalse:
      return "false";
    case coefficient::diff::detail::AttributeState::kValue:
      return "value";
  }
  return "?";
}

// The states of linguist-generated and linguist-vendored, e.g. "set,unspecified".
inline std::string states(const coefficient::diff::detail::Attributes& attributes,
                          std::string_view path) {
  const auto found = attributes.of(path);
  return std::string(to_string(found.generated)) + "," + std::string(to_string(found.vendored));
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_DIFF_ATTRIBUTE_STATES_H_
