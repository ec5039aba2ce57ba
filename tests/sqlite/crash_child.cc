// The process that crash_test.cc kills. It says on standard output what is durable, a line each,
// from several threads at once.
//
//   crash_child write|early DIRECTORY     puts, batches and backups; "early" says it before it is
//   so crash_child restore DIRECTORY FIRST   restores the archive again and again
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "coefficient/sqlite/archive.h"
#include "crash_records.h"

using namespace coefficient;
using sqlite::Archive;
using sqlite::VaultStore;

namespace {

[[noreturn]] void give_up(const Error& error) {
  (void)std::fprintf(stderr, "crash_child: %s\n", error.message.c_str());
  std::_Exit(3);
}

void say(const std::string& what) {
  const std::string line = what + "\n";  // shorter than PIPE_BUF, so never mixed with another
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(0);  // nobody listens
}

std::uint64_t version_of(VaultStore& store, const std::string& name) {
  auto stored = store.read_record(test::crash_ref(name));
  if (!stored) give_up(stored.error());
  return stored->record ? stored->record->info.version : 0;
}

// Records that change together, as in a rotation or alone.
void keep_writing(VaultStore& store, const std::vector<std::string>& names, bool early) {
  for (std::uint64_t version = version_of(store, names.front());; ++version) {
    const std::string done = names.front() + " " + std::to_string(version + 1);
    if (early) say(done);
    if (auto applied = store.apply(test::crash_batch(names, version)); !applied)
      give_up(applied.error());
    if (!early) say(done);
  }
}

void keep_backing_up(VaultStore& store, Archive& archive) {
  for (int i = 0;; ++i) {
    if (i % 8 == 0) {
      if (auto base = archive.take_base(store); !base) give_up(base.error());
    }
    auto shipped = archive.ship(store);
    if (!shipped) give_up(shipped.error());
    say("shipped " + std::to_string(shipped->last.seq));
  }
}

int write(const std::filesystem::path& directory, bool early) {
  auto store = VaultStore::open(directory / "store");
  if (!store) give_up(store.error());
  auto archive = Archive::open(directory / "archive");
  if (!archive) give_up(archive.error());
  std::vector<std::thread> threads;
  for (const auto& names : test::kCrashGroups) {
    threads.emplace_back([&] { keep_writing(**store, names, early); });
  }
  keep_backing_up(**store, *archive);
  return 0;
}

int restore(const std::filesystem::path& directory, int first) {
  auto archive = Archive::open(directory / "archive");
  if (!archive) give_up(archive.error());
  for (int i = first;; ++i) {
    auto restored = archive->restore({}, directory / ("restored" + std::to_string(i)));
    if (!restored) give_up(restored.error());
    say("restored " + std::to_string(i));
  }
}

int count(const std::filesystem::path& directory, int times) {
  auto store = VaultStore::open(directory / "store");
  if (!store) give_up(store.error());
  auto archive = Archive::open(directory / "archive");
  if (!archive) give_up(archive.error());
  for (int left = times; left > 0;) {
    const auto applied =
        (*store)->apply(test::crash_batch({"shared"}, version_of(**store, "shared")));
    if (applied) --left;
    if (!applied && applied.error().code != ErrorCode::kFailedPrecondition)
      give_up(applied.error());
    if (left % 16 != 0) continue;
    const auto shipped = archive->ship(**store);
    // Somebody else may be at it.
    if (!shipped && shipped.error().code != ErrorCode::kUnavailable) give_up(shipped.error());
  }
  say("counted " + std::to_string(times));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2) return write(arguments[1], arguments[0] == "early");
  if (arguments.size() == 3 && arguments[0] == "count")
    return count(arguments[1], std::atoi(arguments[2].c_str()));
  if (arguments.size() == 3) return restore(arguments[1], std::atoi(arguments[2].c_str()));
  return 2;
}
