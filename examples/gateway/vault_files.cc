#include "vault_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "coefficient/vault/local_kek.h"
#include "coefficient/vault/secret_arena.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
namespace vault = coefficient::vault;

// "DIR/" and "DIR/." are DIR.
fs::path plain(const fs::path& path) {
  fs::path normal = fs::absolute(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

Result<std::shared_ptr<vault::KekProvider>> load_kek(const std::string& path,
                                                     vault::SecretArena& arena) {
  if (auto closed = check_key_file(path); !closed) return closed.error();
  auto key = vault::LocalKey::from_file(path, arena);
  if (!key) return at("key file " + path, key.error());
  std::vector<vault::LocalKey> keys;
  keys.push_back(*std::move(key));
  auto kek = vault::LocalKek::create(std::move(keys));
  if (!kek) return kek.error();
  return std::shared_ptr<vault::KekProvider>(*std::move(kek));
}

}  // namespace

bool lies_in(const Directory& directory, const fs::path& path) {
  std::error_code ec;
  const fs::path root = fs::weakly_canonical(plain(directory.root()), ec);
  if (ec) return true;
  const fs::path real = fs::weakly_canonical(plain(path), ec);
  if (ec) return true;
  return std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first == root.end();
}

Result<VaultConfig> place_vault_files(const Directory& directory, const fs::path& kek_file) {
  const std::string root = plain(directory.root()).string();
  VaultConfig config{.kek_file = kek_file.empty() ? root + ".kek" : plain(kek_file).string(),
                     .shred_ledger = root + ".shredded"};
  if (lies_in(directory, config.kek_file)) {
    return Error{ErrorCode::kInvalidArgument,
                 config.kek_file + ": a key file in the directory would be copied with what it " +
                     "opens; name another place with --kek-file"};
  }
  return config;
}

Result<> make_key_file(const fs::path& path) {
  std::array<std::byte, 8> random{};
  if (auto drawn = coefficient::random_bytes(random); !drawn) return drawn;
  // An id of its own: a key file that was mixed up is then not there, rather than wrong.
  auto text = vault::LocalKey::generate("gateway-" + coefficient::hex_encode(random));
  if (!text) return text.error();
  const auto bytes = text->expose();
  return publish_new_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<> check_key_file(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return Error{ErrorCode::kNotFound, "key file " + path.string() + ": is missing"};
  }
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return Error{ErrorCode::kPermissionDenied,
                 "key file " + path.string() + ": belongs to another user"};
  }
  if (!S_ISREG(info.st_mode) || (info.st_mode & 077U) != 0) {
    return Error{ErrorCode::kPermissionDenied,
                 "key file " + path.string() + ": is open to other users, or no regular file"};
  }
  return {};
}

Result<VaultFiles> VaultFiles::open(const Directory& directory, const VaultConfig& config,
                                    const Clock& clock) {
  return open_as(directory, config, clock, false);
}

Result<VaultFiles> VaultFiles::open_or_make(const Directory& directory, const VaultConfig& config,
                                            const Clock& clock) {
  return open_as(directory, config, clock, true);
}

Result<VaultFiles> VaultFiles::open_as(const Directory& directory, const VaultConfig& config,
                                       const Clock& clock, bool create) {
  auto arena = vault::SecretArena::create();
  if (!arena) return arena.error();
  auto kek = load_kek(config.kek_file, **arena);
  if (!kek) return kek.error();
  VaultFiles files;
  auto ledger = vault::FileShredLedger::open(config.shred_ledger);
  if (!ledger) return at("shred ledger " + config.shred_ledger, ledger.error());
  files.ledger_ = *std::move(ledger);
  coefficient::sqlite::VaultStoreOptions options;
  options.create = create;
  auto store = coefficient::sqlite::VaultStore::open(directory.vault(), clock, options);
  if (!store) return at("vault", store.error());
  files.store_ = *std::move(store);
  auto made = vault::Vault::create({.store = *files.store_,
                                    .ledger = *files.ledger_,
                                    .arena = *arena,
                                    .providers = {*kek},
                                    .break_glass = nullptr,
                                    .clock = clock});
  if (!made) return at("vault under key file " + config.kek_file, made.error());
  files.vault_ = *std::move(made);
  return files;
}

}  // namespace gateway
