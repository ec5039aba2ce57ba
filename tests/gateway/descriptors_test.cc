#include "descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "child.h"
#include "fixture.h"
#include "process.h"

using namespace gateway;
using test::Child;
using test::RawClient;
using test::status_of;

namespace {

class Descriptors : public test::GatewayTest {
 protected:
  Descriptors() {
    edit([](auto& config) {
      config["limits"]["connections"] = 160;
      config["deadlines_ms"]["header"] = 60000;  // longer than anything here waits
    });
  }
  // Runs the gateway's `command` after the shell's `limit`.
  [[nodiscard]] Child under(const std::string& limit, const std::string& command) const {
    return Child({"/bin/sh", "-c", limit + R"( && exec "$0" "$1" "$2")", GATEWAY_PROGRAM, command,
                  directory_.root().string()});
  }
};

// Takes this process's soft limit down while it is there.
class SoftLimit {
 public:
  explicit SoftLimit(rlim_t soft) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit lower{.rlim_cur = soft, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);
  }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;
  ~SoftLimit() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  rlimit before_{};
};

}  // namespace

TEST(DescriptorsCheck, WantsRoomForConnectionsThoseRefusedAndTheRest) {
  Limits limits;
  limits.connections = 1024;
  EXPECT_EQ(descriptors_needed(limits), 1024U + 64U + 64U);
  struct Case {
    DescriptorLimit have;
    bool ok;
  };
  for (const Case& c :
       {Case{{.soft = 1024, .hard = 1024}, false}, Case{{.soft = 1151, .hard = 1151}, false},
        Case{{.soft = 1024, .hard = 1152}, true}, Case{{.soft = 524288, .hard = 524288}, true}}) {
    const Check check = check_descriptors(limits, c.have);
    EXPECT_EQ(check.ok, c.ok) << c.have.hard;
    EXPECT_EQ(check.fix.find("LimitNOFILE") != std::string::npos, !c.ok);
  }
}

TEST_F(Descriptors, TheSoftLimitIsRaisedSoThatEveryConnectionHasRoom) {
  Child child = under("ulimit -Sn 100", "serve");
  const auto peer = child.listening();
  ASSERT_TRUE(peer);
  std::vector<RawClient> idle;
  for (int i = 0; i < 159; ++i) {
    idle.emplace_back(peer->port);
    ASSERT_TRUE(idle.back().connected());
  }
  RawClient last(peer->port);
  ASSERT_TRUE(last.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(last.response()), 200);
}

TEST_F(Descriptors, AHardLimitThatIsTooLowIsRefusedAndFoundByTheDoctor) {
  Child child = under("ulimit -n 100", "serve");
  ASSERT_FALSE(child.line());
  EXPECT_TRUE(child.wait_for_error("/limits/connections 160 takes 288 open files"));
  int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 2);

  Child doctor = under("ulimit -n 100", "doctor");
  std::string said;
  while (const auto line = doctor.line()) said += *line + "\n";
  EXPECT_NE(said.find("FAIL  open files: "), std::string::npos) << said;
  EXPECT_NE(said.find("fix: raise it"), std::string::npos) << said;
  status = doctor.wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

TEST(RunProcess, ALackOfDescriptorsSaysNothingOfTheProgram) {
  // Has UBSan look at the category of errors while it has the descriptors which that takes.
  ASSERT_EQ(run_process({"/"}, {}, {}).error().code, ErrorCode::kInternal);
  const SoftLimit none(3);
  EXPECT_EQ(run_process({"true"}, {}, {}).error().code, ErrorCode::kUnavailable);
}
