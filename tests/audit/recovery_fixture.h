#ifndef COEFFICIENT_TESTS_AUDIT_RECOVERY_FIXTURE_H_
#define COEFFICIENT_TESTS_AUDIT_RECOVERY_FIXTURE_H_

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "coefficient/audit/verify.h"
#include "faults.h"
#include "log_support.h"

namespace test {

/// A log of some records, a checkpoint after every fifth, as a killed process leaves it.
class RecoveryTest : public LogTest {
 protected:
  static constexpr int kRecords = 20;

  RecoveryTest() : LogTest(TempDir::Where::kMemory) {}
  void SetUp() override {
    TempDir work(TempDir::Where::kMemory);
    auto log = coefficient::audit::Log::create(work.string(), kOrigin, clock_,
                                               {.heartbeat_every = std::chrono::seconds(0)});
    ASSERT_TRUE(log);
    root_key_ = (*log)->root_key();
    for (int i = 1; i < kRecords; ++i) {
      ASSERT_TRUE((*log)->append(event("u" + std::to_string(i))));
      if (i % 5 == 4) {
        ASSERT_TRUE((*log)->checkpoint());
      }
      if (i == 14) anchor_ = anchor_of((*log)->checkpoint().value());
      if (i == 17) copy_log(work.path(), dir());  // two records behind the checkpoint
    }
    segment_ = path(segments(temp_.path()).at(0));
    bytes_ = read_all(segment_);
    while (!bytes_.empty() && bytes_.back() == '\0') bytes_.pop_back();
    write_all(segment_, bytes_);
  }
  coefficient::audit::Anchor anchor_of(const std::string& note) const {
    const auto key = coefficient::audit::NoteVerifier::parse(root_key_).value();
    const auto checkpoint =
        coefficient::audit::open_checkpoint(note, kOrigin, std::span(&key, 1)).value();
    return {checkpoint.size, checkpoint.root};
  }
  // A copy of the log with another segment, opened.
  Opened open_with(const std::string& bytes, const coefficient::audit::LogOptions& options = {}) {
    copy_log(dir(), copy_.path());
    write_all(copy_.path() / segment_.filename(), bytes);
    return reopen(options);
  }
  // What is not tested here is whether the disk is waited for.
  Opened reopen(const coefficient::audit::LogOptions& options = {}) {
    return coefficient::audit::LogAccess::open(copy_.string(), clock_, options, {}, calls_);
  }
  void expect_damage(coefficient::audit::DamageKind kind, std::uint64_t index,
                     const Opened& opened) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().error.code, coefficient::ErrorCode::kDataLoss);
    ASSERT_TRUE(opened.error().damage) << opened.error().error.message;
    EXPECT_EQ(opened.error().damage->kind, kind) << opened.error().error.message;
    EXPECT_LE(opened.error().damage->first_index, index);
    EXPECT_GT(opened.error().damage->end_index, index);
  }

  TempDir copy_{TempDir::Where::kMemory};
  FaultyCalls calls_;
  std::string root_key_;
  coefficient::audit::Anchor anchor_;
  std::filesystem::path segment_;
  std::string bytes_;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_AUDIT_RECOVERY_FIXTURE_H_
