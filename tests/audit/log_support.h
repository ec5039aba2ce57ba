#ifndef COEFFICIENT_TESTS_AUDIT_LOG_SUPPORT_H_
#define COEFFICIENT_TESTS_AUDIT_LOG_SUPPORT_H_

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "audit/log_state.h"
#include "audit/scan.h"
#include "coefficient/audit/log.h"
#include "coefficient/audit/verify.h"
#include "coefficient/core/clock.h"
#include "support/temp_dir.h"

namespace test {

inline constexpr const char* kOrigin = "example.com/audit-test";

inline std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_all(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}
inline void copy_log(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to);
}

inline coefficient::audit::Record event(std::string id = "u_1") {
  coefficient::audit::Record record;
  record.actor = {.type = "user", .id = std::move(id), .session = {}};
  record.action = "secret.read";
  record.target = {.type = "secret", .id = "github"};
  return record;
}

/// Returns the records of a log as they are on disk, without a look at its checkpoints.
inline std::vector<std::string> texts(const std::string& directory) {
  using namespace coefficient::audit;
  const auto opened = Directory::open(directory, system_file_calls());
  if (!opened) throw std::runtime_error(opened.error().message);
  std::vector<std::string> out;
  const auto scan = scan_log(*opened, [&](const ScannedLeaf& leaf) {
    out.emplace_back(reinterpret_cast<const char*>(leaf.payload.data()), leaf.payload.size());
    return true;
  });
  if (!scan) throw std::runtime_error(scan.error().message);
  return out;
}
inline std::vector<coefficient::audit::Record> records(const std::string& directory) {
  std::vector<coefficient::audit::Record> out;
  for (const std::string& text : texts(directory)) {
    auto record = coefficient::audit::parse_record(text);
    if (!record) throw std::runtime_error(record.error().message);
    out.push_back(*std::move(record));
  }
  return out;
}
inline std::vector<std::string> actions(const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& record : records(directory)) out.push_back(record.action);
  return out;
}

/// The names of the segments, in order.
inline std::vector<std::string> segments(const std::filesystem::path& directory) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().extension() == ".seg") out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

class LogTest : public testing::Test {
 protected:
  explicit LogTest(TempDir::Where where = TempDir::Where::kTemp) : temp_(where) {}
  using Opened =
      coefficient::Result<std::unique_ptr<coefficient::audit::Log>, coefficient::audit::OpenError>;
  std::unique_ptr<coefficient::audit::Log> create(coefficient::audit::LogOptions options = {}) {
    auto log = coefficient::audit::Log::create(dir(), kOrigin, clock_, std::move(options));
    EXPECT_TRUE(log) << log.error().error.message;
    return log ? *std::move(log) : nullptr;
  }
  Opened try_open(coefficient::audit::LogOptions options = {}) {
    return coefficient::audit::Log::open(dir(), clock_, std::move(options));
  }
  std::unique_ptr<coefficient::audit::Log> open(coefficient::audit::LogOptions options = {}) {
    auto log = try_open(std::move(options));
    EXPECT_TRUE(log) << log.error().error.message;
    return log ? *std::move(log) : nullptr;
  }
  void expect_intact(std::uint64_t size) {
    const auto report = coefficient::audit::verify_log(dir(), {.parse_records = true});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->records, size);
    for (const auto& damage : report->damages) ADD_FAILURE() << damage.what;
  }
  [[nodiscard]] std::string dir() const { return temp_.string(); }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return temp_.path() / name;
  }
  coefficient::audit::Timestamp now() const {
    return std::chrono::floor<std::chrono::microseconds>(clock_.now());
  }

  TempDir temp_;
  coefficient::ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)};
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_AUDIT_LOG_SUPPORT_H_
