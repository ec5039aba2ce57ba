#ifndef COEFFICIENT_TESTS_SQLITE_ARCHIVE_FIXTURE_H_
#define COEFFICIENT_TESTS_SQLITE_ARCHIVE_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "coefficient/sqlite/archive.h"
#include "store_support.h"
#include "workload.h"

namespace test {

using coefficient::ManualClock;
using coefficient::sqlite::Archive;
using coefficient::sqlite::VerifyReport;
using std::chrono::milliseconds;
using std::chrono::system_clock;

/// A store, its archive, and what each recorded transaction left in the store.
class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() : clock_(system_clock::time_point(std::chrono::hours(24 * 365 * 55))) {
    reopen_store();
    reopen_archive();
  }
  void reopen_store() {
    store_.reset();
    auto store = VaultStore::open(temp_.path() / "store", clock_);
    EXPECT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }
  void reopen_archive() {
    auto archive = Archive::open(archive_path());
    EXPECT_TRUE(archive) << archive.error().message;
    archive_.emplace(std::move(*archive));
  }
  std::filesystem::path archive_path() const { return temp_.path() / "archive"; }
  std::filesystem::path file(const std::string& name) const { return archive_path() / name; }
  std::string state_of(const std::string& directory) const {
    return RawDatabase(temp_.path() / directory / "vault.db").vault_state();
  }

  // Writes, and notes the state that each recorded transaction left.
  void work(int transactions) {
    for (int i = 0; i < transactions; ++i) {
      clock_.advance(milliseconds(1000));
      const auto applied = store_->apply(workload_.next());
      ASSERT_TRUE(applied) << applied.error().message;
      const auto seq = store_->changelog_status()->last_seq;
      states_[seq] = state_of("store");
      times_[seq] = clock_.now();
    }
  }
  // A small archive: its start, two bases and four files of changes; returns all names in order.
  std::vector<std::string> small_archive() {
    EXPECT_TRUE(archive_->take_base(*store_));
    for (int i = 0; i < 4; ++i) {
      work(5);
      EXPECT_TRUE(archive_->ship(*store_));
      if (i == 1) {
        EXPECT_TRUE(archive_->take_base(*store_));
      }
    }
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(archive_path())) {
      if (entry.path().filename() != "lock") names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    EXPECT_EQ(names.size(), 9U);
    return names;
  }
  std::filesystem::path fresh() {
    return temp_.path() / ("restored" + std::to_string(restored_++));
  }
  // Restores to `seq` and returns the state, or the error's text.
  std::string restored_state(std::uint64_t seq) {
    const auto to = fresh();
    const auto report = archive_->restore({.seq = seq, .time = {}}, to);
    if (!report) return report.error().message;
    EXPECT_EQ(report->reached.seq, seq);
    return state_of(to.filename());
  }

  TempDir temp_;
  ManualClock clock_;
  std::unique_ptr<VaultStore> store_;
  std::optional<Archive> archive_;
  Workload workload_{20240229};
  std::map<std::uint64_t, std::string> states_;
  std::map<std::uint64_t, system_clock::time_point> times_;
  int restored_ = 0;
};

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void set_content(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string described(const VerifyReport& report) {
  std::ostringstream out;
  for (const auto& finding : report.findings) {
    out << static_cast<int>(finding.kind) << ' ' << finding.file << ": " << finding.what << '\n';
  }
  return out.str();
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_SQLITE_ARCHIVE_FIXTURE_H_
