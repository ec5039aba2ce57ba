// A directory of the former layout, with its secrets in plain files.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "doctor.h"
#include "fixture.h"
#include "program.h"
#include "secret_import.h"

using namespace gateway;
using test::run_gateway;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

const std::string kNew(43, 'n');
const std::string kOld = "the-former-secret-of-github";
const std::string kSlack = "the-former-secret-of-slack";

class Import : public testing::Test {
 protected:
  // As `gateway init` once made it, with a rotation of github's under way.
  void make_former(const Directory& directory) {
    fs::create_directory(directory.root());
    chmod(directory.root().c_str(), 0700);
    fs::create_directory(directory.former_secrets());
    Json config = Json::parse(initial_config(0, {.kek_file = "/x", .shred_ledger = "/x"}));
    config.erase("vault");
    config.erase("admin");
    config["endpoints"].erase("paystack");
    config["endpoints"]["github"]["secret_files"] = {"github-new", "github"};
    config["endpoints"]["slack"]["secret_files"] = {"slack"};
    ASSERT_TRUE(write_new_file(directory.config(), config.dump(2)));
    ASSERT_TRUE(write_new_file(directory.former_secrets() / "github-new", kNew + "+\n"));
    ASSERT_TRUE(write_new_file(directory.former_secrets() / "github", kOld + "\n"));
    ASSERT_TRUE(write_new_file(directory.former_secrets() / "slack", kSlack));
    ASSERT_TRUE(Inbox::create(directory.database()));
  }
  static std::vector<std::string> texts(const Directory& directory, const char* endpoint) {
    std::vector<std::string> out;
    for (const auto& secret : test::secrets_of(directory, endpoint)) {
      out.push_back(test::text_of(secret.bytes));
    }
    return out;
  }
  static void expect_moved(const Directory& directory) {
    EXPECT_FALSE(fs::exists(directory.former_secrets()));
    EXPECT_EQ(texts(directory, "github"), (std::vector<std::string>{kNew + "+", kOld}));
    EXPECT_EQ(texts(directory, "slack"), std::vector<std::string>{kSlack});
  }
  static void expect_imported(const Directory& directory) {
    expect_moved(directory);
    EXPECT_TRUE(all_ok(examine(directory, coefficient::system_clock())))
        << doctor_text(examine(directory, coefficient::system_clock()));
  }

  test::TempDir temp_;
  Directory directory_{temp_.path() / "gateway"};
  std::string dir_ = directory_.root().string();
};

}  // namespace

TEST_F(Import, TheFormerLayoutIsRefusedWithTheCommandThatEndsIt) {
  make_former(directory_);
  const std::string command = "gateway secret import " + dir_;
  const std::string body = (temp_.path() / "body").string();
  ASSERT_TRUE(write_new_file(body, "{}"));
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"serve", dir_},
                                             {"replay", body, "--sign", "--dir", dir_},
                                             {"secret", "list", dir_},
                                             {"backup", dir_, (temp_.path() / "to").string()}}) {
    const auto ran = run_gateway(arguments);
    EXPECT_EQ(ran.status, 2) << arguments[0];
    EXPECT_NE(ran.err.find(command + "\n"), std::string::npos) << ran.err;
  }
  const auto checks = examine(directory_, coefficient::system_clock());
  const auto found = std::ranges::find(checks, "secrets", &Check::name);
  ASSERT_NE(found, checks.end());
  EXPECT_EQ(found->fix, "run: gateway secret import '" + dir_ + "'");
  EXPECT_EQ(std::ranges::count(checks, false, &Check::ok), 1);
}

TEST_F(Import, MovesTheSecretsAndWipesTheFiles) {
  make_former(directory_);
  // A second name for a file shows what became of its content.
  fs::create_hard_link(directory_.former_secrets() / "github", temp_.path() / "witness");
  const auto ran = run_gateway({"secret", "import", dir_});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("removed: 3 files"), std::string::npos) << ran.out;
  expect_imported(directory_);
  EXPECT_EQ(test::read_text(temp_.path() / "witness"), std::string(kOld.size() + 1, '\0'));
  EXPECT_EQ(run_gateway({"secret", "import", dir_}).status, 2);
}

TEST_F(Import, DestroysNothingThatItDoesNotKeep) {
  make_former(directory_);
  const auto expect_refused = [&](const std::string& name) {
    const auto imported = import_secrets(directory_, {}, coefficient::system_clock());
    ASSERT_FALSE(imported);
    EXPECT_NE(imported.error().message.find(name), std::string::npos) << imported.error().message;
    EXPECT_EQ(test::read_text(directory_.former_secrets() / "github"), kOld + "\n");
  };
  const fs::path other = directory_.former_secrets() / "other";
  ASSERT_TRUE(write_new_file(other, "unlisted-secret-of-somebody"));
  expect_refused("other");
  fs::remove(other);
  fs::create_symlink(temp_.path(), other);
  expect_refused("other");
  fs::remove(other);
  chmod((directory_.former_secrets() / "slack").c_str(), 0644);
  expect_refused("slack");
  fs::remove(directory_.former_secrets() / "slack");
  expect_refused("slack");
  ASSERT_TRUE(write_new_file(directory_.former_secrets() / "slack", "short"));
  expect_refused("slack");
  fs::remove(directory_.former_secrets() / "slack");
  ASSERT_TRUE(write_new_file(directory_.former_secrets() / "slack", kSlack));
  {
    auto lock = DirectoryLock::acquire(directory_);
    ASSERT_TRUE(lock);
    expect_refused("another gateway serves");
  }
  ASSERT_TRUE(import_secrets(directory_, {}, coefficient::system_clock()));
  expect_imported(directory_);
  // What turns up later is not in the vault, and stays.
  fs::create_directory(directory_.former_secrets());
  ASSERT_TRUE(write_new_file(directory_.former_secrets() / "github", kOld + "x"));
  EXPECT_EQ(import_secrets(directory_, {}, coefficient::system_clock()).error().code,
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(test::read_text(directory_.former_secrets() / "github"), kOld + "x");
}

TEST_F(Import, KilledAnywhereItGoesOn) {
  const std::size_t stride = 2 * test::kill_stride();  // each round waits for the disk
  std::size_t kills = 0;
  for (std::size_t count = 1;; count += stride) {
    const Directory directory(temp_.path() / std::to_string(count));
    ASSERT_NO_FATAL_FAILURE(make_former(directory));
    const auto killed =
        test::run_gateway_killed_before(count, {"secret", "import", directory.root().string()});
    if (!killed) GTEST_SKIP() << "this system lets no process trace its child";
    if (*killed && fs::exists(directory.former_secrets())) {
      ++kills;
      const auto imported = import_secrets(directory, {}, coefficient::system_clock());
      ASSERT_TRUE(imported) << count << ": " << imported.error().message;
    }
    expect_moved(directory);
    if (!*killed) {
      expect_imported(directory);
      break;
    }
  }
  EXPECT_GE(kills * stride, 30U);
}
