#include "summary_json.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "coefficient/core/encoding.h"

namespace {

using coefficient::diff::FileSummary;
using coefficient::diff::SideSummary;
using nlohmann::ordered_json;

ordered_json path_json(const std::optional<std::string>& path) {
  if (!path) return nullptr;
  const ordered_json as_text = *path;
  // dump() is nlohmann's UTF-8 check; with `replace` it does not throw but changes bad bytes.
  const std::string dumped = as_text.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  const auto back = ordered_json::parse(dumped, nullptr, false);
  if (back.is_string() && back.get_ref<const std::string&>() == *path) return {{"path", *path}};
  return {{"path_hex", coefficient::hex_encode(std::as_bytes(std::span(*path)))}};
}

ordered_json mode_json(const std::optional<std::uint32_t>& mode) {
  if (!mode) return nullptr;
  std::array<char, 12> digits{};
  (void)std::snprintf(digits.data(), digits.size(), "%06o", static_cast<unsigned>(*mode));
  return digits.data();
}

void add_side(ordered_json& file, const std::string& name, const SideSummary& side) {
  ordered_json ranges = ordered_json::array();
  for (const auto& range : side.ranges) ranges.push_back({range.start, range.count});
  file[name] = side.lines;
  file[name + "_ranges"] = std::move(ranges);
  file[name + "_sha256"] = coefficient::hex_encode(side.sha256);
  file[name + "_ends_with_newline"] = side.ends_with_newline;
}

ordered_json file_json(const FileSummary& file) {
  ordered_json out{{"status", std::string(1, static_cast<char>(file.status))},
                   {"old", path_json(file.old_path)},
                   {"new", path_json(file.new_path)},
                   {"old_mode", mode_json(file.old_mode)},
                   {"new_mode", mode_json(file.new_mode)},
                   {"binary", file.binary}};
  if (file.parents > 1) out["parents"] = file.parents;
  if (file.binary) {
    out["added"] = nullptr;
    out["removed"] = nullptr;
  } else {
    add_side(out, "added", file.added);
    add_side(out, "removed", file.removed);
  }
  return out;
}

}  // namespace

// "two-way", "combined", or "mixed" (a log with merges in it).
std::string summary_json(const std::vector<FileSummary>& files) {
  std::size_t combined = 0;
  ordered_json list = ordered_json::array();
  ordered_json names = ordered_json::array();
  for (const FileSummary& file : files) {
    list.push_back(file_json(file));
    if (file.parents == 1) continue;
    ++combined;
    names.push_back(path_json(file.new_path ? file.new_path : file.old_path));
  }
  if (combined == 0) return ordered_json{{"kind", "two-way"}, {"files", std::move(list)}}.dump();
  return ordered_json{{"kind", combined == files.size() ? "combined" : "mixed"},
                      {"parents", files.front().parents},
                      {"raw_c_names", std::move(names)},
                      {"files", std::move(list)}}
      .dump();
}
