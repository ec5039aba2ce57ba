// The keys of an audit log's subjects in a vault.
#include "vault_subject_keys.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <mutex>
#include <set>
#include <thread>

#include "vault/vault_fixture.h"

namespace {

using coefficient::ErrorCode;
using examples::VaultSubjectKeys;

class VaultSubjectKeysTest : public test::VaultTest {
 protected:
  // A vault as a process of its own would have one, over the same store, and the keys in it.
  struct Process {
    std::unique_ptr<coefficient::vault::Vault> vault;
    std::unique_ptr<VaultSubjectKeys> keys;
  };
  Process start() {
    Process process{.vault = open(), .keys = nullptr};
    process.keys = VaultSubjectKeys::open(*process.vault).value();
    return process;
  }
  // Lets the n-th write from now on fail, before anything of it is done.
  void fail_write(int n) {
    writes_ = 0;
    store.on_apply = [this, n](const coefficient::vault::Batch&) -> coefficient::Result<> {
      if (++writes_ != n) return {};
      return coefficient::Error{coefficient::ErrorCode::kUnavailable, "the disk is full"};
    };
  }
  int writes_ = 0;
};

std::string key_text(const coefficient::SecretBytes& key) {
  return test::text(key.expose());
}

}  // namespace

TEST_F(VaultSubjectKeysTest, ASubjectHasOneKeyUntilItIsErased) {
  auto process = start();
  VaultSubjectKeys& keys = *process.keys;
  EXPECT_EQ(code(keys.kid_of("ann")), ErrorCode::kNotFound);
  const auto ann = keys.key_of("ann");
  const auto bob = keys.key_of("bob");
  ASSERT_TRUE(ann && bob) << ann.error().message;
  EXPECT_EQ(ann->key.size(), coefficient::audit::kSubjectKeyBytes);
  EXPECT_NE(ann->kid, bob->kid);
  EXPECT_NE(key_text(ann->key), key_text(bob->key));
  EXPECT_EQ(keys.key_of("ann")->kid, ann->kid);
  EXPECT_EQ(*keys.kid_of("ann"), ann->kid);
  EXPECT_EQ(key_text(*keys.find(ann->kid)), key_text(ann->key));

  const auto erased = keys.erase("ann");
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ(*erased, ann->kid);
  EXPECT_EQ(code(keys.find(ann->kid)), ErrorCode::kNotFound);
  EXPECT_EQ(code(keys.kid_of("ann")), ErrorCode::kNotFound);
  EXPECT_EQ(code(keys.erase("ann")), ErrorCode::kNotFound);
  EXPECT_EQ(key_text(*keys.find(bob->kid)), key_text(bob->key));
  const auto again = keys.key_of("ann");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_NE(again->kid, ann->kid);
  EXPECT_NE(key_text(again->key), key_text(ann->key));
  // Keys and their index are there again in another process, and what was erased is not.
  auto other = start();
  EXPECT_EQ(*other.keys->kid_of("ann"), again->kid);
  EXPECT_EQ(code(other.keys->find(ann->kid)), ErrorCode::kNotFound);
}

TEST_F(VaultSubjectKeysTest, RefusesWhatIsNoSubjectAndFindsNothingUnderForeignIds) {
  auto process = start();
  EXPECT_EQ(code(process.keys->key_of("")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(process.keys->key_of(std::string(1025, 'a'))), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(process.keys->key_of(std::string(1024, 'a')));
  EXPECT_TRUE(process.keys->key_of("\xC3\x84nne \xFF"));  // no name of a record: any bytes will do
  // A secret where a kid that is none would lead.
  put(*process.vault, std::string(32, 'k'), {"audit-subject-x", "subject_key", "key"});
  for (const std::string& kid :
       {std::string(), std::string("x"), std::string("../x"), std::string(32, 'A'),
        std::string(31, 'a'), std::string(5000, 'a'), std::string(32, 'a')})
    EXPECT_EQ(code(process.keys->find(kid)), ErrorCode::kNotFound) << kid;
}

TEST_F(VaultSubjectKeysTest, WhatAnotherProcessErasedIsErasedAtTheNextCall) {
  auto one = start();
  auto other = start();
  const std::string kid = one.keys->key_of("ann")->kid;
  ASSERT_TRUE(other.keys->find(kid));
  ASSERT_TRUE(one.keys->find(kid));
  ASSERT_TRUE(other.keys->erase("ann"));
  EXPECT_EQ(code(one.keys->find(kid)), ErrorCode::kNotFound);
  EXPECT_NE(one.keys->key_of("ann")->kid, kid);
  EXPECT_EQ(*one.keys->kid_of("ann"), *other.keys->kid_of("ann"));
}

TEST_F(VaultSubjectKeysTest, WhoComesFirstAtOnceGetsOneKey) {
  constexpr int kThreads = 8;
  for (int round = 0; round < 20; ++round) {
    const std::string subject = "subject-" + std::to_string(round);
    std::vector<Process> processes;
    for (int i = 0; i < kThreads / 2; ++i) processes.push_back(start());
    std::barrier together(kThreads);
    std::mutex mutex;
    std::set<std::pair<std::string, std::string>> found;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        together.arrive_and_wait();
        const auto key = processes[static_cast<std::size_t>(i / 2)].keys->key_of(subject);
        const std::lock_guard lock(mutex);
        found.emplace(key ? key->kid : key.error().message, key ? key_text(key->key) : "");
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(found.size(), 1U) << found.begin()->first;
    EXPECT_EQ(key_text(*processes[0].keys->find(found.begin()->first)), found.begin()->second);
  }
}

// Whoever wins, no key that anybody was given stays readable behind the last erasure.
TEST_F(VaultSubjectKeysTest, ErasuresBesideNewKeysLeaveNoneBehind) {
  auto one = start();
  auto other = start();
  std::set<std::string> kids;
  std::thread eraser([&] {
    for (int i = 0; i < 60; ++i) {
      const auto erased = other.keys->erase("ann");
      if (!erased) {
        EXPECT_EQ(code(erased), ErrorCode::kNotFound) << erased.error().message;
      }
    }
  });
  for (int i = 0; i < 60; ++i) {
    const auto key = one.keys->key_of("ann");
    ASSERT_TRUE(key || code(key) == ErrorCode::kUnavailable) << key.error().message;
    if (key) kids.insert(key->kid);
  }
  eraser.join();
  (void)one.keys->erase("ann");  // the last one may have been erased already
  EXPECT_FALSE(kids.empty());
  for (const std::string& kid : kids) EXPECT_EQ(code(one.keys->find(kid)), ErrorCode::kNotFound);
}

TEST_F(VaultSubjectKeysTest, AnyWriteMayFailAndTheNextCallGoesOn) {
  auto healthy = start();
  int failed = 0;
  for (int n = 1; n < 20; ++n) {
    const std::string subject = "subject-" + std::to_string(n);
    auto process = start();
    fail_write(n);
    const auto made = process.keys->key_of(subject);
    if (writes_ >= n) {
      ++failed;
      EXPECT_EQ(code(made), ErrorCode::kUnavailable);
    }
    store.on_apply = nullptr;
    const auto key = process.keys->key_of(subject);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(healthy.keys->key_of(subject)->kid, key->kid);
    fail_write(n);
    const auto erased = process.keys->erase(subject);
    if (writes_ >= n) {
      ++failed;
      EXPECT_EQ(code(erased), ErrorCode::kUnavailable);
    }
    store.on_apply = nullptr;
    if (!erased) {
      const auto again = process.keys->erase(subject);
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_EQ(*again, key->kid);
    }
    EXPECT_EQ(code(process.keys->find(key->kid)), ErrorCode::kNotFound);
    EXPECT_EQ(code(healthy.keys->find(key->kid)), ErrorCode::kNotFound);
    EXPECT_NE(healthy.keys->key_of(subject)->kid, key->kid);
  }
  EXPECT_GE(failed, 4);  // two writes make a key, two erase it
}

// A key whose erasure the ledger does not have must not be gone from the store only: a backup would
// bring it back.
TEST_F(VaultSubjectKeysTest, WithoutTheLedgerNothingIsErased) {
  auto process = start();
  const auto key = process.keys->key_of("ann");
  ledger.fails = true;
  EXPECT_EQ(code(process.keys->erase("ann")), ErrorCode::kUnavailable);
  EXPECT_EQ(key_text(*process.keys->find(key->kid)), key_text(key->key));
  EXPECT_EQ(process.keys->key_of("ann")->kid, key->kid);
  ledger.fails = false;
  EXPECT_EQ(*process.keys->erase("ann"), key->kid);
  EXPECT_EQ(code(process.keys->find(key->kid)), ErrorCode::kNotFound);
}

TEST_F(VaultSubjectKeysTest, AnInterruptedErasureIsFinishedByTheNextCall) {
  auto process = start();
  for (const bool comes_back : {false, true}) {
    const std::string kid = process.keys->key_of("ann")->kid;
    ASSERT_TRUE(process.vault->shred("audit-subject-" + kid));  // and not the entry
    EXPECT_EQ(code(process.keys->find(kid)), ErrorCode::kNotFound);
    if (comes_back) {
      EXPECT_NE(process.keys->key_of("ann")->kid, kid);
    } else {
      EXPECT_EQ(*process.keys->erase("ann"), kid);
      EXPECT_EQ(code(process.keys->kid_of("ann")), ErrorCode::kNotFound);
    }
  }
}

// A child of fork() knows of no key, and must not say that one was erased.
TEST_F(VaultSubjectKeysTest, AChildOfForkDoesNotTakeKeysForErased) {
  auto process = start();
  const std::string kid = process.keys->key_of("ann")->kid;
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    const bool right = code(process.keys->find(kid)) == ErrorCode::kFailedPrecondition &&
                       code(process.keys->key_of("ann")) == ErrorCode::kFailedPrecondition &&
                       code(process.keys->erase("ann")) == ErrorCode::kFailedPrecondition;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(process.keys->find(kid));
}
