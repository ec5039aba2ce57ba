#include "settings.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "files.h"
#include "output.h"

namespace vault_tool {
namespace {

namespace fs = std::filesystem;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

constexpr std::string_view kFile = "file:";
constexpr std::string_view kEnvironment = "environment:";
constexpr std::size_t kMaxKeks = 64;

std::optional<fs::path> absolute_in(const Json& json) {
  if (!json.is_string()) return std::nullopt;
  fs::path path = json.get_ref<const std::string&>();
  if (!path.is_absolute()) return std::nullopt;
  return path;
}

std::optional<KekSource> source_in(const Json& json) {
  if (!json.is_string()) return std::nullopt;
  const std::string_view text = json.get_ref<const std::string&>();
  if (text == KekSource{}.text()) return KekSource{};
  if (!text.starts_with(kFile)) return std::nullopt;
  fs::path path = text.substr(kFile.size());
  if (!path.is_absolute()) return std::nullopt;
  return KekSource{std::move(path)};
}

std::optional<Settings> parse(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.size() != 3) return std::nullopt;
  const auto member = [&json](const char* name) {
    const auto it = json.find(name);
    return it == json.end() ? Json() : *it;
  };
  const Json keks = member("keks");
  const auto ledger = absolute_in(member("ledger"));
  const auto archive = absolute_in(member("archive"));
  if (!keks.is_array() || keks.empty() || keks.size() > kMaxKeks || !ledger || !archive)
    return std::nullopt;
  Settings settings{{}, *ledger, *archive};
  for (const Json& entry : keks) {
    auto source = source_in(entry);
    if (!source) return std::nullopt;
    settings.keks.push_back(*std::move(source));
  }
  return settings;
}

Error bad_path(const std::string& path, const std::string& why) {
  return Error{ErrorCode::kInvalidArgument, "the path " + printable(path) + ": " + why};
}

// vault.json is JSON and so UTF-8.
Result<> check_path(const std::string& path) {
  if (path.empty()) return bad_path(path, "is empty");
  if (Json::parse(one_line(Json(path)), nullptr, false) != Json(path))
    return bad_path(path, "is not UTF-8");
  return {};
}

}  // namespace

std::string KekSource::text() const {
  return file.empty() ? std::string(kEnvironment) + kKekVariable
                      : std::string(kFile) + file.string();
}

Result<Settings> load_settings(const fs::path& directory) {
  const fs::path path = directory / kSettingsName;
  const auto text = read_text(path);
  if (!text) return text.error();
  auto settings = parse(*text);
  if (!settings)
    return Error{ErrorCode::kDataLoss, path.string() + ": is not what vault init writes"};
  return *std::move(settings);
}

Result<> save_settings(const fs::path& directory, const Settings& settings) {
  Json keks = Json::array();
  for (const KekSource& source : settings.keks) keks.push_back(source.text());
  const Json json = {{"keks", std::move(keks)},
                     {"ledger", settings.ledger.string()},
                     {"archive", settings.archive.string()}};
  return replace_file(directory / kSettingsName, one_line(json) + "\n");
}

Result<fs::path> directory_path(const std::string& path) {
  if (auto checked = check_path(path); !checked) return checked.error();
  std::error_code status;
  fs::path out = fs::weakly_canonical(fs::absolute(path, status), status);
  if (status) return bad_path(path, status.message());
  if (!out.has_filename()) out = out.parent_path();  // "store/" is "store"
  return out;
}

Result<fs::path> file_path(const std::string& path) {
  if (auto checked = check_path(path); !checked) return checked.error();
  const fs::path named(path);
  if (!named.has_filename()) return bad_path(path, "names no file");
  auto parent = directory_path(named.has_parent_path() ? named.parent_path().string() : ".");
  if (!parent) return parent.error();
  return *parent / named.filename();
}

bool is_inside(const fs::path& path, const fs::path& directory) {
  const auto ends = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return ends.first == directory.end();
}

}  // namespace vault_tool
