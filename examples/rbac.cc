// rbac: asks a policy who may do what; see docs/rbac.md.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/rbac/authorizer.h"
#include "coefficient/version.h"

namespace {

namespace rbac = coefficient::rbac;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using nlohmann::ordered_json;

enum ExitCode { kAllowed = 0, kRefused = 1, kUsage = 2 };

struct Arguments {
  std::string policy_file;
  std::string principal;
  std::vector<std::string> roles;
  std::string claims_file;
  std::string permission;
  std::string tenant;
  bool global = false;
  std::string grants_file;
  std::optional<std::int64_t> now;
};

int complain(const std::string& message) {
  std::cerr << "rbac: " << message << '\n';
  return kUsage;
}

// Up to 64 MiB, the largest text that the library takes.
Result<std::string> read_file(const std::string& path) {
  constexpr std::size_t kMax = std::size_t{64} << 20U;
  const auto unreadable = [&](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument, "cannot read " + path + ": " + why};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr) return unreadable(std::generic_category().message(errno));
  std::string text;
  for (char chunk[1 << 16]; text.size() <= kMax;) {
    const std::size_t n = std::fread(chunk, 1, sizeof chunk, file.get());
    if (n == 0) break;
    text.append(chunk, n);
  }
  if (std::ferror(file.get()) != 0) return unreadable(std::generic_category().message(errno));
  if (text.size() > kMax) return unreadable("larger than 64 MiB");
  return text;
}

int print(const ordered_json& line, int exit_code) {
  // What is shown of the arguments need not be UTF-8.
  std::cout << line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) << '\n'
            << std::flush;
  return std::cout ? exit_code : complain("cannot write the output");
}

// The tool makes no change that outlives it, so there is nothing to write down.
class NoLog final : public rbac::Observer {
 public:
  Result<> record(const rbac::Event&) override { return {}; }
};

class FixedClock final : public coefficient::Clock {
 public:
  explicit FixedClock(std::optional<std::int64_t> now) : now_(now) {}
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override {
    return now_ ? std::chrono::system_clock::time_point(std::chrono::seconds(*now_))
                : coefficient::system_clock().now();
  }

 private:
  std::optional<std::int64_t> now_;
};

Result<rbac::Policy> load_policy(const Arguments& arguments) {
  const auto text = read_file(arguments.policy_file);
  if (!text) return text.error();
  return rbac::Policy::parse(*text);
}

Result<rbac::Principal> principal_of(const Arguments& arguments, const rbac::Policy& policy,
                                     const rbac::Scope& scope) {
  rbac::Principal who{arguments.principal};
  if (!arguments.claims_file.empty()) {
    const auto claims = read_file(arguments.claims_file);
    if (!claims) return claims.error();
    auto read = policy.principal_from_claims(*claims);
    if (!read) return read.error();
    who = *std::move(read);
  }
  for (const std::string& role : arguments.roles) who.roles.push_back({role, scope});
  return who;
}

ordered_json to_json(const rbac::Decision& decision, const rbac::Principal& who) {
  ordered_json out{
      {"allowed", decision.allowed}, {"reason", to_string(decision.reason)}, {"principal", who.id}};
  if (decision.allowed) {
    out["role"] = decision.role;
    out["from"] = decision.from;
    out["pattern"] = decision.pattern;
  } else {
    out["considered"] = decision.considered;
  }
  if (!decision.grant.empty()) {
    out["grant"] = decision.grant;
    out["until"] = decision.until.time_since_epoch().count();
  }
  out["text"] = explain(decision);
  return out;
}

int decide(const Arguments& arguments, bool with_explanation) {
  const auto policy = load_policy(arguments);
  if (!policy) return complain(policy.error().message);
  const rbac::Scope scope =
      arguments.global ? rbac::Scope::global() : rbac::Scope::tenant(arguments.tenant);
  const auto who = principal_of(arguments, *policy, scope);
  if (!who) return complain(who.error().message);
  std::string grants;
  if (!arguments.grants_file.empty()) {
    auto text = read_file(arguments.grants_file);
    if (!text) return complain(text.error().message);
    grants = *std::move(text);
    if (grants.empty()) return complain(arguments.grants_file + " is empty");
  }
  NoLog log;
  const FixedClock clock(arguments.now);
  const auto authorizer = rbac::Authorizer::create(*policy, "rbac tool", log,
                                                   {.max_grants = 16384, .grants = grants}, clock);
  if (!authorizer) return complain(authorizer.error().message);
  const rbac::Decision decision = (*authorizer)->authorize(*who, arguments.permission, scope);
  return print(
      with_explanation ? to_json(decision, *who) : ordered_json{{"allowed", decision.allowed}},
      decision.allowed ? kAllowed : kRefused);
}

int validate(const Arguments& arguments) {
  const auto text = read_file(arguments.policy_file);
  if (!text) return complain(text.error().message);
  const auto policy = rbac::Policy::parse(*text);
  if (!policy) {
    std::cerr << "rbac: " << policy.error().message << '\n';
    return print({{"valid", false}}, kRefused);
  }
  return print({{"valid", true},
                {"id", policy->id()},
                {"sha256", coefficient::hex_encode(policy->sha256())}},
               kAllowed);
}

void add_question(CLI::App& command, Arguments& arguments) {
  command.add_option("POLICY", arguments.policy_file, "File with the policy")->required();
  auto* who = command.add_option_group("who");
  who->add_option("--principal", arguments.principal, "Id of who asks")->type_name("ID");
  who->add_option("--claims", arguments.claims_file,
                  "File with the claims of their token, which is not verified here")
      ->type_name("FILE");
  who->require_option(1);
  command
      .add_option("--role", arguments.roles,
                  "A role that they hold in the scope, besides those of the policy")
      ->type_name("ROLE");
  command.add_option("--permission", arguments.permission, "What they want to do")
      ->type_name("RESOURCE:ACTION")
      ->required();
  auto* where = command.add_option_group("where");
  where->add_option("--tenant", arguments.tenant, "In this tenant")->type_name("NAME");
  where->add_flag("--global", arguments.global, "In the global scope");
  where->require_option(1);
  command.add_option("--grants", arguments.grants_file, "File with exported grants")
      ->type_name("FILE");
  command
      .add_option("--now", arguments.now, "Seconds since 1970 instead of the clock, for the grants")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{4'000'000'000}))
      ->type_name("SECONDS");
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  Arguments arguments;
  CLI::App app(
      "Asks a policy who may do what. Writes one line of JSON to standard output.\n"
      "Exit status: 0 allowed or valid, 1 denied or invalid, 2 usage or environment.",
      "rbac");
  app.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
  app.require_subcommand(1);
  auto* check = app.add_subcommand("check", "Whether a principal may do something");
  auto* explain = app.add_subcommand("explain", "The same, and why or why not");
  auto* validation = app.add_subcommand("validate", "Whether a policy is one");
  add_question(*check, arguments);
  add_question(*explain, arguments);
  validation->add_option("POLICY", arguments.policy_file, "File with the policy")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kAllowed : kUsage;
  }
  return validation->parsed() ? validate(arguments) : decide(arguments, explain->parsed());
}
