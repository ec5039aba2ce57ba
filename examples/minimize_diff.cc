// Reads a diff from standard input and writes what may leave the host: see docs/diff.md.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "coefficient/core/encoding.h"
#include "coefficient/diff/minimizer.h"
#include "coefficient/diff/summary.h"
#include "coefficient/version.h"

namespace {

using coefficient::Error;
using coefficient::Result;
using coefficient::diff::FileSummary;
using coefficient::diff::SideSummary;
using nlohmann::ordered_json;

enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2 };

std::optional<std::string> read_all(std::istream& in) {
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return text;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

ordered_json path_json(const std::optional<std::string>& path) {
  if (!path) return nullptr;
  const ordered_json as_text = *path;
  // dump() is nlohmann's UTF-8 check; with `replace` it does not throw but changes bad bytes.
  const std::string dumped = as_text.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  const auto back = ordered_json::parse(dumped, nullptr, false);
  if (back.is_string() && back.get_ref<const std::string&>() == *path) return {{"path", *path}};
  return {{"path_hex", coefficient::hex_encode(bytes_of(*path))}};
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
  ordered_json json{{"status", std::string(1, static_cast<char>(file.status))},
                    {"old", path_json(file.old_path)},
                    {"new", path_json(file.new_path)},
                    {"old_mode", mode_json(file.old_mode)},
                    {"new_mode", mode_json(file.new_mode)},
                    {"binary", file.binary}};
  if (file.parents > 1) json["parents"] = file.parents;
  if (file.binary) {
    json["added"] = nullptr;
    json["removed"] = nullptr;
  } else {
    add_side(json, "added", file.added);
    add_side(json, "removed", file.removed);
  }
  return json;
}

// "two-way", "combined", or "mixed" (a log with merges in it).
ordered_json summary_json(const std::vector<FileSummary>& files) {
  std::size_t combined = 0;
  ordered_json list = ordered_json::array();
  ordered_json names = ordered_json::array();
  for (const FileSummary& file : files) {
    list.push_back(file_json(file));
    if (file.parents == 1) continue;
    ++combined;
    names.push_back(path_json(file.new_path ? file.new_path : file.old_path));
  }
  if (combined == 0) return {{"kind", "two-way"}, {"files", std::move(list)}};
  return {{"kind", combined == files.size() ? "combined" : "mixed"},
          {"parents", files.front().parents},
          {"raw_c_names", std::move(names)},
          {"files", std::move(list)}};
}

int refuse(const Error& error) {
  std::cerr << "minimize_diff: " << error.message << '\n';
  return error.code == coefficient::ErrorCode::kInternal ? kUsage : kRefused;
}

int print(const std::string& json) {
  std::cout << json << '\n';
  std::cout.flush();
  if (std::cout) return kDone;
  std::cerr << "minimize_diff: cannot write the output\n";
  return kUsage;
}

struct Arguments {
  std::string title;
  std::string description_file;
  bool summary = false;
};

int run(const Arguments& arguments) {
  std::string description;
  if (!arguments.description_file.empty()) {
    std::ifstream in(arguments.description_file, std::ios::binary);
    std::optional<std::string> text = in ? read_all(in) : std::nullopt;
    if (!text) {
      std::cerr << "minimize_diff: cannot read " << arguments.description_file << '\n';
      return kUsage;
    }
    description = *std::move(text);
  }
  const std::optional<std::string> diff = read_all(std::cin);
  if (!diff) {
    std::cerr << "minimize_diff: cannot read standard input\n";
    return kUsage;
  }
  if (arguments.summary) {
    const Result<std::vector<FileSummary>> files = coefficient::diff::summarize(bytes_of(*diff));
    return files ? print(summary_json(*files).dump()) : refuse(files.error());
  }
  const Result<coefficient::diff::Minimized> out = coefficient::diff::minimize(
      {.title = arguments.title, .description = description, .diff = bytes_of(*diff)});
  return out ? print(out->json) : refuse(out.error());
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  Arguments arguments;
  CLI::App app(
      "Reads a diff as git writes it from standard input and writes JSON with the changed lines,\n"
      "and nothing else of it, to standard output.\n"
      "Exit status: 0 done, 1 the diff was refused as malformed, 2 usage or environment.",
      "minimize_diff");
  app.add_option("--title", arguments.title, "Title of the change, for the output");
  app.add_option("--description-file", arguments.description_file,
                 "File with the description of the change, for the output")
      ->type_name("FILE");
  app.add_flag("--summary", arguments.summary,
               "Write names, modes, counts, line ranges and hashes of each file instead");
  app.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return run(arguments);
}
