#include "coefficient/core/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <thread>
#include <vector>

using namespace coefficient;

namespace {
using Block = std::array<std::byte, 16>;
Block draw() {
  Block block{};
  EXPECT_TRUE(random_bytes(block));
  return block;
}
}  // namespace

TEST(Random, NeverRepeatsABlockAcrossRefills) {
  std::set<Block> seen;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(draw()).second);
}

TEST(Random, FillsEverySizeAroundThePoolLimits) {
  for (const std::size_t size :
       {0UL, 1UL, 255UL, 256UL, 257UL, 1023UL, 1024UL, 1025UL, 100'000UL}) {
    std::vector<std::byte> a(size), b(size);
    ASSERT_TRUE(random_bytes(a));
    ASSERT_TRUE(random_bytes(b));
    if (size >= 16) {
      EXPECT_NE(a, b);
    }
  }
}

TEST(Random, ThreadsDrawDifferentBytes) {
  Block a{}, b{};
  std::thread first([&] { a = draw(); });
  std::thread second([&] { b = draw(); });
  first.join();
  second.join();
  EXPECT_NE(a, b);
}

// A forked child must not replay the bytes that wait in its parent's pool.
TEST(Random, ForkedChildDrawsDifferentBytes) {
  (void)draw();  // the pool is filled and not empty
  std::array<int, 2> fds{};
  ASSERT_EQ(pipe(fds.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Block block = draw();
    const bool sent = write(fds[1], block.data(), block.size()) == ssize_t{16};
    _exit(sent ? 0 : 1);
  }
  const Block ours = draw();
  Block theirs{};
  ASSERT_EQ(read(fds[0], theirs.data(), theirs.size()), ssize_t{16});
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_NE(ours, theirs);
  close(fds[0]);
  close(fds[1]);
}
