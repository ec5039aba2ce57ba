#ifndef COEFFICIENT_SRC_DIFF_SERIALIZER_H_
#define COEFFICIENT_SRC_DIFF_SERIALIZER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "diff/json_writer.h"
#include "diff/walk.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// What stands after the hunks of a file.
struct FileTail {
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t whitespace = 0;
  bool partial = false;
  bool truncated = false;
};

/// What stands after the files.
struct OutputTail {
  std::uint64_t files_omitted = 0;
  bool truncated = false;
};

/// Returns "generated" or "vendored".
std::string_view name_of(Exclusions::Reason reason) noexcept;

/// The parts of the JSON that minimizer.h describes, each without the comma before it: the writer
/// joins them, and whoever packs them into a budget measures them.
void write_text(JsonWriter& json, const char* name, const Shaped& text);
void write_file_head(JsonWriter& json, const ShapedFile& file);
void write_file_tail(JsonWriter& json, const FileTail& tail);
void write_line(JsonWriter& json, const Line& line, const Shaped& shaped);
void write_output_tail(JsonWriter& json, const OutputTail& tail);

/// The last stage of minimization: writes what the stages before it let through. It knows nothing
/// of policy, and of a header or a line it writes exactly the members that the format has.
class Serializer {
 public:
  /// `expected_bytes` of memory are set aside; they cost nothing until they are written to.
  explicit Serializer(std::size_t expected_bytes);

  void title(const Shaped& text) { write_text(json_, "title", text); }
  void description(const Shaped& text);
  /// Opens a file; with `header.replaces_previous` the open file gets this header instead.
  void file(const ShapedFile& file);
  /// The lines that follow are of another hunk. Nothing is written before its first line.
  void hunk();
  /// Returns the JSON of the line, valid until the next call.
  std::string_view line(const Line& line, const Shaped& shaped);
  /// Takes the last line() back, and what it opened.
  void undo_line();
  void end_file(const FileTail& tail);
  /// Closes everything and returns the JSON.
  std::string finish(const OutputTail& tail);

 private:
  JsonWriter json_;
  std::size_t head_ = 0;  // where the members of the open file's header start and end
  std::size_t head_end_ = 0;
  std::size_t before_line_ = 0;
  bool line_opened_hunk_ = false;
  bool in_hunk_ = false;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_SERIALIZER_H_
