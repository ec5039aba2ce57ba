#ifndef EXAMPLES_WHOLE_NUMBER_H_
#define EXAMPLES_WHOLE_NUMBER_H_

#include <CLI/CLI.hpp>
#include <string>

namespace examples {

/// Returns a check for options that take an unsigned number: decimal digits, at most 18, no zero in
/// front. Without it CLI11 takes -1 for the largest number there is, and 010 for eight.
inline CLI::Validator whole_number() {
  return {[](std::string& text) -> std::string {
            const bool decimal = !text.empty() &&
                                 text.find_first_not_of("0123456789") == std::string::npos &&
                                 (text.front() != '0' || text.size() == 1);
            return decimal && text.size() <= 18 ? "" : "not a whole number of at most 18 digits";
          },
          ""};
}

}  // namespace examples

#endif  // EXAMPLES_WHOLE_NUMBER_H_
