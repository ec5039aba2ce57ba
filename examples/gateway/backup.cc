#include "backup.h"

#include <sys/stat.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "audit_files.h"
#include "coefficient/sqlite/vault_store.h"
#include "command_audit.h"
#include "config.h"
#include "endpoint_secrets.h"
#include "inbox.h"
#include "service.h"
#include "vault_files.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
namespace sqlite = coefficient::sqlite;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20U;

fs::path archive_of(const fs::path& backup) {
  return backup / "vault";
}
fs::path config_of(const fs::path& backup) {
  return backup / "config.json";
}

// What was made in a directory that was empty; removed unless all went well.
class Unfinished {
 public:
  explicit Unfinished(const Directory& directory) : directory_(directory) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (done_) return;
    std::error_code ignored;  // what cannot be removed is in the way of the next restore
    fs::remove_all(directory_.vault(), ignored);
    fs::remove_all(directory_.audit(), ignored);
    fs::remove_all(directory_.command_audit(), ignored);
    fs::remove(directory_.config(), ignored);
    const std::string database = directory_.database().string();
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(database + suffix, ignored);
  }
  void done() { done_ = true; }

 private:
  const Directory& directory_;
  bool done_ = false;
};

Result<> check_place(const Directory& directory, const VaultConfig& config, const fs::path& to) {
  if (lies_in(directory, to)) {
    return Error{ErrorCode::kInvalidArgument,
                 to.string() + ": lies in the directory that it is to be the backup of"};
  }
  if (lies_in(Directory(to), config.kek_file)) {
    return Error{ErrorCode::kInvalidArgument,
                 config.kek_file + ": the key file lies where the backup is to be; who has both " +
                     "has the secrets"};
  }
  if (lies_in(Directory(to), config.shred_ledger)) {
    return Error{ErrorCode::kInvalidArgument,
                 config.shred_ledger + ": the shred ledger lies where the backup is to be; an " +
                     "older copy of it would come back with an older backup"};
  }
  return {};
}

// What the archive says, with what to do if it is not this directory's.
Error with_advice(const Error& error) {
  if (error.code != ErrorCode::kFailedPrecondition) return error;
  return Error{error.code, error.message +
                               ". A directory has one backup: to begin it elsewhere, which ends " +
                               "the one before, name an empty TO with --base"};
}

struct RestoredConfig {
  VaultConfig vault;
  std::vector<EndpointConfig> endpoints;
  std::string text;
};

Result<RestoredConfig> read_config(const RestoreRequest& request, const Directory& into) {
  auto text = read_file(config_of(request.from), kMaxConfigBytes);
  if (!text) return text.error();
  // Once for its problems, and again with the other paths.
  ParsedConfig parsed = parse_config(*text);
  if (parsed.problems.empty()) {
    Json root = Json::parse(*text, nullptr, false);
    const auto set = [&root](const char* member, const fs::path& path) {
      if (!path.empty()) root["vault"][member] = fs::absolute(path).lexically_normal().string();
    };
    set("kek_file", request.kek_file);
    set("shred_ledger", request.shred_ledger);
    *text = root.dump(2) + "\n";
    parsed = parse_config(*text);
  }
  if (!parsed.problems.empty()) {
    const Problem& first = parsed.problems.front();
    return Error{ErrorCode::kInvalidArgument,
                 config_of(request.from).string() + ": " + first.subject + " " + first.what};
  }
  if (lies_in(into, parsed.config.vault.kek_file)) {
    return Error{ErrorCode::kInvalidArgument,
                 parsed.config.vault.kek_file + ": the key file must not lie in the directory"};
  }
  return RestoredConfig{.vault = std::move(parsed.config.vault),
                        .endpoints = std::move(parsed.config.endpoints),
                        .text = *std::move(text)};
}

// Opens what was restored: the canary and the ledger have their say, then each secret.
Result<std::vector<std::string>> prove(const Directory& into, const RestoredConfig& config,
                                       const Clock& clock) {
  auto files = VaultFiles::open(into, config.vault, clock);
  if (!files) return files.error();
  const EndpointSecrets secrets(files->vault());
  std::vector<std::string> names;
  for (const EndpointConfig& endpoint : config.endpoints) {
    auto valid = secrets.all(endpoint.name);
    if (!valid) return valid.error();
    for (EndpointSecret& secret : *valid) names.push_back(std::move(secret.name));
  }
  return names;
}

Result<> record_restore(const RestoreRequest& request, const Directory& into, const Clock& clock) {
  auto log = open_audit_log(into.command_audit(), clock);
  if (!log) return log.error();
  coefficient::audit::Record record;
  record.actor = {.type = "local_user", .id = this_user()};
  record.action = "restore";
  record.target = {.type = "file", .id = request.from.string()};
  if (auto appended = (*log)->append(std::move(record)); !appended) return appended.error();
  return (*log)->close();
}

}  // namespace

Result<BackupReport> back_up(const Directory& directory, const fs::path& to, bool new_base,
                             const Clock& clock, const sqlite::ProgressCallback& progress) {
  auto config = load_config(directory);
  if (!config) return config.error();
  if (auto checked = check_place(directory, config->vault, to); !checked) return checked.error();
  auto text = read_file(directory.config(), kMaxConfigBytes);
  if (!text) return text.error();
  sqlite::VaultStoreOptions options;
  options.create = false;
  auto store = sqlite::VaultStore::open(directory.vault(), clock, options);
  if (!store) return at("vault", store.error());
  if (::mkdir(to.c_str(), 0700) != 0 && errno != EEXIST) {
    const int number = errno;
    return Error{number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied,
                 to.string() + ": " + std::generic_category().message(number)};
  }
  auto archive = sqlite::Archive::open(archive_of(to));
  if (!archive) return archive.error();
  auto changelog = (*store)->changelog_status();
  if (!changelog) return changelog.error();
  BackupReport report;
  report.base_taken = new_base || !changelog->recording;
  if (report.base_taken) {
    if (auto base = archive->take_base(**store, progress); !base) return with_advice(base.error());
  }
  auto shipped = archive->ship(**store, progress);
  if (!shipped) return with_advice(shipped.error());
  report.shipped = *shipped;
  if (auto kept = replace_file(config_of(to), *text); !kept) return kept.error();
  auto verified = archive->verify(progress);
  if (!verified) return verified.error();
  report.archive = *std::move(verified);
  return report;
}

Result<RestoredDirectory> restore(const RestoreRequest& request, const Directory& into,
                                  const Clock& clock, const sqlite::ProgressCallback& progress) {
  std::error_code ec;
  if (!fs::is_directory(archive_of(request.from), ec)) {
    return Error{ErrorCode::kNotFound,
                 request.from.string() + ": is not what gateway backup makes"};
  }
  auto config = read_config(request, into);
  if (!config) return config.error();
  auto archive = sqlite::Archive::open(archive_of(request.from));
  if (!archive) return archive.error();
  if (auto made = make_empty_directory(into.root()); !made) return made.error();
  Unfinished unfinished(into);
  auto report = archive->restore(request.target, into.vault(), progress);
  if (!report) return report.error();
  auto names = prove(into, *config, clock);
  if (!names) return names.error();
  if (auto made = Inbox::create(into.database()); !made) return made.error();
  if (auto made = make_missing_audit_logs(into, clock); !made) return made.error();
  if (auto recorded = record_restore(request, into, clock); !recorded) return recorded.error();
  // Last, so that nothing is served of which the log does not say where it is from.
  if (auto made = write_new_file(into.config(), config->text); !made) return made.error();
  unfinished.done();
  return RestoredDirectory{.vault = *report, .secrets = *std::move(names)};
}

}  // namespace gateway
