// Archive::prune(), call by call: in which order it makes things durable, and what is left when any
// of them fails.
#include <algorithm>
#include <string>
#include <vector>

#include "faults.h"
#include "prune_fixture.h"
#include "sqlite/archive_state.h"

using namespace coefficient;
using test::FaultPlan;
using test::Names;
using test::PruneTest;

namespace {

// Notes what is called, and on which name.
class TracedCalls final : public sqlite::FileCalls {
 public:
  std::vector<std::string> trace;
  int fsync(int fd) override {
    trace.emplace_back("fsync");
    return FileCalls::fsync(fd);
  }
  int rename(int at, const char* from, const char* to) override {
    trace.push_back(std::string("rename ") + to);
    return FileCalls::rename(at, from, to);
  }
  int unlink(int at, const char* name) override {
    if (!std::string_view(name).starts_with("tmp-")) trace.push_back(std::string("unlink ") + name);
    return FileCalls::unlink(at, name);
  }
};

}  // namespace

// A power cut may undo any name that no fsync has covered: the start must be before them all.
TEST_F(PruneTest, TheStartIsDurableBeforeAnythingGoes) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  TracedCalls calls;
  auto traced = sqlite::ArchiveAccess::open(archive_path(), calls);
  ASSERT_TRUE(traced);
  calls.trace.clear();
  const auto pruned = traced->prune(keep(10));
  ASSERT_TRUE(pruned);
  std::vector<std::string> expected = {
      "fsync", "fsync", "rename " + std::string("0000000000000000010.start"), "fsync"};
  for (const std::string& name : pruned->files) expected.push_back("unlink " + name);
  expected.emplace_back("fsync");
  EXPECT_EQ(calls.trace, expected);
}

// Each call that changes a file fails, once or from then on: as after a kill at that point, the
// archive is whole, from where it began or where it shall begin, and the next call does the rest.
TEST_F(PruneTest, AnyCallMayFail) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  std::filesystem::copy(archive_path(), temp_.path() / "copy");
  const Names all = names();
  ASSERT_TRUE(archive_->prune(keep(25)));
  const Names goal = names();
  FaultPlan plan;
  test::FaultyCalls calls(plan);
  const auto begin_again = [&] {
    std::filesystem::remove_all(archive_path());
    std::filesystem::copy(temp_.path() / "copy", archive_path());
    auto opened = sqlite::ArchiveAccess::open(archive_path(), calls);
    ASSERT_TRUE(opened);
    archive_.emplace(std::move(*opened));
  };
  int runs = 0;
  for (const auto kind : {FaultPlan::Kind::kIo, FaultPlan::Kind::kShortWrite}) {
    for (const bool lasting : {false, true}) {
      for (long at = 1;; ++at) {
        SCOPED_TRACE(at);
        begin_again();
        plan.arm(at, kind, lasting);
        const auto failed = archive_->prune(keep(25));
        const bool reached = plan.calls() >= at;
        plan.disarm();
        if (!reached) {
          ASSERT_TRUE(failed);
          break;
        }
        ++runs;
        if (!failed) {
          EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable) << failed.error().message;
        } else {  // a short write that was not the end is gone on with
          EXPECT_EQ(names(), goal);
        }
        ASSERT_EQ(faults_of(*archive_), "");
        const std::uint64_t first = archive_->verify()->first->seq;
        EXPECT_EQ(first, names().contains("0000000000000000020.start") ? 20U : 0U);
        if (first == 0) {
          EXPECT_TRUE(std::ranges::includes(names(), all));
        }
        EXPECT_EQ(restore(19).has_value(), first == 0);
        EXPECT_EQ(restored_state(25), states_[25]);
        ASSERT_TRUE(archive_->prune(keep(25)));
        EXPECT_EQ(names(), goal);
      }
    }
  }
  EXPECT_GT(runs, 60);
  // The control: had it removed one file that is needed, the same looks would have told.
  for (const std::string& name : goal) {
    if (name == "0000000000000000031.changes" || name == "0000000000000000030.base") continue;
    std::filesystem::rename(file(name), temp_.path() / "aside");
    EXPECT_NE(faults_of(*archive_), "") << name;
    std::filesystem::rename(temp_.path() / "aside", file(name));
  }
}
