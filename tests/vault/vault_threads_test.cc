// Sixteen threads and two vaults on one store do everything at once; what must always hold is
// checked by each reader, and the rest at the end. Made for ThreadSanitizer.
#include <random>
#include <thread>

#include "coefficient/vault/vault.h"
#include "vault/vault_fixture.h"

namespace test {
namespace {

class VaultThreadsTest : public VaultTest {
 protected:
  static constexpr unsigned kThreads = 16;
  static constexpr int kRounds = 150;
};

// A secret names its record and carries a number that only grows with the version.
std::string content(const std::string& name, std::uint64_t n) {
  return name + "#" + std::to_string(n);
}

TEST_F(VaultThreadsTest, EveryOperationAtOnce) {
  kek = std::make_shared<WatchedKek>(random_kek({"a"}, *arena));
  const auto one = open({.dek_cache_entries = 3});  // so that it also forgets
  const auto two = open();
  std::atomic<int> successes = 0;
  const auto allowed = [](ErrorCode c) {
    return c == ErrorCode::kNotFound || c == ErrorCode::kFailedPrecondition ||
           c == ErrorCode::kUnavailable;
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 generator(t);
      Vault& vault = t % 2 == 0 ? *one : *two;
      std::uint64_t last_seen[4][3] = {};
      const auto below = [&](unsigned n) { return static_cast<unsigned>(generator() % n); };
      for (int i = 0; i < kRounds; ++i) {
        const unsigned which = below(4);
        const std::string tenant = "tenant" + std::to_string(which);
        const unsigned number = below(3);
        const std::string name = "name" + std::to_string(number);
        const RecordRef ref{tenant, "k", name};
        const auto check = [&](const auto& result) {
          if (result)
            ++successes;
          else
            EXPECT_TRUE(allowed(result.error().code)) << result.error().message;
        };
        switch (below(12)) {
          case 0:
          case 1:
          case 2:
            check(vault.put(ref, bytes(content(tenant + name, generator()))));
            break;
          case 3:
            check(vault.remove(ref));
            break;
          case 4:
            check(vault.rotate_dek(tenant));
            break;
          case 5:
            check(vault.rewrap({"local", "a", "1"}));
            break;
          case 6:
            check(vault.list({tenant, "", ""}, 10));
            break;
          case 7: {
            const auto current = vault.get(ref);
            if (current) check(vault.put(ref, bytes(content(tenant + name, 7)), current->version));
            break;
          }
          case 8:
            if (t == 0 && i > kRounds * 3 / 4) check(vault.shred("tenant3"));
            clock.advance(std::chrono::seconds(10));
            break;
          default: {
            const auto secret = vault.get(ref);
            check(secret);
            if (!secret) break;
            EXPECT_TRUE(text(secret->bytes.expose()).starts_with(tenant + name + "#"));
            EXPECT_GE(secret->version, last_seen[which][number]) << "versions never go back";
            last_seen[which][number] = secret->version;
          }
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(successes, 100);
  ASSERT_TRUE(one->shred("tenant3"));
  const auto fresh = open();
  EXPECT_EQ(code(fresh->get({"tenant3", "k", "name0"})), ErrorCode::kFailedPrecondition);
  for (const char* tenant : {"tenant0", "tenant1", "tenant2"}) {
    int active = 0;
    for (const DataKeyRow& row : data_keys(tenant).rows)
      active += row.state == DataKeyState::kActive ? 1 : 0;
    EXPECT_EQ(active, 1);
    const auto list = fresh->list({tenant, "", ""}, 10).value();
    for (const RecordInfo& info : list) {
      const auto secret = fresh->get({info.tenant, info.kind, info.name});
      EXPECT_EQ(secret.has_value(), !info.removed);
      EXPECT_TRUE(!secret || secret->version == info.version);
    }
  }
}

TEST_F(VaultThreadsTest, EachPutOfOneRecordHasAVersionOfItsOwn) {
  const auto one = open();
  const auto two = open();
  std::mutex mutex;
  std::vector<std::uint64_t> versions;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto version = (t % 2 == 0 ? one : two)->put(kRef, bytes("secret"));
        if (!version) {
          EXPECT_EQ(version.error().code, ErrorCode::kUnavailable);
          continue;
        }
        const std::lock_guard lock(mutex);
        versions.push_back(*version);
      }
    });
  for (std::thread& thread : threads) thread.join();
  std::sort(versions.begin(), versions.end());
  for (std::size_t i = 0; i < versions.size(); ++i) ASSERT_EQ(versions[i], i + 1);
  EXPECT_EQ(one->get(kRef)->version, versions.size());
}

}  // namespace
}  // namespace test
