#ifndef COEFFICIENT_BENCH_DIFF_INPUT_H_
#define COEFFICIENT_BENCH_DIFF_INPUT_H_

#include <cstddef>
#include <string>

namespace bench {

/// Returns a diff of about `size` bytes as a large pull request has it: 3 lines of context, a few
/// hunks a file, and lines of source code. The same bytes on every machine.
std::string diff_input(std::size_t size);

}  // namespace bench

#endif  // COEFFICIENT_BENCH_DIFF_INPUT_H_
