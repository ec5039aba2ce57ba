#ifndef EXAMPLES_AUDIT_VERIFY_DIRECTORY_H_
#define EXAMPLES_AUDIT_VERIFY_DIRECTORY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tree.h"

namespace audit_verify {

/// A record of the log's own that says that everything before `first_kept` was removed.
struct Pruning {
  std::uint64_t index = 0;
  std::uint64_t first_kept = 0;
};

/// A record of the log's own that says that no checkpoint covered those from `begin` up to itself
/// when the log was opened.
struct Recovery {
  std::uint64_t index = 0;
  std::uint64_t begin = 0;
};

/// What lies in a log's segments, as docs/audit.md describes them.
struct SegmentsRead {
  std::uint64_t records = 0;     ///< Leaves, pruned ones included.
  std::uint64_t first_kept = 0;  ///< Of those before it only the hashes are there.
  std::vector<Pruning> prunings;
  std::vector<Recovery> recoveries;
  std::uint64_t files = 0;
  std::uint64_t unfinished_bytes = 0;  ///< Behind the last record, and not zeros.
  std::string fault;                   ///< Why it stopped; empty: nothing is wrong.
};

/// Reads all segments in order and calls `at_size` with the tree after each leaf.
SegmentsRead read_segments(const std::string& directory,
                           const std::function<void(Tree& tree)>& at_size);

/// Returns whether `path` is a regular file itself, and no link to one.
bool is_plain_file(const std::string& path);
/// Returns a file's bytes; false if it cannot be read, or is over `limit` bytes.
bool read_whole(const std::string& path, std::uint64_t limit, std::string& out);

}  // namespace audit_verify

#endif  // EXAMPLES_AUDIT_VERIFY_DIRECTORY_H_
