// Any bytes as GitHub's list of files: what is accepted is accepted by a plain parser too, with the
// same names and patches; no accepted patch is malformed; `truncated` is what the counts say; the
// summary and the line map take every accepted list but one with hunks out of order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/diff/github_files.h"
#include "coefficient/diff/line_map.h"
#include "coefficient/diff/summary.h"

namespace {

namespace diff = coefficient::diff;
using Json = nlohmann::json;

void require(bool holds) {
  if (!holds) std::abort();
}

// The files of one value: a page, or an array of pages.
void flatten(const Json& value, std::vector<Json>& files) {
  for (const Json& element : value) {
    if (element.is_array()) {
      flatten(element, files);
    } else {
      files.push_back(element);
    }
  }
}

void require_same(const diff::GithubFile& file, const Json& json) {
  require(json["filename"] == file.path);
  require(json["additions"] == file.additions && json["deletions"] == file.deletions);
  require(json.contains("patch") == file.patch.has_value());
  require(!file.patch || json["patch"] == *file.patch);
  require(json.contains("previous_filename") == file.previous_path.has_value());
  require(!file.previous_path || json["previous_filename"] == *file.previous_path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = diff::parse_github_files(text);
  if (!list) {
    require(!list.error().message.empty());
    return 0;
  }
  require(list->counts.files == list->files.size());
  // Only a single value is JSON to a plain parser.
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_discarded()) {
    std::vector<Json> files;
    flatten(json, files);
    require(files.size() == list->files.size());
    for (std::size_t i = 0; i < files.size(); ++i) require_same(list->files[i], files[i]);
  }
  const auto summary = diff::summarize(*list);
  require(summary && summary->size() == list->files.size());
  bool truncated = false;
  for (std::size_t i = 0; i < list->files.size(); ++i) {
    const diff::GithubFile& file = list->files[i];
    const diff::FileSummary& seen = (*summary)[i];
    require(seen.status == file.status && seen.truncated == file.truncated);
    if (!file.truncated)
      require(seen.added.lines == file.additions && seen.removed.lines == file.deletions);
    truncated = truncated || file.truncated;
  }
  require(truncated == list->truncated);
  if (const auto map = diff::LineMap::create(*list); map)
    for (const diff::GithubFile& file : list->files)
      (void)map->check({.path = file.path, .line = 1});
  return 0;
}
