// jwt: makes keys, signs, verifies and shows JSON Web Tokens. See docs/jwt.md.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>

#include "arguments.h"
#include "coefficient/version.h"
#include "io.h"
#include "whole_number.h"

namespace jwt_tool {
namespace {

using Command = int (*)(const Arguments&);

CLI::Validator seconds(std::int64_t max) {
  return CLI::Range(std::int64_t{0}, max);
}

/// One command line: the application, what it parsed, and which command was asked for.
class CommandLine {
 public:
  CommandLine()
      : app_(
            "Makes keys, signs, verifies and shows JSON Web Tokens (RFC 7519).\n"
            "Exit status: 0 done or valid, 1 refused, 2 usage or configuration.\n"
            "jwt COMMAND --help tells more.",
            "jwt") {
    app_.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
    app_.require_subcommand(1);
    define_keygen();
    define_sign();
    define_verify();
    add("inspect",
        "Show the token on standard input as it is. NOTHING IS VERIFIED: anyone can write one",
        inspect);
    CLI::App* const sub = add("thumbprint", "Print a key's thumbprint (RFC 7638)", thumbprint);
    add_key(sub, "A key: PEM, or JWK");
    add_algorithm(sub);
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? kDone : kUsage;
    }
    return command_(a_);
  }

 private:
  CLI::App* add(const char* name, const char* description, Command command) {
    CLI::App* const sub = app_.add_subcommand(name, description);
    sub->callback([this, command] { command_ = command; });
    return sub;
  }
  CLI::Option* add_algorithm(CLI::App* sub) {
    return sub->add_option("--alg", a_.algorithm, "E.g. ES256; a JWK may have its own");
  }
  void add_key(CLI::App* sub, const char* what) {
    CLI::Option_group* const group = sub->add_option_group("key");
    group->add_option("--key", a_.key_file, what)->type_name("FILE");
    group
        ->add_option("--secret-file", a_.secret_file,
                     "An HMAC secret: all bytes of a file but one line feed at its end")
        ->type_name("FILE");
    group->require_option(1);
  }
  void add_list(CLI::App* sub, const char* name, std::vector<std::string>& values,
                const char* what) {
    sub->add_option(name, values, what)->expected(1)->take_all();
  }

  void define_keygen() {
    CLI::App* const sub =
        add("keygen",
            "Make a key. With --out the private JWK goes to that file and the public one to\n"
            "standard output; without, the private one goes to standard output",
            keygen);
    add_algorithm(sub)->required();
    sub->add_option("--kid", a_.kid, "The key's id; default: its thumbprint");
    sub->add_option("--bits", a_.rsa_bits, "Of an RSA modulus; default: 3072")
        ->check(examples::whole_number())
        ->check(CLI::Range(2048, 8192));
    sub->add_option("--out", a_.out_file, "A new file, of mode 0600")->type_name("FILE");
  }

  void define_sign() {
    CLI::App* const sub = add(
        "sign", "Sign the claims on standard input, one JSON object, and print the token", sign);
    add_key(sub, "A private key: PEM, or JWK");
    add_algorithm(sub);
    sub->add_option("--kid", a_.kid, "The key's id, for PEM and --secret-file");
    sub->add_option("--typ", a_.type, "The header's typ; default: JWT");
    sub->add_option("--expires-in", a_.expires_in, "Set iat to now and exp so many seconds later")
        ->check(seconds(std::int64_t{100} * 366 * 86400));
    sub->add_option("--now", a_.now, "The time for that, in Unix seconds (default: the clock)")
        ->check(seconds(9'000'000'000));
    sub->add_flag("--no-exp", a_.no_exp, "Also sign claims without exp");
  }

  void define_verify() {
    CLI::App* const sub =
        add("verify",
            "Verify the token on standard input and print one line of JSON, {\"valid\":true,\n"
            "\"claims\":{...}} or {\"valid\":false,\"reason\":\"...\"}. Claims with an aud need "
            "--aud",
            verify);
    add_key(sub, "The keys that are trusted: PEM, JWK or a JWK set");
    add_algorithm(sub);
    add_list(sub, "--iss", a_.issuers, "iss must be this; repeatable");
    add_list(sub, "--aud", a_.audiences, "An aud must be this; repeatable");
    add_list(sub, "--require", a_.required, "A claim that must be there; repeatable");
    sub->add_option("--typ", a_.type, "typ must be this (default: JWT, or absent)");
    sub->add_option("--now", a_.now, "The time to judge by, in Unix seconds (default: the clock)")
        ->check(seconds(9'000'000'000));
    sub->add_option("--leeway", a_.leeway, "Seconds that clocks may differ (default: 30)")
        ->check(seconds(3600));
    sub->add_option("--max-age", a_.max_age, "iat must be at most so many seconds ago")
        ->check(seconds(std::int64_t{100} * 366 * 86400));
    sub->add_flag("--no-exp", a_.no_exp, "Also accept claims without exp");
  }

  CLI::App app_;
  Arguments a_;
  Command command_ = nullptr;
};

}  // namespace
}  // namespace jwt_tool

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  return jwt_tool::CommandLine().run(argc, argv);
}
