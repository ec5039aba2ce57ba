#include "diff/serializer.h"

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

void write_flag(JsonWriter& json, std::string_view name, bool value) {
  if (!value) return;
  json.key(name);
  json.value(true);
}

void write_count(JsonWriter& json, std::string_view name, std::uint64_t value) {
  if (value == 0) return;
  json.key(name);
  json.value(value);
}

void write_path(JsonWriter& json, std::string_view name,
                const std::optional<std::string_view>& path) {
  json.key(name);
  if (path) {
    json.path(*path);
  } else {
    json.null();
  }
}

char* put(char* out, std::string_view piece) {
  std::memcpy(out, piece.data(), piece.size());
  return out + piece.size();
}

// Writes `{"op":"+","line":123` in one piece and in place: with the member names one by one, a line
// would cost as much to write as to parse.
char* put_line_start(char* out, const Line& line) {
  constexpr std::size_t kSign = 7;
  constexpr std::ptrdiff_t kMostDigits = 20;
  char* const start = out;
  out = put(out, R"({"op":"+")");
  if (line.kind != LineKind::kAdded) start[kSign] = '-';
  if (!line.columns.empty()) return out;  // which come before the number, and one by one
  const std::uint64_t number = line.new_line != 0 ? line.new_line : line.old_line;
  if (number == 0) return out;
  out = put(out, R"(,"line":)");
  return std::to_chars(out, out + kMostDigits, number).ptr;
}

}  // namespace

std::string_view name_of(Exclusions::Reason reason) noexcept {
  return reason == Exclusions::Reason::kVendored ? "vendored" : "generated";
}

void write_text(JsonWriter& json, const char* name, const Shaped& text) {
  json.bytes(name, text.text);
  const std::string prefix(name);
  write_flag(json, prefix + "_escaped", text.escaped);
  write_count(json, prefix + "_cut", text.cut);
}

void write_file_head(JsonWriter& json, const ShapedFile& file) {
  const FileHeader& header = file.header;
  const char status = static_cast<char>(header.status);
  json.key("status");
  json.plain({&status, 1});
  write_path(json, "old", header.old_path);
  write_path(json, "new", header.new_path);
  write_flag(json, "path_escaped", file.escaped);
  const bool both = header.old_path && header.new_path;
  json.key("binary");
  json.value(header.binary);
  json.key("mode_changed");
  json.value(both && header.old_mode && header.new_mode && header.old_mode != header.new_mode);
  json.key("submodule");
  json.value(file.submodule);
  json.key("combined");
  json.value(header.parents > 1);
  if (file.excluded != Exclusions::Reason::kNone) {
    json.key("excluded");
    json.plain(name_of(file.excluded));
  }
}

void write_file_tail(JsonWriter& json, const FileTail& tail) {
  json.key("added");
  json.value(tail.added);
  json.key("removed");
  json.value(tail.removed);
  write_count(json, "whitespace", tail.whitespace);
  write_flag(json, "partial", tail.partial);
  write_flag(json, "truncated", tail.truncated);
}

void write_line(JsonWriter& json, const Line& line, const Shaped& shaped) {
  const auto with_text = [&line](char* out) {
    return put(put_line_start(out, line), R"(,"text":")");
  };
  if (!line.columns.empty() || !json.open_with_text(with_text, shaped.text)) {
    std::array<char, 64> start;
    const char* const end = put_line_start(start.data(), line);
    json.open_raw({start.data(), static_cast<std::size_t>(end - start.data())});
    if (!line.columns.empty()) {
      json.key("columns");
      json.plain(line.columns);
      write_count(json, "line", line.new_line);
    }
    json.bytes("text", shaped.text);
  }
  if (!line.ends_with_newline) write_flag(json, "no_newline", true);
  if (shaped.escaped) write_flag(json, "escaped", true);
  if (shaped.cut != 0) write_count(json, "cut", shaped.cut);
  json.end_object();
}

void write_output_tail(JsonWriter& json, const OutputTail& tail) {
  write_count(json, "files_omitted", tail.files_omitted);
  write_flag(json, "truncated", tail.truncated);
}

Serializer::Serializer(std::size_t expected_bytes) {
  json_.reserve(expected_bytes);
  json_.begin_object();
  json_.key("version");
  json_.value(std::uint64_t{1});
}

void Serializer::description(const Shaped& text) {
  write_text(json_, "description", text);
  json_.key("files");
  json_.begin_array();
}

void Serializer::file(const ShapedFile& file) {
  if (file.header.replaces_previous) {
    hunk();
    JsonWriter head;
    write_file_head(head, file);
    json_.replace(head_, head_end_, head.view());
    head_end_ = head_ + head.size();
    return;
  }
  json_.begin_object();
  head_ = json_.size();
  write_file_head(json_, file);
  head_end_ = json_.size();
  json_.key("hunks");
  json_.begin_array();
}

void Serializer::hunk() {
  if (std::exchange(in_hunk_, false)) json_.end_array();
}

std::string_view Serializer::line(const Line& line, const Shaped& shaped) {
  before_line_ = json_.size();
  line_opened_hunk_ = !std::exchange(in_hunk_, true);
  if (line_opened_hunk_) json_.begin_array();
  const std::size_t before = json_.size();
  write_line(json_, line, shaped);
  std::string_view written = json_.view();
  written.remove_prefix(before);
  if (!line_opened_hunk_) written.remove_prefix(1);  // the comma
  return written;
}

void Serializer::undo_line() {
  // What stood before ended in a value, or in the '[' of "hunks".
  json_.cut(before_line_);
  if (line_opened_hunk_) in_hunk_ = false;
}

void Serializer::end_file(const FileTail& tail) {
  hunk();
  json_.end_array();
  write_file_tail(json_, tail);
  json_.end_object();
}

std::string Serializer::finish(const OutputTail& tail) {
  json_.end_array();
  write_output_tail(json_, tail);
  json_.end_object();
  return json_.take();
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
