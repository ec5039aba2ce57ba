#include "coefficient/vault/secret_arena.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <vector>

#include "vault/process.h"
#include "vault/support.h"

using namespace coefficient;
using namespace coefficient::vault;

namespace {

constexpr unsigned kMemfdSecret = 447;
constexpr int kCannot = 77;  // a child that could not set up what it tests

bool all_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}
void fill(std::span<std::byte> bytes) {
  std::fill(bytes.begin(), bytes.end(), std::byte{0xa5});
}

// What a child of fork() may find: nothing allocated, nothing exposed, and a destructor that works.
int child_finds_nothing(std::shared_ptr<SecretArena> arena, ArenaBytes key) {
  if (arena->alive()) return 1;
  if (!key.expose().empty()) return 2;
  const auto more = arena->allocate(32);
  if (more || more.error().code != ErrorCode::kFailedPrecondition) return 3;
  key = ArenaBytes();
  arena.reset();
  return 0;
}

// In a process where memfd_secret, and mlock if asked, do not work.
int at_level(MemoryLevel expected, bool with_mlock) {
  const bool filtered = with_mlock
                            ? test::refuse_system_calls({kMemfdSecret})
                            : test::refuse_system_calls({kMemfdSecret, SYS_mlock, SYS_mlock2});
  if (!filtered) return kCannot;
  auto arena = SecretArena::create();
  if (!arena || (*arena)->level() != expected) return 1;
  auto key = (*arena)->allocate(32);
  if (!key) return 2;
  fill(key->expose());
  const std::byte* const raw = key->expose().data();
  const int child = test::in_child([&] {
    if (!all_zero({raw, 32})) return 10;  // wiped by the kernel, as a look past the API shows
    return child_finds_nothing(*std::move(arena), *std::move(key));
  });
  if (child != 0) return child;
  if (key->expose()[0] != std::byte{0xa5}) return 3;
  const bool locked = SecretArena::create({.require_locked = true}).has_value();
  return locked == with_mlock ? 0 : 4;
}

}  // namespace

TEST(SecretArena, GivesZeroedBytesThatDoNotOverlapAndTakesThemBack) {
  const auto arena = SecretArena::create({.bytes = 4096}).value();
  std::vector<ArenaBytes> all;
  for (int i = 0; i < 64; ++i) {
    all.push_back(arena->allocate(33 + static_cast<std::size_t>(i) % 31).value());
    ASSERT_TRUE(all_zero(all.back().expose()));
    fill(all.back().expose());
  }
  EXPECT_EQ(arena->allocate(1).error().code, ErrorCode::kResourceExhausted);
  std::vector<const std::byte*> starts;
  for (const ArenaBytes& bytes : all) starts.push_back(bytes.expose().data());
  std::sort(starts.begin(), starts.end());
  for (std::size_t i = 1; i < starts.size(); ++i) EXPECT_GE(starts[i] - starts[i - 1], 64);
  all.erase(all.begin() + 10, all.begin() + 12);
  const auto again = arena->allocate(128).value();
  EXPECT_TRUE(all_zero(again.expose())) << "released bytes are wiped";
}

TEST(SecretArena, RefusesSizes) {
  for (const std::size_t n : {std::size_t{0}, (std::size_t{16} << 20) + 1})
    EXPECT_EQ(SecretArena::create({.bytes = n}).error().code, ErrorCode::kInvalidArgument);
  const auto arena = SecretArena::create().value();
  for (const std::size_t n : {0U, 4097U})
    EXPECT_EQ(arena->allocate(n).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(arena->allocate(4096));
}

TEST(SecretArena, BytesKeepTheirArenaAlive) {
  auto arena = SecretArena::create().value();
  ArenaBytes key = arena->allocate(32).value();
  arena.reset();
  fill(key.expose());
  ArenaBytes moved = std::move(key);
  EXPECT_EQ(moved.expose()[31], std::byte{0xa5});
}

TEST(SecretArena, AForkedChildHasNothing) {
  auto arena = SecretArena::create().value();
  ArenaBytes key = arena->allocate(32).value();
  fill(key.expose());
  EXPECT_EQ(test::in_child([&] { return child_finds_nothing(arena, std::move(key)); }), 0);
  EXPECT_EQ(key.expose()[0], std::byte{0xa5}) << "the parent keeps it";
}

TEST(SecretArena, TakesSecretMemoryWhereThereIsSome) {
  const long fd = syscall(kMemfdSecret, 0);
  if (fd < 0) GTEST_SKIP() << "this kernel has no memfd_secret";
  close(static_cast<int>(fd));
  const auto arena = SecretArena::create({.require_locked = true}).value();
  EXPECT_EQ(arena->level(), MemoryLevel::kSecret);
  ArenaBytes key = arena->allocate(32).value();
  if (!test::kMemoryCanBeSearched) GTEST_SKIP() << "memory is not searched under a sanitizer";
  const test::Masked secret(test::random(32));
  secret.write_to(key.expose());
  EXPECT_EQ(test::occurrences(secret), 0) << "/proc/self/mem does not show it";
}

TEST(SecretArena, FallsBackToLockedMemory) {
  const int status = test::in_child([] { return at_level(MemoryLevel::kLocked, true); });
  if (status == kCannot) GTEST_SKIP() << "seccomp filters are not allowed here";
  EXPECT_EQ(status, 0);
}

TEST(SecretArena, FallsBackToPlainMemoryUnlessLockingIsRequired) {
  const int status = test::in_child([] { return at_level(MemoryLevel::kMapped, false); });
  if (status == kCannot) GTEST_SKIP() << "seccomp filters are not allowed here";
  EXPECT_EQ(status, 0);
}

TEST(SecretArena, ExhaustedMemlockFailsClosedWhereLockingIsRequired) {
  const int status = test::in_child([] {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return kCannot;  // root may lock all
    const rlimit none{0, 0};
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0) return kCannot;
    const auto required = SecretArena::create({.require_locked = true});
    if (required || required.error().code != ErrorCode::kResourceExhausted) return 1;
    const auto arena = SecretArena::create();
    if (!arena || (*arena)->level() != MemoryLevel::kMapped) return 2;
    auto key = (*arena)->allocate(32);
    if (!key) return 3;
    fill(key->expose());
    return 0;
  });
  if (status == kCannot) GTEST_SKIP() << "the limit cannot be set here";
  EXPECT_EQ(status, 0);
}

TEST(SecretArena, PagesAroundItFault) {
  const auto arena = SecretArena::create({.bytes = 4096}).value();
  const ArenaBytes first = arena->allocate(4096).value();
  const auto bytes = first.expose();
  ASSERT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % 4096, 0u);
  volatile const std::byte* const before = bytes.data() - 1;
  volatile const std::byte* const after = bytes.data() + bytes.size();
  for (volatile const std::byte* at : {before, after}) {
    const int status = test::in_child([at] {
      std::signal(SIGSEGV, SIG_DFL);  // a sanitizer would write a report
      return std::to_integer<int>(*at);
    });
    EXPECT_EQ(status, -1) << "the byte next to the arena could be read";
  }
}

TEST(SecretArena, ManyThreads) {
  const auto arena = SecretArena::create().value();
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 8; ++t)
    threads.emplace_back([&arena, t] {
      for (int i = 0; i < 200; ++i) {
        const ArenaBytes key = arena->allocate(40).value();
        std::fill(key.expose().begin(), key.expose().end(),
                  std::byte{static_cast<unsigned char>(t)});
        for (const std::byte b : key.expose()) ASSERT_EQ(std::to_integer<unsigned>(b), t);
      }
    });
  for (std::thread& thread : threads) thread.join();
}
