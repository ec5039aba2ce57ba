// The secrets in the vault, by the program itself.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "child.h"
#include "cli.h"
#include "fixture.h"
#include "program.h"

using namespace gateway;
using test::run_gateway;
using test::run_gateway_killed_before;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr std::size_t kFragment = 8;

class Secrets : public test::GatewayTest {
 protected:
  [[nodiscard]] std::string dir() const { return directory_.root().string(); }
  [[nodiscard]] std::vector<std::string> texts(const std::string& endpoint) const {
    std::vector<std::string> out;
    for (const EndpointSecret& secret : test::secrets_of(directory_, endpoint)) {
      out.push_back(test::text_of(secret.bytes));
    }
    return out;
  }
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    const fs::path path = temp_.path() / name;
    EXPECT_TRUE(write_new_file(path, text));
    return path.string();
  }
  // Delivers, signed with `secret`, to a gateway of its own process; returns the status.
  static int deliver_to(const Peer& peer, const std::string& secret, int number) {
    const std::string body = test::pull_request_body(number);
    auto headers = gateway::sign("github", coefficient::SecretBytes::copy_of(secret), body,
                                 "pull_request", std::chrono::system_clock::now());
    auto answer = http_post(peer, "/webhooks/github", *headers, body);
    return answer ? static_cast<int>(answer->status) : -1;
  }
  // Starts `gateway serve`, delivers with each secret, stops it; returns the statuses.
  [[nodiscard]] std::vector<int> served(const std::vector<std::string>& secrets) {
    test::Child child({GATEWAY_PROGRAM, "serve", dir()});
    const auto peer = child.listening();
    EXPECT_TRUE(peer);
    std::vector<int> statuses;
    for (const std::string& secret : secrets) {
      statuses.push_back(peer ? deliver_to(*peer, secret, ++number_) : -1);
    }
    child.signal(SIGTERM);
    const int status = child.wait();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return statuses;
  }

  int number_ = 0;
};

// The files below `root` that hold any kFragment bytes in a row of any of `secrets`.
std::set<std::string> files_with(const fs::path& root, const std::vector<std::string>& secrets) {
  std::set<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const std::string content = test::read_text(entry.path());
    for (const std::string& secret : secrets) {
      for (std::size_t at = 0; at + kFragment <= secret.size(); ++at) {
        if (content.find(secret.substr(at, kFragment)) != std::string::npos) {
          found.insert(entry.path().filename().string());
        }
      }
    }
  }
  return found;
}

}  // namespace

TEST_F(Secrets, NoFragmentOfOneIsInAnyFile) {
  std::vector<std::string> seen;
  const auto note = [&] {
    for (const std::string_view endpoint : kEndpoints) {
      for (std::string& text : texts(std::string(endpoint))) seen.push_back(std::move(text));
    }
  };
  note();
  const std::string given = "sk_live_0f1e2d3c4b5a69788796a5b4c3d2e1f0";
  ASSERT_EQ(
      run_gateway({"secret", "put", "paystack", "--dir", dir(), "--in", file("p", given)}).status,
      kOk);
  ASSERT_EQ(run_gateway({"secret", "rotate", "github", "--dir", dir()}).status, kOk);
  note();
  seen.push_back(test::read_text(dir() + ".kek").substr(25, 43));  // the key in its file's text
  ASSERT_EQ(seen.size(), 8U);
  // With a server that has read them all and worked, while it runs and after.
  start();
  EXPECT_EQ(deliver(test::pull_request_body(1)), 202);
  EXPECT_EQ(files_with(directory_.root(), seen), std::set<std::string>{});
  EXPECT_TRUE(stop());
  ASSERT_EQ(run_gateway({"secret", "retire", "github", "--dir", dir()}).status, kOk);
  EXPECT_EQ(files_with(directory_.root(), seen), std::set<std::string>{});
  // That the search finds what is there.
  ASSERT_TRUE(write_new_file(directory_.root() / "planted", "x" + given.substr(9, kFragment)));
  EXPECT_EQ(files_with(directory_.root(), seen), std::set<std::string>{"planted"});
  EXPECT_EQ(files_with(temp_.path(), seen), (std::set<std::string>{"planted", "p", "gateway.kek"}));
}

TEST_F(Secrets, RotateKeepsTheOldOneUntilRetire) {
  const std::string old = texts("github").front();
  const auto rotated = run_gateway({"secret", "rotate", "github", "--dir", dir()});
  ASSERT_EQ(rotated.status, kOk) << rotated.err;
  const auto both = texts("github");
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[1], old);
  EXPECT_EQ(run_gateway({"secret", "export", "github", "--dir", dir()}).out, both[0] + "\n");
  EXPECT_EQ(served(both), (std::vector<int>{202, 202}));
  // A third does not come before the first is gone.
  const auto third = run_gateway({"secret", "rotate", "github", "--dir", dir()});
  EXPECT_EQ(third.status, kCannot);
  EXPECT_NE(third.err.find("gateway secret retire github"), std::string::npos);
  EXPECT_EQ(texts("github"), both);
  ASSERT_EQ(run_gateway({"secret", "retire", "github", "--dir", dir()}).status, kOk);
  EXPECT_EQ(served(both), (std::vector<int>{202, 401}));
  EXPECT_EQ(run_gateway({"secret", "retire", "github", "--dir", dir()}).status, kCannot);
  EXPECT_EQ(texts("github"), std::vector<std::string>{both[0]});
  ASSERT_EQ(run_gateway({"secret", "rotate", "github", "--dir", dir()}).status, kOk);
  EXPECT_EQ(test::secrets_of(directory_, "github").front().name, "github/3");
}

TEST_F(Secrets, PutReplacesAndRotateTakesTheSendersOwn) {
  const std::string first = "signing-secret-of-the-sender-1";
  const std::string second = "signing-secret-of-the-sender-2";
  ASSERT_EQ(run_gateway({"secret", "put", "slack", "--dir", dir(), "--in", file("1", first + "\n")})
                .status,
            kOk);
  EXPECT_EQ(texts("slack"), std::vector<std::string>{first});
  const std::string in = file("2", second);
  ASSERT_EQ(run_gateway({"secret", "rotate", "slack", "--dir", dir(), "--in", in}).status, kOk);
  EXPECT_EQ(texts("slack"), (std::vector<std::string>{second, first}));
  // Standard input, by a shell as people do.
  const std::string command = "printf %s third-secret-by-a-pipe | '" GATEWAY_PROGRAM
                              "' secret put slack --dir '" +
                              dir() + "'";
  test::Child shell({"/bin/sh", "-c", command});
  EXPECT_EQ(shell.wait(), 0);
  EXPECT_EQ(texts("slack"), (std::vector<std::string>{"third-secret-by-a-pipe", first}));
}

TEST_F(Secrets, RefusesWhatIsWeakOpenOrMissing) {
  const auto before = texts("github");
  const auto put = [&](const std::string& in) {
    return run_gateway({"secret", "put", "github", "--dir", dir(), "--in", in});
  };
  const std::string open = file("open", "a-secret-of-enough-length");
  chmod(open.c_str(), 0644);
  for (const std::string& in :
       {open, file("short", "short"), file("empty", ""), file("uniform", std::string(32, 'a')),
        file("long", std::string(kMaxSecretBytes, 'a') + "bc"), dir(), dir() + "/none"}) {
    const auto ran = put(in);
    EXPECT_EQ(ran.status, kCannot) << in;
    EXPECT_NE(ran.err.find("gateway: "), std::string::npos) << in;
    EXPECT_EQ(ran.err.find("enough-length"), std::string::npos);
  }
  EXPECT_EQ(run_gateway({"secret", "rotate", "github", "--dir", dir(), "--in",
                         file("same", before.front())})
                .status,
            kCannot);
  EXPECT_EQ(texts("github"), before);
  EXPECT_EQ(run_gateway({"secret", "put", "stripe", "--dir", dir()}).status, kCannot);
}

TEST_F(Secrets, ListHasNamesVersionsAndAgesButNoValue) {
  ASSERT_EQ(run_gateway({"secret", "rotate", "github", "--dir", dir()}).status, kOk);
  const auto ran = run_gateway({"secret", "list", dir()});
  ASSERT_EQ(ran.status, kOk) << ran.err;
  const Json list = Json::parse(ran.out)["secrets"];
  std::vector<std::string> names;
  for (const Json& secret : list) {
    names.push_back(secret["name"]);
    EXPECT_EQ(secret["version"], 1);
    EXPECT_GE(secret["age_seconds"].get<int>(), 0);
    EXPECT_EQ(secret["newest"], secret["name"] != "github/1");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"github/2", "github/1", "slack/1", "paystack/1"}));
  for (const std::string_view endpoint : kEndpoints) {
    for (const std::string& text : texts(std::string(endpoint))) {
      EXPECT_EQ(ran.out.find(text), std::string::npos);
    }
  }
}

TEST_F(Secrets, ExportSaysInItsHelpWhatItDoes) {
  const auto help = run_gateway({"secret", "export", "--help"});
  EXPECT_EQ(help.status, kOk);
  EXPECT_NE(help.out.find("in clear"), std::string::npos);
  EXPECT_NE(help.out.find("pasting"), std::string::npos);
}

// Killed before each of its calls that change a file: the old secret is valid in any case, and the
// new one is there or not.
TEST_F(Secrets, RotateKilledAnywhereLosesNothing) {
  const std::size_t stride = test::kill_stride();
  std::size_t kills = 0;
  std::set<std::size_t> valid_after;
  for (std::size_t count = 1;; count += stride) {
    const std::string old = texts("github").front();
    const auto killed =
        run_gateway_killed_before(count, {"secret", "rotate", "github", "--dir", dir()});
    if (!killed) GTEST_SKIP() << "this system lets no process trace its child";
    const auto after = texts("github");
    if (!*killed) {
      EXPECT_EQ(after.size(), 2U);
      break;
    }
    ++kills;
    ASSERT_FALSE(after.empty());
    EXPECT_EQ(after.back(), old);
    ASSERT_LE(after.size(), 2U);
    valid_after.insert(after.size());
    if (after.size() == 2) {
      ASSERT_EQ(run_gateway({"secret", "retire", "github", "--dir", dir()}).status, kOk);
    }
  }
  EXPECT_GE(kills * stride, 5U);
  // Before the commit and after it: the kills were where they count.
  if (stride == 1) {
    EXPECT_EQ(valid_after, (std::set<std::size_t>{1, 2}));
  }
  EXPECT_EQ(served(texts("github")), (std::vector<int>{202, 202}));
}
