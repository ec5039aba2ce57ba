// kill -9 at random moments: every acknowledged record is there, and the log opens again.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <random>
#include <set>

#include "coefficient/audit/verify.h"
#include "log_support.h"
#include "support/seed.h"

using namespace coefficient;
using namespace coefficient::audit;

namespace {

/// audit_crash_child, with its output on a pipe.
class Child {
 public:
  Child(std::string mode, std::string directory) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    std::string program = AUDIT_CRASH_CHILD;
    std::array<char*, 4> argv = {program.data(), mode.data(), directory.data(), nullptr};
    const int status = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    out_ = pipe[0];
    if (status != 0) throw std::runtime_error("cannot start the child");
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) kill();
    ::close(out_);
  }
  /// Returns the next line; empty at the end.
  std::string line() {
    for (;;) {
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      std::array<char, 4096> chunk{};
      const ssize_t n = ::read(out_, chunk.data(), chunk.size());
      if (n <= 0) return {};
      buffer_.append(chunk.data(), static_cast<std::size_t>(n));
    }
  }
  /// Returns whether it was alive until now.
  bool kill() {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
};

class CrashTest : public test::LogTest {
 protected:
  // Lets a child work, kills it after some lines, and notes what it said before it died.
  void crash_once(const std::string& mode) {
    Child child(mode, dir());
    const auto note = [&](const std::string& line) {
      if (line != "checkpoint") acknowledged_.insert(line);
    };
    for (auto left = 1 + random_() % 60; left > 0; --left) {
      const std::string line = child.line();
      ASSERT_FALSE(line.empty()) << "the child ended by itself";
      note(line);
    }
    ASSERT_TRUE(child.kill());
    for (std::string line = child.line(); !line.empty(); line = child.line()) note(line);
  }
  // How many acknowledged records are not there.
  int lost() {
    std::set<std::string> missing = acknowledged_;
    for (const Record& record : test::records(dir())) missing.erase(record.id);
    return static_cast<int>(missing.size());
  }

  std::mt19937 random_{test::seed()};
  std::set<std::string> acknowledged_;
};

}  // namespace

TEST_F(CrashTest, NothingAcknowledgedIsLost) {
  constexpr int kRounds = 60;
  create().reset();
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once("durable"));
    if (round % 10 != 9) continue;
    {
      auto log = open();
      ASSERT_NE(log, nullptr);
    }
    ASSERT_EQ(lost(), 0) << "round " << round;
    const auto report = verify_log(dir(), {.parse_records = true});
    ASSERT_TRUE(report);
    for (const Damage& damage : report->damages) ADD_FAILURE() << damage.what;
  }
  RecordProperty("acknowledged", static_cast<int>(acknowledged_.size()));
  EXPECT_GT(acknowledged_.size(), static_cast<std::size_t>(kRounds));
}

// The same count against a child that says "done" before it is: it must find what that loses, or
// the test above shows nothing.
TEST_F(CrashTest, TheCountFindsWhatAnEarlyAnswerLoses) {
  create().reset();
  int found = 0;
  for (int round = 0; round < 60 && found == 0; ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once("early"));
    { auto log = open(); }
    found = lost();
  }
  EXPECT_GT(found, 0);
}
