// Power cuts: an ext4 file system on a loop device is shut down as a machine that loses its power
// does it, without writing out its journal, while a process writes to a log in it. Needs root, loop
// devices and mkfs.ext4.
#include <fcntl.h>
#include <linux/ioctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <set>

#include "coefficient/audit/verify.h"
#include "log_support.h"
#include "support/child.h"
#include "support/seed.h"

using namespace coefficient;
using namespace coefficient::audit;

namespace {

constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);  // EXT4_IOC_SHUTDOWN
constexpr std::uint32_t kNoLogFlush = 2;

bool run(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;  // NOLINT(cert-env33-c)
}

/// A file system in a file, mounted.
class FileSystem {
 public:
  FileSystem() {
    ready_ = ::geteuid() == 0 && run("truncate -s 48M " + image()) &&
             run("mkfs.ext4 -q -F " + image()) &&
             std::filesystem::create_directory(mount_point()) && mount();
  }
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  ~FileSystem() {
    if (mounted_) (void)run("umount -l " + mount_point());
  }
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] std::string mount_point() const { return (temp_.path() / "mnt").string(); }

  /// Cuts the power: what was not on the disk by now never will be.
  bool cut() const {
    const int fd = ::open(mount_point().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = fd >= 0 && ::ioctl(fd, kShutdown, &kNoLogFlush) == 0;
    ::close(fd);
    return done;
  }
  /// Mounts a copy of what is on the disk: a mount namespace that another process took meanwhile
  /// keeps the file system that was cut, which the old image would then be mounted as.
  bool restart() {
    mounted_ = !run("umount " + mount_point());
    const std::string old = image();
    ++restarts_;
    return !mounted_ && run("cp --sparse=always " + old + " " + image()) &&
           std::filesystem::remove(old) && mount();
  }

 private:
  [[nodiscard]] std::string image() const {
    return (temp_.path() / ("image" + std::to_string(restarts_))).string();
  }
  bool mount() {
    mounted_ = run("mount -o loop " + image() + " " + mount_point());
    return mounted_;
  }
  test::TempDir temp_;
  int restarts_ = 0;
  bool ready_ = false;
  bool mounted_ = false;
};

class PowerCutTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!system_.ready())
      GTEST_SKIP() << "needs root, a loop device, mount and mkfs.ext4 (e2fsprogs)";
    std::filesystem::create_directory(dir());
    ASSERT_TRUE(Log::create(dir(), test::kOrigin, system_clock()));
  }
  [[nodiscard]] std::string dir() const { return system_.mount_point() + "/log"; }

  void cut_once(const std::string& mode) {
    test::Child child({AUDIT_CRASH_CHILD, mode, dir()});
    for (auto left = 5 + random_() % 60; left > 0; --left) {
      const std::string line = child.line();
      ASSERT_FALSE(line.empty()) << "the child ended by itself";
      note(line, acknowledged_);
    }
    for (std::string line = child.written_line(); !line.empty(); line = child.written_line())
      note(line, acknowledged_);
    ASSERT_TRUE(system_.cut());
    // It may hang on a file system that is gone: it is killed.
    child.kill();
    late_.clear();
    for (std::string line = child.line(); !line.empty(); line = child.line()) note(line, late_);
    ASSERT_TRUE(system_.restart());
  }
  static void note(const std::string& line, std::set<std::string>& in) {
    if (line != "checkpoint") in.insert(line);
  }
  /// Returns how many of `said` are not in the log.
  int lost(std::set<std::string> said) {
    for (const Record& record : test::records(dir())) said.erase(record.id);
    return static_cast<int>(said.size());
  }

  FileSystem system_;
  std::mt19937 random_{test::seed()};
  std::set<std::string> acknowledged_;
  // Said while the power went, or after: of a real machine nobody hears that. The kernel, which
  // goes on, may call a transaction committed that it has given up at this moment: fdatasync()
  // then succeeds, as it does in a bare loop of write() and fdatasync().
  std::set<std::string> late_;
};

// COEFFICIENT_POWER_CUTS names another number. Sanitizer runs make fewer.
int cuts() {
  if (const char* const named = std::getenv("COEFFICIENT_POWER_CUTS")) return std::stoi(named);
  return std::getenv("COEFFICIENT_FAULT_STRIDE") == nullptr ? 100 : 10;
}

}  // namespace

TEST_F(PowerCutTest, NothingAcknowledgedIsLost) {
  int late = 0;
  int late_lost = 0;
  for (int i = 0; i < cuts(); ++i) {
    ASSERT_NO_FATAL_FAILURE(cut_once("durable")) << i;
    auto log = Log::open(dir(), system_clock());
    ASSERT_TRUE(log) << "cut " << i << ": " << log.error().error.message;
    log->reset();
    ASSERT_EQ(lost(acknowledged_), 0) << "cut " << i;
    late += static_cast<int>(late_.size());
    late_lost += lost(late_);
  }
  const auto report = verify_log(dir(), {.parse_records = true});
  ASSERT_TRUE(report);
  for (const Damage& damage : report->damages) ADD_FAILURE() << damage.what;
  RecordProperty("acknowledged", static_cast<int>(acknowledged_.size()));
  RecordProperty("said_after_the_cut", late);
  RecordProperty("of_these_lost", late_lost);
}

// The same count against a child that answers before it waits for the disk.
TEST_F(PowerCutTest, TheCountFindsWhatAnEarlyAnswerLoses) {
  int found = 0;
  for (int i = 0; i < 20 && found == 0; ++i) {
    ASSERT_NO_FATAL_FAILURE(cut_once("early"));
    auto log = Log::open(dir(), system_clock());
    ASSERT_TRUE(log) << log.error().error.message;
    log->reset();
    found = lost(acknowledged_);
  }
  EXPECT_GT(found, 0);
}
