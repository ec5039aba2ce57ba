#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "admin_fixture.h"
#include "coefficient/core/encoding.h"
#include "doctor.h"
#include "program.h"

using namespace gateway;

namespace {

class Token : public test::AdminTest {
 protected:
  test::Ran run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"token", directory_.root().string()});
    return test::run_gateway(std::move(arguments));
  }
  std::vector<std::string> failures() {
    std::vector<std::string> names;
    for (const Check& check : examine(directory_, coefficient::system_clock())) {
      if (!check.ok) names.push_back(check.name);
    }
    return names;
  }
};

nlohmann::json part(const std::string& token, int which) {
  std::size_t begin = 0;
  for (int i = 0; i < which; ++i) begin = token.find('.', begin) + 1;
  const auto bytes =
      coefficient::base64url_decode(token.substr(begin, token.find('.', begin) - begin));
  if (!bytes) return {};
  return nlohmann::json::parse(
      std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()), nullptr, false);
}

}  // namespace

TEST_F(Token, PrintsATokenAndNothingElse) {
  const auto ran = run(
      {"--role", "viewer", "--role", "operator", "--subject", "ann@example.com", "--ttl", "60"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 1);
  EXPECT_EQ(std::ranges::count(ran.out, '.'), 2);
  const auto header = part(ran.out, 0);
  EXPECT_EQ(header["alg"], "EdDSA");
  EXPECT_EQ(header["typ"], "gateway-admin+jwt");
  const auto claims = part(ran.out, 1);
  EXPECT_EQ(claims["iss"], "gateway");
  EXPECT_EQ(claims["aud"], "gateway-admin");
  EXPECT_EQ(claims["sub"], "ann@example.com");
  EXPECT_EQ(claims["roles"], nlohmann::json({"viewer", "operator"}));
  EXPECT_EQ(claims["exp"].get<std::int64_t>() - claims["iat"].get<std::int64_t>(), 60);
  EXPECT_EQ(claims["jti"].get<std::string>().size(), 32U);
  start();
  const std::string token = ran.out.substr(0, ran.out.size() - 1);
  EXPECT_EQ(test::status_of(get("/admin/deliveries", token)), 200);
}

TEST_F(Token, TakesTheDirectoryLastToo) {
  const auto ran = test::run_gateway({"token", "--role", "viewer", directory_.root().string()});
  EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST_F(Token, LivesAnHourUnlessTold) {
  const auto ran = run({"--role", "admin"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto claims = part(ran.out, 1);
  EXPECT_EQ(claims["exp"].get<std::int64_t>() - claims["iat"].get<std::int64_t>(), 3600);
  EXPECT_TRUE(claims["sub"].get<std::string>().starts_with("uid-"));
}

TEST_F(Token, RefusesWhatNoTokenShouldSay) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"--role", "root"},
           {"--role", "viewer", "--role", "root"},
           {"--role", "viewer", "--ttl", "0"},
           {"--role", "viewer", "--ttl", "-1"},
           {"--role", "viewer", "--ttl", "28801"},
           {"--role", "viewer", "--subject", "a\nb"},
           {"--role", "viewer", "--new-key"},
       }) {
    const auto ran = run(arguments);
    EXPECT_EQ(ran.status, 2) << testing::PrintToString(arguments);
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err, "");
  }
}

TEST_F(Token, ANewKeyEndsTheTokensOfBefore) {
  const std::string before = token({"viewer"});
  ASSERT_EQ(run({"--new-key"}).status, 0);
  const auto ran = run({"--role", "viewer"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  start();
  EXPECT_EQ(test::status_of(get("/admin/deliveries", before)), 401);
  EXPECT_EQ(test::status_of(get("/admin/deliveries", ran.out.substr(0, ran.out.size() - 1))), 200);
}

TEST_F(Token, DoctorFindsAnAdminSideThatIsNotWell) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(failures(), Names{});
  test::with_vault(directory_, [](auto& vault) {
    ASSERT_TRUE(vault.remove({"gateway", "admin_key", "admin"}));
  });
  EXPECT_EQ(failures(), Names{"admin key"});
  EXPECT_EQ(run({"--role", "viewer"}).status, 2);
  ASSERT_EQ(run({"--new-key"}).status, 0);
  EXPECT_EQ(failures(), Names{});
  const auto path = temp_.path() / "policy.json";
  edit([&](auto& c) { c["admin"]["policy_file"] = path.string(); });
  EXPECT_EQ(failures(), Names{"admin policy"});
  ASSERT_TRUE(write_new_file(path, R"({"id":"p","roles":[],"assignments":[],"claims":[]})"));
  EXPECT_EQ(failures(), Names{"admin policy"});  // no mapping for the gateway's tokens
  std::ofstream(path, std::ios::trunc)
      << R"({"id":"p","roles":[{"name":"v","scope":"global","permissions":["delivery:list"]}],
      "assignments":[],"claims":[{"issuer":"gateway","prefix":"t:","roles":[]}]})";
  EXPECT_EQ(failures(), Names{});
  std::filesystem::permissions(path, std::filesystem::perms::group_write,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(failures(), Names{"admin policy"});
  // Without the section there is nothing to check, and nothing to mint for.
  edit([](auto& c) { c.erase("admin"); });
  EXPECT_EQ(failures(), Names{});
  EXPECT_EQ(run({"--role", "viewer"}).status, 2);
}
