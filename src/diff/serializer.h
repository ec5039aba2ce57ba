#ifndef COEFFICIENT_SRC_DIFF_SERIALIZER_H_
#define COEFFICIENT_SRC_DIFF_SERIALIZER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "coefficient/diff/parser.h"
#include "diff/json_writer.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// The last stage of minimization: writes what the stages before it let through as the JSON that
/// minimizer.h describes. It knows nothing of policy, and of a header or a line it writes exactly
/// the members that the format has.
class Serializer {
 public:
  Serializer(std::string_view title, std::string_view description);

  /// Opens a file; with `replaces_previous` the open file gets this header instead of its own.
  void file(const FileHeader& header);
  /// The lines that follow are of another hunk. Nothing is written before its first line.
  void hunk() { close_hunk(); }
  /// Returns whether this line is the first of its hunk.
  bool line(const Line& line);
  /// Closes everything and returns the JSON.
  std::string finish();

 private:
  void close_hunk();
  void close_file();

  JsonWriter json_;
  std::size_t head_ = 0;  // where the members of the open file's header start and end
  std::size_t head_end_ = 0;
  bool in_file_ = false;
  bool in_hunk_ = false;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_SERIALIZER_H_
