#include "explain.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

namespace {

using nlohmann::json;
using Row = std::array<std::string, 5>;

std::string number(const json& value) {
  return value.dump();
}

// Whether `path` may do anything to a terminal but be printed: whatever the policy let through.
bool is_harmless(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto byte = [&](std::size_t at) {
      return at < path.size() ? static_cast<unsigned char>(path[at]) : 0U;
    };
    if (byte(i) < 0x20 || byte(i) == 0x7f) return false;
    if (byte(i) == 0xc2 && byte(i + 1) < 0xa0) return false;                            // C1
    if (byte(i) == 0xe2 && (byte(i + 1) == 0x80 || byte(i + 1) == 0x81)) return false;  // bidi
  }
  return true;
}

std::string path_of(const json& file) {
  const json& side = file.contains("new") ? file["new"] : file["old"];
  if (!side.contains("path")) return "hex:" + side["path_hex"].get_ref<const std::string&>();
  const auto& path = side["path"].get_ref<const std::string&>();
  return is_harmless(path) ? path : side["path"].dump(-1, ' ', /*ensure_ascii=*/true);
}

// Appends "and so" to a list that starts as "".
void add(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

std::string counted(const json& object) {
  std::string list;
  for (const auto& [name, count] : object.items()) add(list, name + " " + number(count));
  return list;
}

std::string withheld(const json& file) {
  std::string list;
  for (const auto& [reason, count] : file["dropped"].items())
    if (count != 0)
      add(list,
          number(count) + " " +
              (reason == "excluded" ? "excluded, " + file["excluded"].get<std::string>() : reason));
  if (file["listed"] == false) add(list, "not listed");
  if (file["truncated"] == true) add(list, "truncated by the sender");
  return list;
}

Row row_of(const json& file) {
  const json& lines = file["lines"];
  std::string redacted = counted(file["redactions"]);
  const std::string unicode = counted(file["unicode"]);
  return {file["status"].get<std::string>() + " " + path_of(file),
          "+" + number(lines["added"]["kept"]) + " -" + number(lines["removed"]["kept"]),
          withheld(file), redacted, unicode};
}

std::string totals(const json& manifest) {
  const json& total = manifest["totals"];
  const json& lines = total["lines"];
  std::string text = number(total["files"]["seen"]) + " files; of " + number(lines["seen"]) +
                     " lines " + number(lines["added"]) + " added and " + number(lines["removed"]) +
                     " removed ones left; withheld:";
  std::string list;
  for (const char* reason : {"context", "other", "excluded", "whitespace", "budget"})
    add(list, " " + number(lines[reason]) + " " + reason);
  text += list + "; " + number(total["redactions"]) + " redactions";
  for (const char* name : {"title", "description"}) {
    const std::string redacted = counted(manifest["change"][name]["redactions"]);
    if (!redacted.empty()) text += std::string("; in the ") + name + " " + redacted;
  }
  return text + "\n";
}

}  // namespace

std::string explain(std::string_view manifest) {
  const json document = json::parse(manifest, nullptr, /*allow_exceptions=*/false);
  std::vector<Row> rows{{"file", "left", "withheld lines", "redacted", "invisible characters"}};
  for (const json& file : document["files"]) rows.push_back(row_of(file));
  std::array<std::size_t, 5> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string table;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths[i] == 0) continue;
      line += row[i].empty() ? "-" : row[i];
      line.append(widths[i] + 2 - std::max<std::size_t>(row[i].size(), 1), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    table += line + "\n";
  }
  return table + totals(document);
}
