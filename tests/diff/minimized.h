#ifndef COEFFICIENT_TESTS_DIFF_MINIMIZED_H_
#define COEFFICIENT_TESTS_DIFF_MINIMIZED_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "coefficient/diff/minimizer.h"

namespace test {

inline coefficient::diff::Minimizer minimizer(const coefficient::diff::Policy& policy,
                                              coefficient::diff::TokenEstimator tokens = {}) {
  auto made = coefficient::diff::Minimizer::create(policy, std::move(tokens));
  if (!made) {
    ADD_FAILURE() << made.error().message;
    std::abort();
  }
  return *std::move(made);
}

/// Keeps every changed line as it is.
inline coefficient::diff::Policy verbatim_policy() {
  coefficient::diff::Policy policy;
  policy.id = "verbatim@1";
  policy.default_exclusions = false;
  policy.redaction.builtin = false;
  policy.escape_invisible = false;
  policy.max_line_bytes = std::uint64_t{1} << 40U;
  return policy;
}

inline const coefficient::diff::Minimizer& verbatim_minimizer() {
  static const coefficient::diff::Minimizer made = minimizer(verbatim_policy());
  return made;
}

inline const coefficient::diff::Minimizer& default_minimizer() {
  static const coefficient::diff::Minimizer made = minimizer({});
  return made;
}

inline std::uint64_t count_lines(const std::string& text) {
  const auto newlines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  return newlines + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

/// The report against counts of the test's own.
inline void expect_balance(const coefficient::diff::MinimizeReport& report,
                           const std::string& text) {
  EXPECT_EQ(report.input_bytes, text.size());
  EXPECT_EQ(report.input_lines, count_lines(text));
  EXPECT_EQ(report.kept_bytes + report.withheld_bytes, report.input_bytes);
  EXPECT_EQ(report.added_lines + report.removed_lines + report.withheld_context_lines +
                report.withheld_other_lines + report.withheld_excluded_lines +
                report.withheld_whitespace_lines + report.withheld_budget_lines,
            report.input_lines);
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_DIFF_MINIMIZED_H_
