#include "processor.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "demo_repository.h"
#include "fixture.h"
#include "git_diff_source.h"
#include "support/vectors.h"

using namespace gateway;
using Json = nlohmann::json;

namespace {

class NoDiffs final : public DiffSource {
 public:
  [[nodiscard]] bool serves(std::string_view /*repository*/) const override { return false; }
  Result<std::string> diff(const PullRequest& /*pull_request*/) const override {
    return Error{ErrorCode::kInternal, "asked for a diff of a repository that is not served"};
  }
};

Lease lease_of(std::string payload, std::string event = "pull_request",
               std::string endpoint = "github") {
  Lease lease;
  lease.endpoint = std::move(endpoint);
  lease.event = std::move(event);
  lease.payload = std::move(payload);
  return lease;
}

const coefficient::diff::Minimizer& minimizer() {
  static const auto made = coefficient::diff::Minimizer::create({});
  return *made;
}

class ProcessorTest : public testing::Test {
 protected:
  ProcessorTest() {
    auto change = sample_change((temp_.path() / "sample").string());
    EXPECT_TRUE(change) << change.error().message;
    change_ = std::move(*change);
  }
  [[nodiscard]] GitDiffSource source(ProcessLimits limits = {}) const {
    return GitDiffSource({{change_.pull_request.repository, change_.clone}}, limits);
  }
  test::TempDir temp_;
  DemoChange change_;
};

}  // namespace

TEST_F(ProcessorTest, MinimizesAPullRequest) {
  auto outcome = process(lease_of(pull_request_payload(change_)), source(), minimizer());
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->status, Outcome::Status::kMinimized);
  const Json report = Json::parse(outcome->report);
  EXPECT_EQ(report["files"], change_.files);
  EXPECT_EQ(report["added_lines"], change_.added);
  EXPECT_EQ(report["removed_lines"], change_.removed);
  EXPECT_EQ(report["output_bytes"], outcome->minimized.size());
  EXPECT_NE(outcome->minimized.find("kMaxItems = 250"), std::string::npos);
  EXPECT_NE(outcome->minimized.find("Take orders of up to 250 items"), std::string::npos);
  // Context and everything of the payload but title and description stay.
  for (const char* withheld : {"namespace shop", "octo-author", "avatars", "@@", "4004"}) {
    EXPECT_EQ(outcome->minimized.find(withheld), std::string::npos) << withheld;
  }
}

TEST_F(ProcessorTest, IgnoresWhatItHasNothingToDoFor) {
  const NoDiffs none;
  Json closed = Json::parse(pull_request_payload(change_));
  closed["action"] = "closed";
  const std::vector<std::pair<Lease, std::string>> cases = {
      {lease_of("{}", "push"), "the event is not pull_request"},
      {lease_of("{}", "pull_request", "slack"), "nothing is done for slack yet"},
      {lease_of(closed.dump()), "the action changes no code"},
      {lease_of(pull_request_payload(change_)), "the repository is not configured"},
  };
  for (const auto& [lease, reason] : cases) {
    auto outcome = process(lease, none, minimizer());
    ASSERT_TRUE(outcome) << reason;
    EXPECT_EQ(outcome->status, Outcome::Status::kIgnored);
    EXPECT_EQ(outcome->reason, reason);
    EXPECT_TRUE(outcome->minimized.empty());
  }
}

TEST_F(ProcessorTest, NamesTheMemberThatAPayloadLacks) {
  const Json whole = Json::parse(pull_request_payload(change_));
  for (const char* pointer : {"/action", "/number", "/repository/full_name", "/pull_request/title",
                              "/pull_request/base/sha", "/pull_request/head/sha"}) {
    for (const Json& wrong : {Json(nullptr), Json::array(), Json(-1), Json(true)}) {
      Json broken = whole;
      broken[Json::json_pointer(pointer)] = wrong;
      auto outcome = process(lease_of(broken.dump()), source(), minimizer());
      ASSERT_FALSE(outcome) << pointer << wrong;
      EXPECT_EQ(outcome.error().code, ErrorCode::kInvalidArgument);
      EXPECT_NE(outcome.error().message.find(pointer), std::string::npos);
    }
  }
  for (const char* text : {"", "[]", "7", "{", "{\"pull_request\":[]}", "{\"repository\":7}"}) {
    EXPECT_FALSE(process(lease_of(text), source(), minimizer())) << text;
  }
}

TEST_F(ProcessorTest, AnEmptyDescriptionIsNull) {
  Json payload = Json::parse(pull_request_payload(change_));
  payload["pull_request"]["body"] = nullptr;
  auto event = parse_pull_request_event(payload.dump());
  ASSERT_TRUE(event);
  EXPECT_EQ(event->pull_request.description, "");
}

TEST_F(ProcessorTest, ReadsRealPayloads) {
  COEFFICIENT_VECTORS_OR_SKIP(payloads, "payloads/github");
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(payloads)) {
    if (!entry.path().filename().string().starts_with("pull_request.")) continue;
    const std::string text = test::read_file(entry.path());
    const Json json = Json::parse(text);
    auto event = parse_pull_request_event(text);
    ASSERT_TRUE(event) << entry.path() << event.error().message;
    EXPECT_EQ(event->action, json["action"]);
    EXPECT_EQ(event->pull_request.number, json["number"]);
    EXPECT_EQ(event->pull_request.repository, json["repository"]["full_name"]);
    EXPECT_EQ(event->pull_request.head_sha, json["pull_request"]["head"]["sha"]);
    ++read;
  }
  EXPECT_GT(read, 0);
}

TEST_F(ProcessorTest, TakesNothingButObjectIdsToGit) {
  PullRequest pr = change_.pull_request;
  for (const std::string& bad :
       {std::string("HEAD"), std::string("--output=/tmp/x"), std::string(39, 'a'),
        std::string(41, 'a'), std::string(40, 'A'), std::string(40, 'g'), std::string(),
        std::string(39, 'a') + "\n", std::string(40, 'a') + "...HEAD"}) {
    pr.head_sha = bad;
    EXPECT_EQ(source().diff(pr).error().code, ErrorCode::kInvalidArgument) << bad;
  }
  pr = change_.pull_request;
  pr.repository = "o/other";
  EXPECT_EQ(source().diff(pr).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ProcessorTest, ACommitThatIsNotThereYetMayBeLater) {
  PullRequest pr = change_.pull_request;
  pr.head_sha = std::string(40, 'a');
  const auto diff = source().diff(pr);
  EXPECT_EQ(diff.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_FALSE(is_permanent(diff.error().code));
}

TEST_F(ProcessorTest, CapsTheDiffAndItsTime) {
  EXPECT_EQ(source({.deadline = std::chrono::seconds(20), .max_output_bytes = 100})
                .diff(change_.pull_request)
                .error()
                .code,
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(
      run_process({"sleep", "1000"}, {}, {.deadline = std::chrono::milliseconds(50)}).error().code,
      ErrorCode::kDeadlineExceeded);
  // One that closes its output and stays.
  EXPECT_EQ(run_process({"sh", "-c", "exec >&-; sleep 1000"}, {},
                        {.deadline = std::chrono::milliseconds(50)})
                .error()
                .code,
            ErrorCode::kDeadlineExceeded);
}

TEST_F(ProcessorTest, TheEnvironmentAndTheRepositorysConfigurationCannotBendTheDiff) {
  const std::string before = *source().diff(change_.pull_request);
  EXPECT_EQ(before, change_.diff);
  setenv("GIT_DIR", "/nonexistent", 1);
  setenv("GIT_EXTERNAL_DIFF", "false", 1);
  setenv("GIT_CONFIG_COUNT", "1", 1);
  setenv("GIT_CONFIG_KEY_0", "diff.noprefix", 1);
  setenv("GIT_CONFIG_VALUE_0", "true", 1);
  std::ofstream(std::filesystem::path(change_.clone) / ".git" / "config", std::ios::app)
      << "[diff]\n\tnoprefix = true\n\tcontext = 0\n\texternal = false\n\tmnemonicPrefix = true\n"
         "\talgorithm = patience\n[color]\n\tui = always\n[core]\n\tfsmonitor = false\n";
  const auto after = source().diff(change_.pull_request);
  for (const char* name : {"GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0",
                           "GIT_CONFIG_VALUE_0"}) {
    unsetenv(name);
  }
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(*after, before);
}

TEST(RunProcess, GivesTheChildNothingOfOurs) {
  setenv("GATEWAY_TEST_CANARY", "x", 1);
  auto environment = run_process({"env"}, {"A=b"}, {});
  ASSERT_TRUE(environment);
  EXPECT_EQ(environment->find("CANARY"), std::string::npos);
  EXPECT_NE(environment->find("A=b\n"), std::string::npos);
  auto descriptors = run_process({"ls", "/proc/self/fd"}, {}, {});
  ASSERT_TRUE(descriptors);
  EXPECT_EQ(*descriptors, "0\n1\n2\n3\n");  // 3 is ls's own, of the directory
  EXPECT_EQ(run_process({"no-such-program-here"}, {}, {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(run_process({"false"}, {}, {}).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(*run_process({"echo", "$(id)", "a b"}, {}, {}), "$(id) a b\n");
}
