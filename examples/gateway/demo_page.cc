#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "demo.h"
#include "leaving_lines.h"
#include "log.h"

namespace gateway {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kColumns = 96;
constexpr std::size_t kDiffLines = 28;
constexpr std::size_t kJsonLines = 8;

std::string pad(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string row(const std::string& what, const std::string& leaves, const std::string& stays) {
  return "   " + pad(what, 31) + pad(leaves, 30) + stays + "\n";
}

std::string heading(const DemoOutcome& o) {
  const PullRequest& pr = o.change.pull_request;
  std::string out =
      "Coefficient gateway: one run, end to end\n"
      "========================================\n"
      "A gateway stands between GitHub, Slack or Paystack and your own service. It lets in only\n"
      "what is genuine, and each delivery once; it lets out only what a code review needs.\n"
      "This run: real HTTP on 127.0.0.1:" +
      std::to_string(o.port) + ", fresh random secrets, no outside service.\n\n";
  out += o.change.sample ? "The pull request: a sample of two commits, made for this run\n"
                         : "The pull request: the newest commits of this repository\n";
  out += "   title   " + printable(pr.title, kColumns - 12) + "\n";
  out += "   commits " + pr.base_sha.substr(0, 12) + "..." + pr.head_sha.substr(0, 12) + "\n\n";
  return out;
}

std::string arrivals(const DemoOutcome& o) {
  std::string out = "1. What was sent to the gateway, and what became of it\n   " +
                    pad("sent", 50) + pad("answer", 26) + "as it should be?\n";
  for (const DemoStep& step : o.steps) {
    out += "   " + pad(step.did, 50) + pad(step.got, 26) +
           (step.ok() ? "yes" : "NO, expected " + step.expected) + "\n";
  }
  out +=
      "   A refused sender sees the number and one fixed body; the reason is in the log only.\n\n";
  return out;
}

std::string comparison(const DemoOutcome& o) {
  const std::uint64_t words =
      o.change.pull_request.title.size() + o.change.pull_request.description.size();
  const std::uint64_t payload = o.payload_bytes;
  std::string out = "2. What would leave this host for the review, beside what stays\n";
  out += row("", "would leave", "withheld");
  out += row("files", grouped(o.files) + " (path, status)", "every file that did not change");
  out += row("changed lines", "+" + grouped(o.added) + "  -" + grouped(o.removed),
             grouped(o.excluded) + " (of lock files and the like)");
  out += row("  with something hidden, shown",
             grouped(o.lines_altered) + " (secrets, invisible text)", "the secrets");
  out += row("unchanged lines around them", grouped(o.lines_foreign), grouped(o.context));
  out += row("headers and other lines", "", grouped(o.other));
  out += row("bytes of the diff (" + grouped(o.diff_bytes) + ")",
             grouped(o.diff_bytes - std::min(o.diff_bytes, o.withheld_bytes)),
             grouped(o.withheld_bytes));
  out += row("bytes of the webhook (" + grouped(payload) + ")",
             grouped(words) + " (title, description)",
             grouped(payload - std::min(payload, words)) + " (names, URLs, ids ...)");
  out += row("in all, as JSON", grouped(o.output_bytes) + " bytes", "");
  return out + "\n";
}

std::string cut(std::string_view line, std::size_t width) {
  std::string out = printable(line, width);
  if (line.size() > width) out.replace(width - 3, 3, "...");
  return out;
}

// The diff, each line in the column where the minimized JSON says that it belongs.
std::string side_by_side(const DemoOutcome& o) {
  constexpr std::size_t kHalf = 45;
  LeavingLines leaving(o.minimized);
  std::string out = "3. The diff as git wrote it, line by line (the first " +
                    std::to_string(kDiffLines) + ")\n   " + pad("would leave", kHalf) +
                    " | withheld\n";
  std::string_view rest = o.change.diff;
  for (std::size_t i = 0; i < kDiffLines && !rest.empty(); ++i) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (leaving.take(line)) {
      out += "   " + pad(cut(line, kHalf), kHalf) + " |\n";
    } else {
      out += "   " + pad("", kHalf) + " | " + cut(line, kHalf) + "\n";
    }
  }
  return out + "\n";
}

std::string excerpt(const DemoOutcome& o, const Json& minimized) {
  // ASCII only: nothing in a diff can steer the terminal or reorder the page.
  const std::string text = minimized.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string out = "4. Exactly this JSON would leave (" + grouped(o.output_bytes) +
                    " bytes; whole: gateway demo --json)\n";
  std::string_view rest = text;
  for (std::size_t i = 0; i < kJsonLines && !rest.empty(); ++i) {
    out += "   " + std::string(rest.substr(0, kColumns - 3)) + "\n";
    rest.remove_prefix(std::min(kColumns - 3, rest.size()));
  }
  return out + (rest.empty() ? "\n" : "   ...\n\n");
}

}  // namespace

std::string demo_page(const DemoOutcome& o) {
  const auto wrong = std::ranges::count_if(o.steps, [](const DemoStep& s) { return !s.ok(); });
  std::string out = heading(o) + arrivals(o);
  const Json minimized = Json::parse(o.minimized, nullptr, false);
  if (minimized.is_object()) {
    out += comparison(o) + side_by_side(o) + excerpt(o, minimized);
  }
  out += o.ok() ? "Verdict: all " + std::to_string(o.steps.size()) + " as they should be.\n"
                : "Verdict: " + std::to_string(wrong) + " of " + std::to_string(o.steps.size()) +
                      " are not as they should be.\n";
  return out;
}

std::string demo_json(const DemoOutcome& o) {
  Json steps = Json::array();
  for (const DemoStep& step : o.steps) {
    steps.push_back(
        {{"name", step.name}, {"expected", step.expected}, {"got", step.got}, {"ok", step.ok()}});
  }
  const Json out = {{"ok", o.ok()},
                    {"sample", o.change.sample},
                    {"steps", std::move(steps)},
                    {"would_leave",
                     {{"files", o.files},
                      {"added_lines", o.added},
                      {"removed_lines", o.removed},
                      {"bytes", o.output_bytes}}},
                    {"withheld",
                     {{"context_lines", o.context},
                      {"other_lines", o.other},
                      {"diff_bytes", o.withheld_bytes},
                      {"payload_bytes", o.payload_bytes}}},
                    {"minimized", Json::parse(o.minimized, nullptr, false)}};
  return out.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace gateway
