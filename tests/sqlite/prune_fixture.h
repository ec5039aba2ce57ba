#ifndef COEFFICIENT_TESTS_SQLITE_PRUNE_FIXTURE_H_
#define COEFFICIENT_TESTS_SQLITE_PRUNE_FIXTURE_H_

#include <set>
#include <string>

#include "archive_fixture.h"

namespace test {

using coefficient::Result;
using coefficient::sqlite::PruneOptions;
using Names = std::set<std::string>;

/// An archive to prune, and looks at what is left of it.
class PruneTest : public ArchiveTest {
 protected:
  // Bases at 0, 10, 20 and 30, changes to 35, five in a file.
  void archive_of_four_bases() {
    for (int i = 0; i < 7; ++i) {
      if (i % 2 == 0) {
        ASSERT_TRUE(archive_->take_base(*store_));
      }
      work(5);
      ASSERT_TRUE(archive_->ship(*store_));
    }
  }
  PruneOptions keep(std::uint64_t seq) const { return {.keep_seq = seq, .clock = clock_}; }
  Names names() const {
    Names names;
    for (const auto& entry : std::filesystem::directory_iterator(archive_path())) {
      if (entry.path().filename() != "lock") names.insert(entry.path().filename());
    }
    return names;
  }
  // What is damaged, missing or unknown; not what is left over.
  static std::string faults_of(const Archive& archive) {
    auto report = archive.verify();
    if (!report) return report.error().message;
    std::erase_if(report->findings,
                  [](const auto& f) { return f.kind == VerifyReport::Kind::kLeftover; });
    return described(*report);
  }
  Result<coefficient::sqlite::RestoreReport> restore(std::uint64_t seq) {
    return archive_->restore({.seq = seq, .time = {}}, fresh());
  }
  // That the archive begins with `first`, and each state from there on is as it was.
  void expect_kept_from(std::uint64_t first) {
    EXPECT_EQ(faults_of(*archive_), "");
    EXPECT_EQ(archive_->verify()->first->seq, first);
    for (std::uint64_t seq = first; seq <= states_.rbegin()->first; ++seq)
      EXPECT_EQ(restored_state(seq), seq == 0 ? state_at_0_ : states_[seq]) << seq;
    for (std::uint64_t seq = 0; seq < first; ++seq) {
      const auto refused = restore(seq);
      ASSERT_FALSE(refused) << seq;
      EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
      EXPECT_NE(refused.error().message.find("was pruned"), std::string::npos);
    }
  }

  std::string state_at_0_ = state_of("store");
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_SQLITE_PRUNE_FIXTURE_H_
