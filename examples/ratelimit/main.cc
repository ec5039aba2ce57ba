// ratelimit: tries policies out, on a script or under load. See docs/ratelimit.md.
#include <CLI/CLI.hpp>
#include <iostream>
#include <new>
#include <optional>

#include "coefficient/version.h"
#include "commands.h"
#include "whole_number.h"

namespace ratelimit_tool {

int fail(ExitCode code, const std::string& message) {
  std::cerr << "ratelimit: " << message << '\n';
  return code;
}

namespace {

namespace rl = coefficient::ratelimit;

struct Arguments {
  std::vector<std::string> policies;
  std::string algorithm;
  std::optional<std::string> redis;
  std::string redis_prefix = "ratelimit-simulate:";
  LoadOptions load;
};

/// Returns the text of a policy with this algorithm instead of its own: what the other members must
/// be, and what they are where they are missing, depends on it.
std::string with_algorithm(std::string_view text, const std::string& algorithm) {
  constexpr std::string_view kMember = "algorithm=";
  std::string out;
  for (bool more = true; more;) {
    const std::size_t end = text.find(';');
    const std::string_view member = text.substr(0, end);
    if (!member.starts_with(kMember)) out.append(member).append(1, ';');
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + 1);
  }
  return out.append(kMember).append(algorithm);
}

coefficient::Result<std::vector<rl::Policy>> read_policies(const Arguments& arguments) {
  std::vector<rl::Policy> out;
  for (const std::string& text : arguments.policies) {
    auto policy = rl::parse_policy(
        arguments.algorithm.empty() ? text : with_algorithm(text, arguments.algorithm));
    if (!policy) return policy.error();
    out.push_back(*std::move(policy));
  }
  return out;
}

coefficient::Result<std::unique_ptr<Target>> make_target(std::vector<rl::Policy> policies,
                                                         const Arguments& arguments) {
#ifdef RATELIMIT_TOOL_HAS_REDIS
  if (arguments.redis)
    return make_redis_target(std::move(policies), *arguments.redis, arguments.redis_prefix);
#endif
  return make_local_target(std::move(policies), arguments.load.max_keys);
}

int run_simulate(const Arguments& arguments) {
  auto policies = read_policies(arguments);
  if (!policies) return fail(kUsage, policies.error().message);
  auto target = make_target(*std::move(policies), arguments);
  if (!target) return fail(kUsage, target.error().message);
  return simulate(**target);
}

int run_load(const Arguments& arguments) {
  const auto policies = read_policies(arguments);
  if (!policies) return fail(kUsage, policies.error().message);
  return load(policies->front(), arguments.load);
}

CLI::App* add_command(CLI::App& app, Arguments& arguments, const char* name, const char* text,
                      int most_policies) {
  CLI::App* const command = app.add_subcommand(name, text);
  command
      ->add_option("--policy", arguments.policies,
                   "E.g. 'name=burst;limit=10;period=1s;burst=5'; what else there is tells\n"
                   "docs/ratelimit.md. Repeated: tiers, of which a request must pass all")
      ->required()
      ->expected(1, most_policies)
      ->type_name("TEXT");
  command
      ->add_option("--algorithm", arguments.algorithm, "Of all policies, whatever their text says")
      ->check(CLI::IsMember({"gcra", "sliding"}));
  command->add_option("--max-keys", arguments.load.max_keys, "How many keys may owe at once")
      ->check(examples::whole_number())
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 36U));
  return command;
}

}  // namespace

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Tries rate limit policies out.\n"
      "Exit status: 0 done, 1 a key was granted more than its policy, 2 usage or environment.",
      "ratelimit");
  app.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
  app.require_subcommand(1);
  CLI::App* const simulate = add_command(
      app, arguments, "simulate",
      "Read lines TIME_NS KEY COST|peek|refund=N, and write a decision a line as JSON", 16);
#ifdef RATELIMIT_TOOL_HAS_REDIS
  simulate
      ->add_option("--redis", arguments.redis,
                   "Count in this server, by the script's times. What was counted stays there for\n"
                   "an hour and more: another run with the same keys goes on from it")
      ->type_name("unix:PATH|HOST:PORT");
  simulate
      ->add_option("--redis-prefix", arguments.redis_prefix,
                   "What its keys there begin with; default: ratelimit-simulate:")
      ->type_name("TEXT");
#endif
  CLI::App* const load = add_command(app, arguments, "load",
                                     "Ask from several threads on the real clock, and compare what "
                                     "was granted with the bound",
                                     1);
  load->add_option("--threads", arguments.load.threads, "How many; default: 4")
      ->check(examples::whole_number())
      ->check(CLI::Range(1, 1024));
  load->add_option("--checks", arguments.load.checks, "Of each thread; default: 1000000")
      ->check(examples::whole_number())
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 40U));
  load->add_option("--keys", arguments.load.keys, "How many; default: 1")
      ->check(examples::whole_number())
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 28U));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  try {
    return simulate->parsed() ? run_simulate(arguments) : run_load(arguments);
  } catch (const std::bad_alloc&) {
    return fail(kUsage, "out of memory");
  }
}

}  // namespace ratelimit_tool

// NOLINTNEXTLINE(bugprone-exception-escape): std::bad_alloc while the arguments are read
int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  return ratelimit_tool::run(argc, argv);
}
