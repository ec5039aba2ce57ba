// How fast secrets are looked for in the changed lines of a diff: against a newline scan over the
// same bytes, and against regular expression engines with the rules of the vectors.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/diff/parser.h"
#include "coefficient/diff/redaction.h"

#if __has_include(<re2/set.h>)
#include <re2/re2.h>
#include <re2/set.h>
#endif
#ifdef COEFFICIENT_HAVE_HYPERSCAN
#include <hs/hs.h>
#endif

namespace {

namespace diff = coefficient::diff;

std::filesystem::path vectors() {
  const char* named = std::getenv("COEFFICIENT_VECTORS_DIR");
  return std::filesystem::path(named != nullptr ? named : "../shared/vectors") / "diff";
}

// About 16 MB of lines: the changed ones of the real diffs where they are, else made up ones.
const std::string& input() {
  static const std::string text = [] {
    std::string once;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(vectors() / "real", error)) {
      if (entry.path().extension() != ".diff") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      for (std::string line; std::getline(file, line);)
        if (line.starts_with('+') || line.starts_with('-')) once.append(line, 1).append("\n");
    }
    if (once.empty())
      for (int i = 0; i < 1000; ++i)
        once += "    const auto& value" + std::to_string(i) + " = result->at(i);  // why\n";
    std::string all;
    while (all.size() < 16'000'000) all += once;
    return all;
  }();
  return text;
}

const std::vector<std::string_view>& lines() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> found;
    const std::string_view text = input();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      found.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return found;
  }();
  return all;
}

[[maybe_unused]] std::vector<std::string> patterns() {
  std::vector<std::string> all;
  std::ifstream file(vectors() / "secret_rules.tsv");
  for (std::string row; std::getline(file, row);) all.push_back(row.substr(row.rfind('\t') + 1));
  return all;
}

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(input().size()));
}

void redact(benchmark::State& state) {
  const auto rules = diff::RedactionRules::create();
  if (!rules) return state.SkipWithError("no rules");
  std::string buffer;
  for (auto step : state) {
    (void)step;
    auto redactor = diff::Redactor::create(*rules);
    redactor->begin_input(input());
    std::size_t bytes = 0;
    for (const std::string_view line : lines())
      bytes += redactor->changed(diff::LineKind::kAdded, line, buffer).size();
    benchmark::DoNotOptimize(bytes);
  }
  set_bytes(state);
}

void newlines(benchmark::State& state) {
  const char* const end = input().data() + input().size();
  for (auto step : state) {
    (void)step;
    std::uint64_t count = 0;
    for (const char* at = input().data(); at != end; ++count)
      at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at))) + 1;
    benchmark::DoNotOptimize(count);
  }
  set_bytes(state);
}

#if __has_include(<re2/set.h>)
void re2_set(benchmark::State& state) {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{256} << 20);
  RE2::Set set(options, RE2::UNANCHORED);
  for (const std::string& pattern : patterns()) (void)set.Add(pattern, nullptr);
  if (patterns().empty() || !set.Compile())
    return state.SkipWithError("needs secret_rules.tsv below COEFFICIENT_VECTORS_DIR");
  std::vector<int> which;
  for (auto step : state) {
    (void)step;
    std::size_t found = 0;
    for (const std::string_view line : lines())
      found += set.Match(re2::StringPiece(line.data(), line.size()), &which) ? 1U : 0U;
    benchmark::DoNotOptimize(found);
  }
  set_bytes(state);
}
#endif

#ifdef COEFFICIENT_HAVE_HYPERSCAN
int count_match(unsigned, unsigned long long, unsigned long long, unsigned, void* count) {
  ++*static_cast<std::size_t*>(count);
  return 0;
}

void hyperscan(benchmark::State& state) {
  const std::vector<std::string> all = patterns();
  std::vector<const char*> expressions;
  std::vector<unsigned> flags(all.size(), 0);
  std::vector<unsigned> ids(all.size());
  for (const std::string& pattern : all) expressions.push_back(pattern.c_str());
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  hs_scratch_t* scratch = nullptr;
  if (all.empty() ||
      hs_compile_multi(expressions.data(), flags.data(), ids.data(),
                       static_cast<unsigned>(all.size()), HS_MODE_BLOCK, nullptr, &database,
                       &error) != HS_SUCCESS ||
      hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
    return state.SkipWithError(error != nullptr ? error->message : "needs COEFFICIENT_VECTORS_DIR");
  for (auto step : state) {
    (void)step;
    std::size_t found = 0;
    hs_scan(database, input().data(), static_cast<unsigned>(input().size()), 0, scratch,
            count_match, &found);
    benchmark::DoNotOptimize(found);
  }
  hs_free_scratch(scratch);
  hs_free_database(database);
  set_bytes(state);
}
#endif

BENCHMARK(redact)->Name("diff_redact_16MB/ours")->Unit(benchmark::kMillisecond);
BENCHMARK(newlines)->Name("diff_redact_16MB/floor")->Unit(benchmark::kMillisecond);
#if __has_include(<re2/set.h>)
BENCHMARK(re2_set)->Name("diff_redact_16MB/peer:re2-set")->Unit(benchmark::kMillisecond);
#endif
#ifdef COEFFICIENT_HAVE_HYPERSCAN
BENCHMARK(hyperscan)->Name("diff_redact_16MB/peer:hyperscan")->Unit(benchmark::kMillisecond);
#endif

}  // namespace

BENCHMARK_MAIN();
