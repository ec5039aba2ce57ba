#ifndef EXAMPLES_MINIMIZE_DIFF_SUMMARY_JSON_H_
#define EXAMPLES_MINIMIZE_DIFF_SUMMARY_JSON_H_

#include <string>
#include <vector>

#include "coefficient/diff/summary.h"

/// Returns names, modes, counts, line ranges and hashes of each file as JSON.
std::string summary_json(const std::vector<coefficient::diff::FileSummary>& files);

#endif  // EXAMPLES_MINIMIZE_DIFF_SUMMARY_JSON_H_
