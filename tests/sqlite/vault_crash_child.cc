// The process that vault_crash_test.cc kills: two writers and an archiver on one vault, which say
// what they do (vault_crash.h).
//
//   vault_crash_child right|early DIRECTORY GENERATION SEED PREFIX
//
// "early" has a bug: its writers say that they are done before they are. PREFIX begins the names
// of the directories to which the archiver restores.
#include "vault_crash.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

using namespace coefficient;
using sqlite::Archive;

namespace {

[[noreturn]] void give_up(const std::string& what, const Error& error) {
  (void)std::fprintf(stderr, "vault_crash_child: %s: %s\n", what.c_str(), error.message.c_str());
  std::_Exit(3);
}

void say(const std::string& what) {
  const std::string line = what + "\n";  // shorter than PIPE_BUF, so never mixed with another
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(0);  // nobody listens
}

/// Keeps the writers from running away from the archiver where the disk costs nothing, in memory:
/// they would fill the vault before it has done anything.
class Pace {
 public:
  void archiver_did_one() {
    ++archived_;
    archived_.notify_all();
  }
  /// Waits while a writer that did `done` operations is too far ahead.
  void before_next(long done) const {
    for (long now = archived_; done >= kAhead * (now + 1); now = archived_) archived_.wait(now);
  }

 private:
  static constexpr long kAhead = 6;
  std::atomic<long> archived_ = 0;
};

/// What a writer and the archiver have in common.
class Worker {
 public:
  Worker(test::CrashVault& opened, std::string who, unsigned seed)
      : opened_(opened), who_(std::move(who)), random_(seed) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

 protected:
  ~Worker() = default;
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  [[nodiscard]] bool step() const {
    say(who_ + " step");
    return true;
  }
  test::CrashVault& opened_;
  const std::string who_;

 private:
  std::mt19937 random_;
};

class Writer : public Worker {
 public:
  Writer(test::CrashVault& opened, std::string who, unsigned seed, int generation, bool early)
      : Worker(opened, std::move(who), seed), generation_(generation), early_(early) {
    const auto entries = opened_.ledger->read();
    if (!entries) give_up("ledger", entries.error());
    shredded_ = std::ranges::count_if(
        *entries, [&](const auto& entry) { return entry.tenant.starts_with(who_ + "-"); });
  }

  [[noreturn]] void run(const Pace& pace) {
    for (long done = 0;; ++done) {
      pace.before_next(done);
      const std::string tenant =
          tenant_of(shredded_ + static_cast<long>(pick(test::kCrashTenants)));
      const std::string name = "n" + std::to_string(pick(test::kCrashNames));
      switch (pick(20)) {
        case 0:
          rotate(tenant);
          break;
        case 1:
          rewrap();
          break;
        case 3:
          if (pick(2) == 0) shred();
          break;
        case 4:
        case 5:
          remove(tenant, name);
          break;
        case 6:
          refused_put(tenant, name);
          break;
        default:
          put(tenant, name);
      }
    }
  }

 private:
  struct Known {
    std::uint64_t version = 0;
    bool removed = false;
  };
  [[nodiscard]] std::string tenant_of(long number) const {
    return who_ + "-" + std::to_string(number);
  }
  // Says that it begins, does it, says that it is done.
  template <class Call>
  void act(const std::string& what, const Call& call) {
    say(who_ + " " + what);
    if (early_) say(who_ + " ok");
    if (const auto done = call(); !done) give_up(what, done.error());
    if (!early_) say(who_ + " ok");
  }
  Known known(const std::string& tenant, const std::string& name) {
    const auto stored = opened_.store->read_record({tenant, test::kCrashKind, name});
    if (!stored) give_up("read", stored.error());
    if (!stored->record) return {};
    return {stored->record->info.version, stored->record->info.removed};
  }
  Result<std::uint64_t> put_version(const std::string& tenant, const std::string& name,
                                    std::uint64_t version, std::optional<std::uint64_t> expected) {
    const std::string secret = test::crash_secret(tenant, name, version);
    return opened_.vault->put({tenant, test::kCrashKind, name}, std::as_bytes(std::span(secret)),
                              expected);
  }

  void put(const std::string& tenant, const std::string& name) {
    const Known now = known(tenant, name);
    const bool compare = pick(2) == 0;
    act("put " + tenant + " " + name + " " + std::to_string(now.version + 1), [&] {
      return put_version(tenant, name, now.version + 1,
                         compare ? std::optional(now.version) : std::nullopt);
    });
  }
  // One that expects another version changes nothing.
  void refused_put(const std::string& tenant, const std::string& name) {
    const auto refused = put_version(tenant, name, 0, known(tenant, name).version + 5);
    if (refused || refused.error().code != ErrorCode::kFailedPrecondition)
      give_up("compare-and-swap",
              refused ? Error{ErrorCode::kInternal, "it swapped"} : refused.error());
  }
  void remove(const std::string& tenant, const std::string& name) {
    const Known now = known(tenant, name);
    if (now.version == 0 || now.removed) return put(tenant, name);
    act("remove " + tenant + " " + name + " " + std::to_string(now.version + 1), [&] {
      return opened_.vault->remove({tenant, test::kCrashKind, name}, now.version);
    });
  }
  void rotate(const std::string& tenant) {
    const auto keys = opened_.store->read_data_keys(tenant);
    if (!keys) give_up("read_data_keys", keys.error());
    if (keys->rows.empty()) return put(tenant, "n0");
    act("rotate " + tenant, [&] { return opened_.vault->rotate_dek(tenant); });
  }
  void shred() {
    act("shred " + tenant_of(shredded_),
        [&] { return opened_.vault->shred(tenant_of(shredded_)); });
    ++shredded_;
  }
  void rewrap() {
    const auto older = test::older_crash_keks(*opened_.store, generation_);
    if (!older) give_up("read_keks", older.error());
    for (const vault::KekVersion& kek : *older) {
      act("rewrap", [&] {
        return opened_.vault->rewrap(kek, [&](const vault::RewrapReport&) { return step(); });
      });
      act("destroy", [&] { return opened_.vault->destroy_kek_version(kek); });
    }
  }

  const int generation_;
  const bool early_;
  long shredded_ = 0;
};

class Archiver : public Worker {
 public:
  Archiver(test::CrashVault& opened, const std::filesystem::path& root, Archive& archive,
           unsigned seed, std::string prefix)
      : Worker(opened, "archiver", seed),
        root_(root),
        archive_(archive),
        prefix_(std::move(prefix)) {}

  [[noreturn]] void run(Pace& pace) {
    const auto verified = archive_.verify();
    if (!verified) give_up("verify", verified.error());
    if (verified->bases == 0) base();
    ship();
    for (;;) {
      pace.archiver_did_one();
      switch (pick(6)) {
        case 0:
          base();
          break;
        case 1:
          prune();
          break;
        case 2:
          restore();
          break;
        default:
          ship();
      }
    }
  }

 private:
  // Each third, so that not every kill hits what takes many steps.
  [[nodiscard]] sqlite::ProgressCallback steps() const {
    return
        [this, calls = 0](const sqlite::Progress&) mutable { return ++calls % 3 != 0 || step(); };
  }
  void base() {
    say("archiver base");
    const auto taken = archive_.take_base(*opened_.store, steps());
    if (!taken) give_up("take_base", taken.error());
    say("archiver ok " + std::to_string(taken->seq));
  }
  void ship() {
    say("archiver ship");
    const auto shipped = archive_.ship(*opened_.store, steps());
    if (!shipped) give_up("ship", shipped.error());
    last_ = shipped->last.seq;
    say("archiver ok " + std::to_string(last_));
  }
  // Keeps a past of at most some hundred transactions.
  void prune() {
    say("archiver prune");
    const std::uint64_t back = pick(200);
    const auto pruned = archive_.prune({.keep_seq = last_ - std::min(last_, back)}, steps());
    if (!pruned) give_up("prune", pruned.error());
    say("archiver ok " + std::to_string(pruned->first.seq));
  }
  void restore() {
    const std::string directory = prefix_ + std::to_string(restored_++);
    say("archiver restore " + directory);
    const auto restored = archive_.restore({}, root_ / directory, steps());
    if (!restored) give_up("restore", restored.error());
    say("archiver ok");
  }

  const std::filesystem::path root_;
  Archive& archive_;
  const std::string prefix_;
  std::uint64_t last_ = 0;
  int restored_ = 0;
};

int work(const std::filesystem::path& root, bool early, int generation, unsigned seed,
         const std::string& prefix) {
  say("main open");
  auto opened = test::open_crash_vault(root, "store", generation, true);
  if (!opened) give_up("open", opened.error());
  auto archive = Archive::open(root / "archive");
  if (!archive) give_up("archive", archive.error());
  say("main ok");
  Pace pace;
  std::vector<std::thread> threads;
  for (const char* who : test::kCrashWriters) {
    threads.emplace_back(
        [&, who, seed = ++seed] { Writer(*opened, who, seed, generation, early).run(pace); });
  }
  Archiver(*opened, root, *archive, ++seed, prefix).run(pace);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 5) return 2;
  return work(arguments[1], arguments[0] == "early", std::atoi(arguments[2].c_str()),
              static_cast<unsigned>(std::strtoul(arguments[3].c_str(), nullptr, 10)), arguments[4]);
}
