#include "diff/serializer.h"

#include <utility>

#include "diff/submodule.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

void write_path(JsonWriter& json, std::string_view name,
                const std::optional<std::string_view>& path) {
  json.key(name);
  if (path) {
    json.path(*path);
  } else {
    json.null();
  }
}

// The members before "hunks".
void write_head(JsonWriter& json, const FileHeader& header) {
  const char status = static_cast<char>(header.status);
  json.key("status");
  json.plain({&status, 1});
  write_path(json, "old", header.old_path);
  write_path(json, "new", header.new_path);
  const bool both = header.old_path && header.new_path;
  json.key("binary");
  json.value(header.binary);
  json.key("mode_changed");
  json.value(both && header.old_mode && header.new_mode && header.old_mode != header.new_mode);
  json.key("submodule");
  json.value(is_submodule(header));
  json.key("combined");
  json.value(header.parents > 1);
}

}  // namespace

Serializer::Serializer(std::string_view title, std::string_view description) {
  json_.begin_object();
  json_.key("version");
  json_.value(std::uint64_t{1});
  json_.bytes("title", title);
  json_.bytes("description", description);
  json_.key("files");
  json_.begin_array();
}

void Serializer::file(const FileHeader& header) {
  if (header.replaces_previous) {
    close_hunk();
    JsonWriter head;
    write_head(head, header);
    json_.text().replace(head_, head_end_ - head_, head.text());
    head_end_ = head_ + head.text().size();
    return;
  }
  close_file();
  in_file_ = true;
  json_.begin_object();
  head_ = json_.text().size();
  write_head(json_, header);
  head_end_ = json_.text().size();
  json_.key("hunks");
  json_.begin_array();
}

bool Serializer::line(const Line& line) {
  const bool first = !std::exchange(in_hunk_, true);
  if (first) json_.begin_array();
  json_.begin_object();
  json_.key("op");
  json_.plain(line.kind == LineKind::kAdded ? "+" : "-");
  if (!line.columns.empty()) {
    json_.key("columns");
    json_.plain(line.columns);
  }
  if (const std::uint64_t number = line.new_line != 0 ? line.new_line : line.old_line;
      number != 0) {
    json_.key("line");
    json_.value(number);
  }
  json_.bytes("text", line.text);
  if (!line.ends_with_newline) {
    json_.key("no_newline");
    json_.value(true);
  }
  json_.end_object();
  return first;
}

void Serializer::close_hunk() {
  if (std::exchange(in_hunk_, false)) json_.end_array();
}

void Serializer::close_file() {
  close_hunk();
  if (!std::exchange(in_file_, false)) return;
  json_.end_array();
  json_.end_object();
}

std::string Serializer::finish() {
  close_file();
  json_.end_array();
  json_.end_object();
  return std::move(json_.text());
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
