#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include "coefficient/payload/policy.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload {
namespace {

using Pointers = std::initializer_list<const char*>;

constexpr Pointers kPullRequest = {
    "/action",
    "/after",
    "/before",
    "/installation/id",
    "/label/name",
    "/number",
    "/organization/id",
    "/pull_request/additions",
    "/pull_request/author_association",
    "/pull_request/base/ref",
    "/pull_request/base/repo/id",
    "/pull_request/base/sha",
    "/pull_request/changed_files",
    "/pull_request/closed_at",
    "/pull_request/comments",
    "/pull_request/commits",
    "/pull_request/created_at",
    "/pull_request/deletions",
    "/pull_request/draft",
    "/pull_request/head/repo/fork",
    "/pull_request/head/repo/id",
    "/pull_request/head/sha",
    "/pull_request/id",
    "/pull_request/labels/*/name",
    "/pull_request/merged",
    "/pull_request/merged_at",
    "/pull_request/merged_by/id",
    "/pull_request/number",
    "/pull_request/requested_reviewers/*/id",
    "/pull_request/requested_teams/*/id",
    "/pull_request/review_comments",
    "/pull_request/state",
    "/pull_request/updated_at",
    "/pull_request/user/id",
    "/pull_request/user/type",
    "/repository/default_branch",
    "/repository/full_name",
    "/repository/id",
    "/repository/private",
    "/requested_reviewer/id",
    "/requested_team/id",
    "/sender/id",
    "/sender/type",
};
constexpr Pointers kPullRequestText = {"/pull_request/body", "/pull_request/title"};
constexpr Pointers kReview = {
    "/review/commit_id", "/review/id", "/review/state", "/review/submitted_at", "/review/user/id",
};

// Interactions (a click) and event callbacks in one: their members do not collide.
constexpr Pointers kSlack = {
    "/actions/*/action_id",
    "/actions/*/action_ts",
    "/actions/*/value",
    "/channel/id",
    "/enterprise/id",
    "/enterprise_id",
    "/event/channel",
    "/event/event_ts",
    "/event/ts",
    "/event/type",
    "/event/user",
    "/event_id",
    "/event_time",
    "/message/ts",
    "/team/id",
    "/team_id",
    "/type",
    "/user/id",
};

// Charges, transfers, refunds, subscriptions and invoices have their own ids below /data.
constexpr Pointers kPaystack = {
    "/data/amount",
    "/data/createdAt",
    "/data/created_at",
    "/data/currency",
    "/data/customer/customer_code",
    "/data/customer/id",
    "/data/id",
    "/data/invoice_code",
    "/data/next_payment_date",
    "/data/paidAt",
    "/data/paid_at",
    "/data/period_end",
    "/data/period_start",
    "/data/plan/id",
    "/data/plan/plan_code",
    "/data/reference",
    "/data/status",
    "/data/subscription/status",
    "/data/subscription/subscription_code",
    "/data/subscription_code",
    "/data/transaction/amount",
    "/data/transaction/currency",
    "/data/transaction/reference",
    "/data/transaction/status",
    "/data/transaction_reference",
    "/data/transfer_code",
    "/data/transferred_at",
    "/data/updatedAt",
    "/data/updated_at",
    "/event",
};

struct BuiltIn {
  std::string_view name;
  std::string_view id;
  std::array<const Pointers*, 2> parts;
};

// A changed list is another policy and takes the next number.
constexpr std::array<BuiltIn, 5> kBuiltIns = {{
    {"github-pull-request", "github-pull-request@1", {&kPullRequest, nullptr}},
    {"github-pull-request-text", "github-pull-request-text@1", {&kPullRequest, &kPullRequestText}},
    {"github-review", "github-review@1", {&kPullRequest, &kReview}},
    {"paystack", "paystack@1", {&kPaystack, nullptr}},
    {"slack", "slack@1", {&kSlack, nullptr}},
}};

}  // namespace

std::vector<std::string_view> built_in_policy_names() {
  std::vector<std::string_view> names;
  names.reserve(kBuiltIns.size());
  for (const BuiltIn& built_in : kBuiltIns) names.push_back(built_in.name);
  return names;
}

Result<Policy> built_in_policy(std::string_view name) {
  const auto found = std::find_if(kBuiltIns.begin(), kBuiltIns.end(),
                                  [&](const BuiltIn& b) { return b.name == name; });
  if (found == kBuiltIns.end()) {
    std::string known;
    for (const BuiltIn& b : kBuiltIns) known.append(known.empty() ? "" : ", ").append(b.name);
    return Error{ErrorCode::kNotFound,
                 "there is no built-in policy of that name; there are " + known};
  }
  std::vector<Rule> rules;
  for (const Pointers* part : found->parts)
    if (part != nullptr)
      for (const char* pointer : *part) rules.push_back({.pointer = pointer});
  return Policy::create(found->id, std::move(rules));
}

}  // namespace payload
COEFFICIENT_END_NAMESPACE
