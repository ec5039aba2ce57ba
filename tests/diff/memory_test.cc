// minimize() needs no memory but its output's and less than 64 KiB, however large the diff is.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "coefficient/diff/minimizer.h"
#include "diff/minimized.h"
#include "diff/parsed.h"

namespace {

constexpr std::size_t kLarge = std::size_t{1} << 20U;  // no block but the output's is this large

std::atomic<bool> counting = false;
std::atomic<std::size_t> large_blocks = 0;
std::atomic<std::ptrdiff_t> small_bytes = 0;  // of blocks made while counting, and still there
std::atomic<std::ptrdiff_t> small_peak = 0;

void count(void* block, std::ptrdiff_t sign) {
  if (!counting || block == nullptr) return;
  const std::size_t size = ::malloc_usable_size(block);
  if (size >= kLarge) {
    if (sign > 0) ++large_blocks;
    return;
  }
  small_bytes += sign * static_cast<std::ptrdiff_t>(size);
  small_peak = std::max(small_peak.load(), small_bytes.load());
}

}  // namespace

// Not inlined: g++ under -fsanitize would else see a pointer from new reach free() and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) std::abort();
  count(block, 1);
  return block;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return ::operator new(size);
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
  count(block, -1);
  std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, std::size_t /*size*/) noexcept {
  count(block, -1);
  std::free(block);
}

namespace {

namespace diff = coefficient::diff;

struct Use {
  std::ptrdiff_t peak;  // Bytes beside the output.
  std::size_t large;
};

template <class Work>
Use use_of(Work work) {
  large_blocks = 0;
  small_bytes = small_peak = 0;
  counting = true;
  work();
  counting = false;
  return {small_peak, large_blocks};
}

// Many files with quoted names, secrets that differ, invisible characters and a key over lines.
std::string large_diff() {
  std::string text;
  for (std::size_t i = 0; text.size() < 8'000'000; ++i) {
    const std::string n = std::to_string(i);
    text += "diff --git \"a/d\\303\\251/" + n + "\" \"b/d\\303\\251/" + n +
            "\"\nindex 1d3f5a7..2c4e6b8 100644\n--- \"a/d\\303\\251/" + n +
            "\"\n+++ \"b/d\\303\\251/" + n +
            "\"\n@@ -1,3 +1,6 @@ int f() {\n context\n-removed \xe2\x80\xae\n+-----BEGIN PRIVATE "
            "KEY-----\n+MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n+-----END PRIVATE "
            "KEY-----\n+password = \"aB3dE" +
            n + "fG7hI9\"\n context\n";
  }
  return text;
}

}  // namespace

TEST(DiffMemory, BesideTheOutputLessThan64KiB) {
  const std::string text = large_diff();
  const diff::Minimizer minimizer = test::default_minimizer();
  const auto run = [&] {
    return static_cast<bool>(minimizer.minimize(
        {.title = "title", .description = "description", .diff = test::bytes(text)}));
  };
  ASSERT_TRUE(run());  // makes the tables of the built-in rules, once in a process
  bool good = false;
  const Use use = use_of([&] { good = run(); });
  ASSERT_TRUE(good);
  EXPECT_EQ(use.large, 1U);
  EXPECT_LE(use.peak, 65536);
  RecordProperty("bytes_beside_the_output", std::to_string(use.peak));
}

std::uintptr_t page_bytes() {
  return static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
}

// How many whole pages between the addresses are there.
std::size_t resident_pages(const char* from, const char* to) {
  const std::uintptr_t page = page_bytes();
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(from) + page - 1) & ~(page - 1);
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(to) & ~(page - 1);
  if (end <= begin) return 0;
  std::vector<unsigned char> pages((end - begin) / page);
  // mincore() takes the address of a page that may be read, and reads nothing there.
  if (::mincore(const_cast<char*>(from) + (begin - reinterpret_cast<std::uintptr_t>(from)),
                end - begin, pages.data()) != 0)
    std::abort();
  return static_cast<std::size_t>(std::count_if(
      pages.begin(), pages.end(), [](unsigned char state) { return state % 2 != 0; }));
}

// The output is given more room than it takes, huge pages where the kernel has them; what is not
// written is not there all the same.
TEST(DiffMemory, OfTheRoomForTheOutputOnlyWhatIsWrittenIsThere) {
  const std::string text = large_diff();
  const auto out = test::default_minimizer().minimize(
      {.title = "title", .description = "description", .diff = test::bytes(text)});
  ASSERT_TRUE(out);
  const std::string& json = out->json;
  ASSERT_GT(json.size(), 4U << 20U);
  ASSERT_GT(json.capacity() - json.size(), 4U << 20U) << "nothing to be seen";
  EXPECT_GE(resident_pages(json.data(), json.data() + json.size()), json.size() / page_bytes() - 1);
  EXPECT_LE(resident_pages(json.data() + json.size() + 1, json.data() + json.capacity()), 16U);
}

// Invisible characters in a long line take nothing, a secret takes its length once, while it is
// read.
TEST(DiffMemory, OfALongLineAtMostACopy) {
  const std::string x(4'000'000, 'x');
  const std::string token = "ghp_" + std::string(36, 'a') + " ";
  const std::string invisible = "\xe2\x80\x8b";
  const diff::Minimizer minimizer = test::default_minimizer();
  // Makes the tables of the built-in rules, once in a process.
  ASSERT_TRUE(minimizer.minimize({.title = "", .description = token, .diff = {}}));
  for (const auto& [line, blocks] : std::vector<std::pair<std::string, std::size_t>>{
           {x, 1}, {x + invisible, 1}, {token + x, 2}, {token + x + invisible, 2}}) {
    const std::string text = "--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+" + line + "\n+" + token + "\n";
    bool good = false;
    const Use use = use_of([&] {
      good = static_cast<bool>(
          minimizer.minimize({.title = "", .description = "", .diff = test::bytes(text)}));
    });
    EXPECT_TRUE(good);
    EXPECT_LE(use.large, blocks);
    EXPECT_LE(use.peak, 65536);
  }
}

// The counting itself is able to say no.
TEST(DiffMemory, TheCountSeesWhatIsHeld) {
  const Use use = use_of([] {
    std::vector<std::string> held;
    for (int i = 0; i < 100; ++i) held.emplace_back(1000, 'x');
    held.emplace_back(2 * kLarge, 'x');
  });
  EXPECT_GE(use.peak, 100'000);
  EXPECT_EQ(use.large, 1U);
}
