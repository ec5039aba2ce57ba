#ifndef EXAMPLES_MINIMIZE_DIFF_EXPLAIN_H_
#define EXAMPLES_MINIMIZE_DIFF_EXPLAIN_H_

#include <string>
#include <string_view>

/// Returns a table for people of what a manifest says: per file what was kept, what was withheld
/// and why, and what was redacted by which rule.
std::string explain(std::string_view manifest);

#endif  // EXAMPLES_MINIMIZE_DIFF_EXPLAIN_H_
