// Personal data in an audit log, under keys that are in a vault: who asks to be forgotten is, and
// the log stays whole.
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "coefficient/audit/log.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/personal.h"
#include "coefficient/audit/verify.h"
#include "coefficient/vault/local_kek.h"
#include "coefficient/vault/memory_store.h"
#include "coefficient/vault/vault.h"
#include "vault_subject_keys.h"

namespace {

namespace audit = coefficient::audit;
namespace vault = coefficient::vault;
namespace fs = std::filesystem;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

// A new directory, removed with all that is in it.
class WorkDirectory {
 public:
  WorkDirectory() {
    std::string name = (fs::temp_directory_path() / "forget-person-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  ~WorkDirectory() {
    std::error_code ignored;  // what cannot be removed is a temporary file
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<std::shared_ptr<vault::LocalKek>> make_kek(vault::SecretArena& arena) {
  auto text = vault::LocalKey::generate("example");
  if (!text) return text.error();
  auto key = vault::LocalKey::from_callback(
      [&](std::span<std::byte> out) -> Result<std::size_t> {
        const auto from = text->expose();
        if (from.size() > out.size()) return Error{ErrorCode::kInternal, "the key is too long"};
        std::copy(from.begin(), from.end(), out.begin());
        return from.size();
      },
      arena);
  if (!key) return key.error();
  std::vector<vault::LocalKey> keys;
  keys.push_back(*std::move(key));
  return vault::LocalKek::create(std::move(keys));
}

// [sign-in]
// Without its record nothing happens; without its keys there is no record.
Result<> record_sign_in(audit::Log& log, audit::SubjectKeys& keys, const std::string& who,
                        const std::string& address) {
  audit::Record record;
  record.actor = {.type = "user", .id = who};
  record.action = "session.create";
  record.src.ip = address;
  for (const char* place : {"actor.id", "src.ip"}) {
    auto sealed = audit::seal_in_place(keys, who, place, record);
    if (!sealed) return sealed.error();
  }
  auto appended = log.append(std::move(record));
  if (!appended) return appended.error();
  return {};
}
// [sign-in]

// [forget]
// An intent first: should the process die in between, the log says that it may be done.
Result<> forget(audit::Log& log, audit::SubjectKeys& keys, const std::string& who) {
  audit::Record record;
  record.id = "forget-1";
  record.actor = {.type = "operator", .id = "privacy-desk"};
  record.action = "subject.erased";
  record.outcome = audit::Outcome::kIntent;
  if (auto appended = log.append(record); !appended) return appended.error();
  auto erased = audit::erase_subject(keys, who);
  if (!erased) return erased.error();
  erased->actor = record.actor;
  erased->intent = record.id;
  auto appended = log.append(*std::move(erased));
  if (!appended) return appended.error();
  return {};
}
// [forget]

std::string shown(const audit::Field& field) {
  const auto* text = std::get_if<std::string>(&field);
  return text == nullptr ? "(erased)" : *text;
}

Result<> show(const std::string& directory, audit::SubjectKeys* keys) {
  auto reader = audit::LogReader::open(directory);
  if (!reader) return reader.error();
  return reader->read(
      0, reader->checkpoint().size, [&](const audit::StoredRecord& stored) -> Result<> {
        auto record = audit::parse_record(stored.payload);
        if (!record) return record.error();
        if (record->action != "session.create") return {};
        if (keys == nullptr) {
          if (stored.payload.find("example.com") == std::string_view::npos) return {};
          return Error{ErrorCode::kInternal, "a name is in the log"};
        }
        if (auto opened = audit::open_in_place(*keys, *record); !opened) return opened.error();
        std::cout << shown(record->actor.id) << " signed in from " << shown(record->src.ip) << '\n';
        return {};
      });
}

Result<> run(const fs::path& directory) {
  auto arena = vault::SecretArena::create();
  if (!arena) return arena.error();
  auto kek = make_kek(**arena);
  if (!kek) return kek.error();
  vault::MemoryStore store;
  auto ledger = vault::FileShredLedger::create((directory / "shredded").string());
  if (!ledger) return ledger.error();
  auto opened = vault::Vault::create(
      {.store = store, .ledger = **ledger, .arena = *arena, .providers = {*kek}});
  if (!opened) return opened.error();
  auto keys = examples::VaultSubjectKeys::open(**opened);
  if (!keys) return keys.error();

  const std::string log_path = (directory / "log").string();
  fs::create_directory(log_path);
  auto log = audit::Log::create(log_path, "example.com/log", coefficient::system_clock());
  if (!log) return log.error().error;
  if (auto done = record_sign_in(**log, **keys, "ann@example.com", "192.0.2.7"); !done) return done;
  if (auto done = record_sign_in(**log, **keys, "bob@example.com", "192.0.2.8"); !done) return done;
  if (auto note = (*log)->checkpoint(); !note) return note.error();
  if (auto done = show(log_path, nullptr); !done) return done;
  std::cout << "sealed: nobody's name or address is in the log\n";
  if (auto done = show(log_path, keys->get()); !done) return done;
  if (auto done = forget(**log, **keys, "ann@example.com"); !done) return done;
  if (auto closed = (*log)->close(); !closed) return closed;
  std::cout << "erased ann@example.com\n";
  if (auto done = show(log_path, keys->get()); !done) return done;
  const auto report = audit::verify_log(log_path, {.parse_records = true});
  if (!report) return report.error();
  std::cout << (report->intact() ? "the log is intact\n" : "the log is NOT INTACT\n");
  return {};
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the program
int main() {
  const WorkDirectory directory;
  if (directory.path().empty()) {
    std::cerr << "no temporary directory can be made\n";
    return EXIT_FAILURE;
  }
  if (auto done = run(directory.path()); !done) {
    std::cerr << done.error().message << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
