// How fast a webhook's JSON is minimized and checked: against a search for the quotes (no reader
// can do without the ends of the strings), and against parsing into a tree and picking from that.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/payload/minimizer.h"
#include "coefficient/payload/policy.h"
#include "core/json_reader.h"

namespace {

namespace payload = coefficient::payload;
using nlohmann::ordered_json;

// A member of a payload that no policy names, as those of GitHub look: most are URLs.
void add_urls(ordered_json& object, const std::string& what, int count) {
  for (int i = 0; i < count; ++i)
    object[what + "_" + std::to_string(i) + "_url"] =
        "https://api.example.test/repos/owner/name/" + what + "/" + std::to_string(i) + "{/number}";
}

ordered_json person(int id) {
  ordered_json out = {{"login", "person" + std::to_string(id)}, {"id", id}, {"type", "User"}};
  add_urls(out, "person", 13);
  return out;
}

ordered_json repository(int id) {
  ordered_json out = {{"id", id},         {"full_name", "owner/name"},
                      {"private", false}, {"owner", person(id)},
                      {"fork", false},    {"default_branch", "main"}};
  add_urls(out, "repository", 45);
  for (int i = 0; i < 25; ++i) out["count_" + std::to_string(i)] = i * 1000;
  return out;
}

// About 20 kB in the shape of a pull request event, without blanks, as it is sent.
const std::string& pull_request() {
  static const std::string kText = [] {
    ordered_json pull = {
        {"id", 1},
        {"number", 2},
        {"state", "open"},
        {"title", "A change"},
        {"user", person(3)},
        {"body", std::string(600, 'b')},
        {"created_at", "2024-01-02T03:04:05Z"},
        {"merged_at", nullptr},
        {"head", {{"sha", std::string(40, 'a')}, {"repo", repository(4)}}},
        {"base", {{"ref", "main"}, {"sha", std::string(40, 'c')}, {"repo", repository(4)}}},
        {"draft", false},
        {"additions", 10},
        {"deletions", 20},
        {"changed_files", 3}};
    for (int i = 0; i < 3; ++i) {
      pull["labels"].push_back({{"id", i}, {"name", "label"}, {"color", "ffffff"}});
      pull["requested_reviewers"].push_back(person(10 + i));
    }
    return ordered_json({{"action", "opened"},
                         {"number", 2},
                         {"pull_request", pull},
                         {"repository", repository(4)},
                         {"sender", person(3)}})
        .dump();
  }();
  return kText;
}

// 4 MB of which one leaf in a hundred may leave.
const std::string& large() {
  static const std::string kText = [] {
    ordered_json commits = ordered_json::array();
    while (commits.size() < 1100) {
      ordered_json commit = {{"id", std::string(40, 'd')}, {"message", std::string(200, 'm')}};
      add_urls(commit, "commit", 40);
      commits.push_back(std::move(commit));
    }
    return ordered_json({{"commits", std::move(commits)}}).dump();
  }();
  return kText;
}

payload::Policy policy_for(const std::string& text) {
  return &text == &large()
             ? payload::Policy::create("large@1", {{.pointer = "/commits/*/id"}}).value()
             : payload::built_in_policy("github-pull-request").value();
}

void set_bytes(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(text.size()));
}

void ours(benchmark::State& state, const std::string& (*input)()) {
  const payload::Policy policy = policy_for(input());
  for (auto step : state) {
    (void)step;
    const auto out = payload::minimize(input(), policy);
    if (!out) state.SkipWithError("refused");
    benchmark::DoNotOptimize(out);
  }
  set_bytes(state, input());
}

void check(benchmark::State& state, const std::string& (*input)()) {
  for (auto step : state) {
    (void)step;
    coefficient::json::Reader reader(input());
    coefficient::json::Event event = reader.next();
    while (event != coefficient::json::Event::kEnd && event != coefficient::json::Event::kError)
      event = reader.next();
    if (event == coefficient::json::Event::kError) state.SkipWithError("refused");
    benchmark::DoNotOptimize(event);
  }
  set_bytes(state, input());
}

void quotes(benchmark::State& state, const std::string& (*input)()) {
  for (auto step : state) {
    (void)step;
    const std::string_view text = input();
    std::uint64_t found = 0;
    for (std::size_t at = text.find('"'); at != text.npos; at = text.find('"', at + 1)) ++found;
    benchmark::DoNotOptimize(found);
  }
  set_bytes(state, input());
}

// nlohmann's check of the grammar; duplicate names and depth are not looked at.
void accept(benchmark::State& state, const std::string& (*input)()) {
  for (auto step : state) {
    (void)step;
    if (!nlohmann::json::accept(input())) state.SkipWithError("refused");
  }
  set_bytes(state, input());
}

// The way of a host without this module: a tree of everything, then each pointer. It finds no
// duplicate names and knows no depth; `*` is written out, as a JSON Pointer has none.
void pick(const ordered_json& from, std::string_view pointer, ordered_json& to) {
  const std::size_t slash = pointer.find('/', 1);
  const std::string token(pointer.substr(1, slash - 1));
  const std::string_view rest = slash == std::string_view::npos ? "" : pointer.substr(slash);
  if (token == "*" && from.is_array()) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (rest.empty()) {
        if (!from[i].is_structured()) to[i] = from[i];
      } else {
        pick(from[i], rest, to[i]);
      }
    }
    return;
  }
  const auto found = from.is_object() ? from.find(token) : from.end();
  if (found == from.end()) return;
  if (!rest.empty()) return pick(*found, rest, to[token]);
  if (!found->is_structured()) to[token] = *found;
}

void tree(benchmark::State& state, const std::string& (*input)()) {
  const payload::Policy policy = policy_for(input());
  for (auto step : state) {
    (void)step;
    const ordered_json document = ordered_json::parse(input(), nullptr, false);
    ordered_json kept;
    for (const payload::Rule& rule : policy.rules()) pick(document, rule.pointer, kept);
    const std::string out = kept.dump();
    benchmark::DoNotOptimize(out.data());
  }
  set_bytes(state, input());
}

}  // namespace

BENCHMARK_CAPTURE(ours, , pull_request)->Name("payload_pull_request_20KB/ours");
BENCHMARK_CAPTURE(quotes, , pull_request)->Name("payload_pull_request_20KB/floor");
BENCHMARK_CAPTURE(tree, , pull_request)->Name("payload_pull_request_20KB/peer:nlohmann-tree");
BENCHMARK_CAPTURE(ours, , large)->Name("payload_large_4MB/ours");
BENCHMARK_CAPTURE(quotes, , large)->Name("payload_large_4MB/floor");
BENCHMARK_CAPTURE(tree, , large)->Name("payload_large_4MB/peer:nlohmann-tree");
BENCHMARK_CAPTURE(check, , pull_request)->Name("json_check_20KB/ours");
BENCHMARK_CAPTURE(quotes, , pull_request)->Name("json_check_20KB/floor");
BENCHMARK_CAPTURE(accept, , pull_request)->Name("json_check_20KB/peer:nlohmann-accept");
