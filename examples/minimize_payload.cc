// minimize_payload: what of a webhook's JSON a policy lets out; see docs/payload.md.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>

#include "coefficient/core/encoding.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/payload/minimizer.h"
#include "coefficient/payload/policy.h"
#include "coefficient/version.h"

namespace {

namespace payload = coefficient::payload;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using coefficient::SecretBytes;
using nlohmann::ordered_json;

enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2 };

struct Arguments {
  std::string policy;
  std::string hmac_key_file;
  std::string show_policy;
  bool list_policies = false;
  bool report = false;
};

int complain(const std::string& message, int exit_code) {
  std::cerr << "minimize_payload: " << message << '\n';
  return exit_code;
}

Error unreadable(const std::string& path, const std::string& why) {
  return Error{ErrorCode::kInvalidArgument, "cannot read " + path + ": " + why};
}

// A policy or a key: neither has any business being larger than 1 MiB.
Result<std::string> read_small_file(const std::string& path) {
  constexpr std::size_t kMax = std::size_t{1} << 20U;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr) return unreadable(path, std::generic_category().message(errno));
  std::string text(kMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return unreadable(path, std::generic_category().message(errno));
  if (text.size() > kMax) return unreadable(path, "larger than 1 MiB");
  return text;
}

// The file holds the key's bytes, and one line feed (or CR LF) at its end is the editor's.
Result<SecretBytes> read_key(const std::string& path) {
  auto text = read_small_file(path);
  if (!text) return text.error();
  std::string_view view = *text;
  if (view.ends_with('\n')) view.remove_suffix(1);
  if (view.ends_with('\r')) view.remove_suffix(1);
  SecretBytes key = SecretBytes::copy_of(view);
  coefficient::wipe(std::as_writable_bytes(std::span(*text)));
  return key;
}

// The name of a built-in policy goes before a file of that name; "./slack" is the file.
Result<payload::Policy> load_policy(const std::string& name_or_file) {
  auto built_in = payload::built_in_policy(name_or_file);
  if (built_in) return built_in;
  const auto text = read_small_file(name_or_file);
  if (!text)
    return Error{text.error().code, built_in.error().message + "; " + text.error().message};
  return payload::Policy::parse(*text);
}

ordered_json report_json(const payload::Policy& policy, const payload::MinimizeReport& report) {
  ordered_json rules = ordered_json::array();
  for (std::size_t i = 0; i < policy.rules().size(); ++i)
    rules.push_back({{"pointer", policy.rules()[i].pointer}, {"kept", report.kept_by_rule[i]}});
  return {{"policy", policy.id()},
          {"policy_sha256", coefficient::hex_encode(policy.sha256())},
          {"input_bytes", report.input_bytes},
          {"output_bytes", report.output_bytes},
          {"input_leaves", report.input_leaves},
          {"kept_leaves", report.kept_leaves},
          {"dropped_leaves", report.dropped_leaves},
          {"containers_at_rules", report.containers_at_rules},
          {"hmacs", report.hmacs},
          {"truncated", report.truncated},
          {"rules", std::move(rules)}};
}

int print(std::string_view text) {
  std::cout << text << '\n' << std::flush;
  return std::cout ? kDone : complain("cannot write the output", kUsage);
}

int list_policies() {
  for (const std::string_view name : payload::built_in_policy_names()) std::cout << name << '\n';
  std::cout.flush();
  return std::cout ? kDone : complain("cannot write the output", kUsage);
}

int show_policy(const std::string& name) {
  const auto policy = load_policy(name);
  return policy ? print(policy->canonical_json()) : complain(policy.error().message, kUsage);
}

int minimize(const Arguments& arguments) {
  const auto policy = load_policy(arguments.policy);
  if (!policy) return complain(policy.error().message, kUsage);
  payload::MinimizeOptions options;
  std::optional<SecretBytes> key;
  if (!arguments.hmac_key_file.empty()) {
    auto read = read_key(arguments.hmac_key_file);
    if (!read) return complain(read.error().message, kUsage);
    if (read->size() < 16)
      return complain("the key in " + arguments.hmac_key_file + " is shorter than 16 bytes",
                      kUsage);
    key = *std::move(read);
    options.hmac_key = &*key;
  } else if (policy->needs_hmac_key()) {
    return complain("this policy has hmac rules: give --hmac-key-file", kUsage);
  }
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (std::cin.bad()) return complain("cannot read standard input", kUsage);
  const auto out = payload::minimize(text, *policy, options);
  if (!out)
    return complain(out.error().message,
                    out.error().code == ErrorCode::kInternal ? kUsage : kRefused);
  const int printed = print(out->json);
  if (printed == kDone && arguments.report)
    std::cerr << report_json(*policy, out->report).dump() << '\n';
  return printed;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  Arguments arguments;
  CLI::App app(
      "Reads the JSON of a webhook from standard input and writes what the policy lets out, and\n"
      "nothing else of it, to standard output.\n"
      "Exit status: 0 done, 1 the payload was refused, 2 usage or environment.",
      "minimize_payload");
  auto* what = app.add_option_group("what");
  what->add_option("--policy", arguments.policy, "A built-in policy, or a file with one in JSON")
      ->type_name("NAME|FILE");
  what->add_flag("--list-policies", arguments.list_policies,
                 "Write the names of the built-in ones");
  what->add_option("--show-policy", arguments.show_policy, "Write a policy in its canonical form")
      ->type_name("NAME|FILE");
  what->require_option(1);
  app.add_option("--hmac-key-file", arguments.hmac_key_file,
                 "Key for rules with \"transform\":\"hmac\", at least 16 bytes")
      ->type_name("FILE");
  app.add_flag("--report", arguments.report,
               "Write counts, the policy's id and hash as one line of JSON to standard error");
  app.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  if (arguments.list_policies) return list_policies();
  return arguments.show_policy.empty() ? minimize(arguments) : show_policy(arguments.show_policy);
}
