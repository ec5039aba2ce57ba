// How fast a diff is parsed: against a newline scan (no parser can be faster) and its peers.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

#include "coefficient/diff/minimizer.h"
#include "coefficient/diff/parser.h"
#include "diff_input.h"

#ifdef COEFFICIENT_HAVE_LIBGIT2
#include <git2.h>
#endif

namespace {

namespace diff = coefficient::diff;

const std::string& input() {
  static const std::string text = bench::diff_input(40'000'000);
  return text;
}

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(input().size()));
}

void parse(benchmark::State& state) {
  const auto bytes = std::as_bytes(std::span(input().data(), input().size()));
  for (auto step : state) {
    (void)step;
    diff::Parser parser(bytes);
    std::uint64_t changed = 0;
    diff::Event event = parser.next();
    for (; event != diff::Event::kEnd && event != diff::Event::kError; event = parser.next())
      if (event == diff::Event::kLine && parser.line().kind != diff::LineKind::kContext)
        changed += parser.line().text.size();
    benchmark::DoNotOptimize(changed);
    if (event == diff::Event::kError) state.SkipWithError("refused");
  }
  set_bytes(state);
}

void newlines(benchmark::State& state) {
  const char* const end = input().data() + input().size();
  for (auto step : state) {
    (void)step;
    std::uint64_t lines = 0;
    const char* at = input().data();
    while (at != end) {
      const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
      if (found == nullptr) break;
      at = static_cast<const char*>(found) + 1;
      ++lines;
    }
    benchmark::DoNotOptimize(lines);
  }
  set_bytes(state);
}

// All stages with the default policy; with the receipt, input and output are hashed as well.
void minimize(benchmark::State& state, bool manifest, std::uint64_t budget) {
  const auto bytes = std::as_bytes(std::span(input()));
  diff::Policy policy;
  policy.budget_bytes = budget;
  const auto minimizer = diff::Minimizer::create(policy);
  if (!minimizer) return state.SkipWithError("no minimizer");
  for (auto step : state) {
    (void)step;
    const diff::Change change{.title = "title", .description = "description", .diff = bytes};
    const auto out =
        manifest ? minimizer->minimize_with_manifest(change) : minimizer->minimize(change);
    if (!out) state.SkipWithError("refused");
    benchmark::DoNotOptimize(out);
  }
  set_bytes(state);
}

#ifdef COEFFICIENT_HAVE_LIBGIT2
void libgit2(benchmark::State& state) {
  git_libgit2_init();
  for (auto step : state) {
    (void)step;
    git_diff* parsed = nullptr;
    if (git_diff_from_buffer(&parsed, input().data(), input().size()) != 0) {
      state.SkipWithError("refused");
      break;
    }
    benchmark::DoNotOptimize(git_diff_num_deltas(parsed));
    git_diff_free(parsed);
  }
  git_libgit2_shutdown();
  set_bytes(state);
}
#endif

// A whole process that reads the diff from a file, as a tool that calls git pays for it.
void git_apply(benchmark::State& state) {
  std::string path = "/tmp/coefficient-bench-XXXXXX";
  const int fd = ::mkstemp(path.data());
  std::FILE* file = fd < 0 ? nullptr : ::fdopen(fd, "wb");
  const bool written =
      file != nullptr && std::fwrite(input().data(), 1, input().size(), file) == input().size();
  if (file == nullptr || std::fclose(file) != 0 || !written)
    return state.SkipWithError("cannot write the input");
  const std::string command = "git apply --numstat '" + path + "' > /dev/null 2>&1";
  for (auto step : state) {
    (void)step;
    if (std::system(command.c_str()) != 0) {  // NOLINT(cert-env33-c)
      state.SkipWithError("git apply failed or is not there");
      break;
    }
  }
  (void)std::remove(path.c_str());
  set_bytes(state);
}

// Real time: the work of git apply is in another process.
BENCHMARK(parse)->Name("diff_parse_40MB/ours")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(newlines)->Name("diff_parse_40MB/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
#ifdef COEFFICIENT_HAVE_LIBGIT2
BENCHMARK(libgit2)
    ->Name("diff_parse_40MB/peer:libgit2")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
#endif
BENCHMARK(git_apply)
    ->Name("diff_parse_40MB/peer:git-apply")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(minimize, all, false, 0)
    ->Name("diff_minimize_40MB/ours")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(minimize, receipt, true, 0)
    ->Name("diff_receipt_40MB/ours")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(minimize, budget, false, 400'000)
    ->Name("diff_budget_40MB/ours")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(newlines)->Name("diff_minimize_40MB/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(newlines)->Name("diff_receipt_40MB/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(newlines)->Name("diff_budget_40MB/floor")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
