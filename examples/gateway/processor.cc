#include "processor.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "coefficient/diff/minimizer.h"

namespace gateway {
namespace {

using Pointer = nlohmann::json::json_pointer;

// The members that are read, by depth. Whatever else a payload holds is skipped, not built.
bool wanted(int depth, const std::string& name) {
  static constexpr std::array<std::string_view, 4> kTop = {"action", "number", "pull_request",
                                                           "repository"};
  static constexpr std::array<std::string_view, 5> kSecond = {"title", "body", "base", "head",
                                                              "full_name"};
  if (depth == 1) return std::ranges::find(kTop, name) != kTop.end();
  if (depth == 2) return std::ranges::find(kSecond, name) != kSecond.end();
  return depth == 3 && name == "sha";
}

nlohmann::json parse_wanted(std::string_view payload) {
  return nlohmann::json::parse(
      payload,
      [](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        if (event != nlohmann::json::parse_event_t::key) return true;
        const auto* name = parsed.get_ptr<const std::string*>();
        return name != nullptr && wanted(depth, *name);
      },
      false);
}

Error lacks(const char* pointer) {
  return Error{ErrorCode::kInvalidArgument, std::string("the payload has no usable ") + pointer};
}

Result<std::string> text_at(const nlohmann::json& payload, const char* pointer) {
  const Pointer at(pointer);
  if (!payload.contains(at)) return lacks(pointer);
  const auto* text = payload[at].get_ptr<const std::string*>();
  if (text == nullptr) return lacks(pointer);
  return *text;
}

bool is_reviewable(std::string_view action) {
  return action == "opened" || action == "reopened" || action == "synchronize" ||
         action == "ready_for_review";
}

Outcome ignored(std::string reason) {
  return {.status = Outcome::Status::kIgnored,
          .reason = std::move(reason),
          .minimized = {},
          .report = "{}",
          .receipt = {}};
}

std::string report_json(const PullRequest& change, const coefficient::diff::MinimizeReport& r) {
  return nlohmann::ordered_json{{"repository", change.repository},
                                {"number", change.number},
                                {"files", r.files},
                                {"hunks", r.hunks},
                                {"added_lines", r.added_lines},
                                {"removed_lines", r.removed_lines},
                                {"withheld_context_lines", r.withheld_context_lines},
                                {"withheld_other_lines", r.withheld_other_lines},
                                {"withheld_excluded_lines", r.withheld_excluded_lines},
                                {"withheld_whitespace_lines", r.withheld_whitespace_lines},
                                {"withheld_budget_lines", r.withheld_budget_lines},
                                {"redactions", r.redactions},
                                {"escaped_characters", r.escaped_characters},
                                {"input_bytes", r.input_bytes},
                                {"output_bytes", r.output_bytes},
                                {"withheld_bytes", r.withheld_bytes}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

Result<PullRequestEvent> parse_pull_request_event(std::string_view payload) {
  const nlohmann::json json = parse_wanted(payload);
  if (!json.is_object()) return Error{ErrorCode::kInvalidArgument, "the payload is no JSON object"};
  PullRequestEvent event;
  struct Member {
    const char* pointer;
    std::string* to;
  };
  PullRequest& change = event.pull_request;
  for (const Member& member :
       {Member{"/action", &event.action}, Member{"/repository/full_name", &change.repository},
        Member{"/pull_request/title", &change.title},
        Member{"/pull_request/base/sha", &change.base_sha},
        Member{"/pull_request/head/sha", &change.head_sha}}) {
    auto text = text_at(json, member.pointer);
    if (!text) return text.error();
    *member.to = std::move(*text);
  }
  // GitHub sends null for an empty description.
  if (auto text = text_at(json, "/pull_request/body")) change.description = std::move(*text);
  const auto number = json.find("number");
  const auto* value =
      number == json.end() ? nullptr : number->get_ptr<const nlohmann::json::number_unsigned_t*>();
  if (value == nullptr) return lacks("/number");
  change.number = *value;
  return event;
}

Result<Outcome> process(const Lease& lease, const DiffSource& source,
                        const coefficient::diff::Minimizer& minimizer) {
  if (lease.endpoint != "github") return ignored("nothing is done for " + lease.endpoint + " yet");
  if (lease.event != "pull_request") return ignored("the event is not pull_request");
  auto event = parse_pull_request_event(lease.payload);
  if (!event) return event.error();
  if (!is_reviewable(event->action)) return ignored("the action changes no code");
  const PullRequest& change = event->pull_request;
  if (!source.serves(change.repository)) return ignored("the repository is not configured");

  auto diff = source.diff(change);
  if (!diff) return diff.error();
  auto minimized = minimizer.minimize_with_manifest({.title = change.title,
                                                     .description = change.description,
                                                     .diff = std::as_bytes(std::span(*diff))});
  if (!minimized) return minimized.error();
  return Outcome{.status = Outcome::Status::kMinimized,
                 .reason = {},
                 .minimized = std::move(minimized->json),
                 .report = report_json(change, minimized->report),
                 .receipt = std::move(minimized->manifest)};
}

bool is_permanent(ErrorCode code) {
  return code == ErrorCode::kInvalidArgument || code == ErrorCode::kResourceExhausted;
}

bool is_own_shortage(ErrorCode code) {
  return code == ErrorCode::kUnavailable;
}

}  // namespace gateway
