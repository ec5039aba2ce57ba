#include "secret_import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "audit_files.h"
#include "coefficient/vault/shred_ledger.h"
#include "config.h"
#include "core/json.h"
#include "endpoint_secrets.h"
#include "log.h"
#include "vault_files.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using coefficient::SecretBytes;

// Names a file that is being overwritten, so that one whose wiping was cut short is known. No
// configuration could list such a name.
constexpr std::string_view kWiping = ".wiping-";

Error from_errno(int number, const fs::path& path) {
  return Error{ErrorCode::kInternal,
               path.string() + ": " + std::generic_category().message(number)};
}

// config.json of the former layout: what it lists, and what it is to become.
struct Former {
  std::map<std::string, std::vector<std::string>> files;  // of each endpoint, the newest first
  Config config;
  std::string text;
  bool converted = true;  // already, by a run that was cut short
};

Result<> take_files(const std::string& endpoint, const Json& list, Former& former) {
  const Error wrong{ErrorCode::kInvalidArgument,
                    "config.json: /endpoints/" + endpoint + "/secret_files is no list of names"};
  if (!list.is_array()) return wrong;
  for (const Json& entry : list) {
    const auto* name = entry.get_ptr<const Json::string_t*>();
    if (name == nullptr || name->empty() || name->front() == '.' ||
        name->find('/') != std::string::npos || name->find('\0') != std::string::npos) {
      return wrong;
    }
    former.files[endpoint].push_back(*name);
  }
  return {};
}

Result<Former> read_former(const Directory& directory, const fs::path& kek_file) {
  auto text = read_file(directory.config(), std::size_t{1} << 20U);
  if (!text) return text.error();
  if (auto strict = coefficient::json::check(*text, {.max_bytes = text->size(), .max_depth = 8});
      !strict) {
    return at("config.json is not strict JSON", strict.error());
  }
  Json root = Json::parse(*text, nullptr, false);
  const Error wrong{ErrorCode::kInvalidArgument, "config.json: has no object \"endpoints\""};
  if (!root.is_object() || !root.contains("endpoints") || !root["endpoints"].is_object()) {
    return wrong;
  }
  Former former;
  for (auto& [name, endpoint] : root["endpoints"].items()) {
    if (!endpoint.is_object() || !endpoint.contains("secret_files")) continue;
    if (auto taken = take_files(name, endpoint["secret_files"], former); !taken) {
      return taken.error();
    }
    endpoint.erase("secret_files");
    former.converted = false;
  }
  if (!root.contains("vault")) {
    auto placed = place_vault_files(directory, kek_file);
    if (!placed) return placed.error();
    root["vault"] = {{"kek_file", placed->kek_file}, {"shred_ledger", placed->shred_ledger}};
    former.converted = false;
  }
  former.text = root.dump(2) + "\n";
  ParsedConfig parsed = parse_config(former.text);
  if (!parsed.problems.empty()) {
    const Problem& first = parsed.problems.front();
    return Error{ErrorCode::kInvalidArgument,
                 "config.json: " + first.subject + " " + first.what + "; " + first.fix};
  }
  former.config = std::move(parsed.config);
  return former;
}

// The names in secrets/. Each must be a plain file, and one that is listed: what nobody listed is
// nobody's to destroy.
Result<std::vector<std::string>> names_of_files(const Directory& directory, const Former& former) {
  std::set<std::string> listed;
  for (const auto& [endpoint, files] : former.files) listed.insert(files.begin(), files.end());
  std::vector<std::string> names;
  std::error_code ec;
  fs::directory_iterator entries(directory.former_secrets(), ec);
  for (; !ec && entries != fs::directory_iterator(); entries.increment(ec)) {
    const std::string name = entries->path().filename().string();
    std::error_code status;
    if (!fs::is_regular_file(entries->symlink_status(status))) {
      return Error{ErrorCode::kFailedPrecondition,
                   entries->path().string() + ": is not a regular file; move it away"};
    }
    if (!former.converted && !listed.contains(name) && !name.starts_with(kWiping)) {
      return Error{ErrorCode::kFailedPrecondition,
                   entries->path().string() +
                       ": is not in config.json's secret_files; list it there or move it away"};
    }
    names.push_back(name);
  }
  if (ec) return from_errno(ec.value(), directory.former_secrets());
  std::ranges::sort(names);
  return names;
}

Result<> make_missing(const VaultConfig& config) {
  auto made = make_key_file(config.kek_file);
  if (!made && made.error().code != ErrorCode::kAlreadyExists) return made;
  auto ledger = coefficient::vault::FileShredLedger::create(config.shred_ledger);
  if (!ledger && ledger.error().code != ErrorCode::kAlreadyExists) return ledger.error();
  return {};
}

bool holds(const std::vector<EndpointSecret>& valid, const SecretBytes& secret) {
  return std::ranges::any_of(valid, [&](const EndpointSecret& one) {
    return coefficient::constant_time_equal(one.bytes, secret);
  });
}

// Puts an endpoint's files, the oldest first. A run before this one may have put some of them.
Result<> put_files(const Directory& directory, const std::string& endpoint,
                   const std::vector<std::string>& files, EndpointSecrets& secrets) {
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    auto secret = read_secret_file(directory.former_secrets() / *file);
    if (!secret) return secret.error();
    auto valid = secrets.all(endpoint);
    if (!valid) return valid.error();
    if (holds(*valid, *secret)) continue;
    auto added = secrets.add(endpoint, *secret);
    if (!added) return at(*file, added.error());
  }
  return {};
}

Result<bool> is_in_vault(const fs::path& path, const Config& config, EndpointSecrets& secrets) {
  auto secret = read_secret_file(path);
  if (!secret) return secret.error();
  for (const EndpointConfig& endpoint : config.endpoints) {
    auto valid = secrets.all(endpoint.name);
    if (!valid) return valid.error();
    if (holds(*valid, *secret)) return true;
  }
  return false;
}

Result<> overwrite(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return from_errno(errno, path);
  struct stat info {};
  const bool done = ::fstat(fd, &info) == 0 &&
                    write_all(fd, std::string(static_cast<std::size_t>(info.st_size), '\0')) &&
                    ::fsync(fd) == 0;
  const int number = errno;
  ::close(fd);
  if (!done) return from_errno(number, path);
  return {};
}

Result<> wipe_file(const Directory& directory, const std::string& name, const Config& config,
                   EndpointSecrets& secrets) {
  fs::path path = directory.former_secrets() / name;
  if (!name.starts_with(kWiping)) {
    auto kept = is_in_vault(path, config, secrets);
    if (!kept) return kept.error();
    if (!*kept) {
      return Error{ErrorCode::kFailedPrecondition,
                   path.string() + ": is not in the vault; move it away"};
    }
    const fs::path marked = directory.former_secrets() / (std::string(kWiping) + name);
    if (::rename(path.c_str(), marked.c_str()) != 0) return from_errno(errno, path);
    // Before the first byte goes: zeros under the old name would pass for a secret.
    if (auto synced = sync_directory(directory.former_secrets()); !synced) return synced;
    path = marked;
  }
  if (auto done = overwrite(path); !done) return done;
  if (::unlink(path.c_str()) != 0) return from_errno(errno, path);
  return {};
}

}  // namespace

Result<ImportReport> import_secrets(const Directory& directory, const fs::path& kek_file,
                                    const Clock& clock) {
  std::error_code ec;
  if (!fs::is_directory(directory.former_secrets(), ec)) {
    return Error{ErrorCode::kNotFound, directory.former_secrets().string() +
                                           ": is not there, so there is nothing to import"};
  }
  auto lock = DirectoryLock::acquire(directory);
  if (!lock) return lock.error();
  auto former = read_former(directory, kek_file);
  if (!former) return former.error();
  auto names = names_of_files(directory, *former);
  if (!names) return names.error();
  if (!former->converted) {
    if (auto made = make_missing(former->config.vault); !made) return made.error();
  }
  auto files = former->converted ? VaultFiles::open(directory, former->config.vault, clock)
                                 : VaultFiles::open_or_make(directory, former->config.vault, clock);
  if (!files) return files.error();
  EndpointSecrets secrets(files->vault());
  for (const auto& [endpoint, list] : former->files) {
    if (auto put = put_files(directory, endpoint, list, secrets); !put) return put.error();
  }
  ImportReport report;
  for (const EndpointConfig& endpoint : former->config.endpoints) {
    auto valid = secrets.all(endpoint.name);
    if (!valid) return valid.error();
    for (EndpointSecret& secret : *valid) report.imported.push_back(std::move(secret.name));
  }
  if (auto made = make_missing_audit_logs(directory, clock); !made) return made.error();
  if (!former->converted) {
    if (auto done = replace_file(directory.config(), former->text); !done) return done.error();
  }
  for (const std::string& name : *names) {
    auto wiped = wipe_file(directory, name, former->config, secrets);
    if (!wiped) return wiped.error();
    ++report.wiped;
  }
  if (::rmdir(directory.former_secrets().c_str()) != 0) {
    return from_errno(errno, directory.former_secrets());
  }
  if (auto synced = sync_directory(directory.root()); !synced) return synced.error();
  return report;
}

}  // namespace gateway
