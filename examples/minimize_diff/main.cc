// Reads a diff from standard input and writes what may leave the host: see docs/diff.md.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "coefficient/diff/github_files.h"
#include "coefficient/diff/manifest.h"
#include "coefficient/diff/minimizer.h"
#include "coefficient/diff/policy.h"
#include "coefficient/diff/summary.h"
#include "coefficient/version.h"
#include "explain.h"
#include "summary_json.h"
#include "whole_number.h"

namespace {

namespace diff = coefficient::diff;
using coefficient::Error;
using coefficient::Result;

enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2 };

struct Arguments {
  std::string title;
  std::string description_file;
  diff::InputFormat format = diff::InputFormat::kGit;
  std::string policy_file;
  std::optional<std::uint64_t> budget_bytes;
  std::optional<std::uint64_t> budget_tokens;
  bool no_redact = false;
  bool collapse_whitespace = false;
  diff::AnnouncedCounts announced;
  std::string manifest_file;
  std::string verified_manifest;
  std::string verified_output;
  bool explain = false;
  bool show_policy = false;
  bool summary = false;
};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

int fail(ExitCode code, const std::string& message) {
  std::cerr << "minimize_diff: " << message << '\n';
  return code;
}

int refuse(const Error& error) {
  const bool environment = error.code == coefficient::ErrorCode::kInternal;
  return fail(environment ? kUsage : kRefused, error.message);
}

int print(const std::string& json) {
  std::cout << json << '\n';
  std::cout.flush();
  return std::cout ? kDone : fail(kUsage, "cannot write the output");
}

std::optional<std::string> read_all(std::istream& in) {
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return text;
}

// An empty name is an empty text; nothing if the file cannot be read, which is then said.
std::optional<std::string> read_file(const std::string& name) {
  if (name.empty()) return "";
  std::ifstream in(name, std::ios::binary);
  std::optional<std::string> text = in ? read_all(in) : std::nullopt;
  if (!text) (void)fail(kUsage, "cannot read " + name);
  return text;
}

bool write_file(const std::string& name, const std::string& text) {
  std::ofstream out(name, std::ios::binary | std::ios::trunc);
  out << text << '\n';
  out.close();
  if (out) return true;
  (void)fail(kUsage, "cannot write " + name);
  return false;
}

Result<diff::Policy> policy_of(const Arguments& arguments, const std::string& text) {
  diff::Policy policy;
  if (!arguments.policy_file.empty()) {
    Result<diff::Policy> read = diff::parse_policy(text);
    if (!read) return read.error();
    policy = *std::move(read);
  }
  if (arguments.budget_bytes) policy.budget_bytes = *arguments.budget_bytes;
  if (arguments.budget_tokens) policy.budget_tokens = *arguments.budget_tokens;
  if (arguments.collapse_whitespace) policy.collapse_whitespace = true;
  if (arguments.no_redact) {
    policy.redaction = {};
    policy.redaction.builtin = false;
  }
  return policy;
}

int summarize(const Arguments& arguments, const std::string& text) {
  if (arguments.format == diff::InputFormat::kGithubFiles) {
    const auto listed = diff::parse_github_files(text);
    if (!listed) return refuse(listed.error());
    const auto files = diff::summarize(*listed);
    return files ? print(summary_json(*files)) : refuse(files.error());
  }
  const auto files = diff::summarize(bytes_of(text));
  return files ? print(summary_json(*files)) : refuse(files.error());
}

int verify(const Arguments& arguments, const diff::Minimizer& minimizer,
           const diff::Change& change) {
  const std::optional<std::string> manifest = read_file(arguments.verified_manifest);
  const std::optional<std::string> output = read_file(arguments.verified_output);
  if (!manifest || !output) return kUsage;
  // The tool itself ends both files with a newline.
  const auto without_newline = [](std::string_view text) {
    return text.substr(0, text.size() - (text.ends_with('\n') ? 1 : 0));
  };
  const auto found = diff::verify_manifest(
      without_newline(*manifest), minimizer, change,
      arguments.verified_output.empty() ? std::nullopt : std::optional(without_newline(*output)));
  if (!found) return refuse(found.error());
  const bool valid = *found == diff::ManifestMismatch::kNone;
  const std::string reason(to_string(*found));
  const int printed = print(valid ? R"({"valid":true})"
                                  : nlohmann::json{{"valid", false}, {"reason", reason}}.dump());
  return printed == kDone && !valid ? kRefused : printed;
}

int minimize(const Arguments& arguments, const diff::Minimizer& minimizer,
             const diff::Change& change) {
  const bool manifest = arguments.explain || !arguments.manifest_file.empty();
  const auto out = manifest ? minimizer.minimize_with_manifest(change) : minimizer.minimize(change);
  if (!out) return refuse(out.error());
  // The receipt first: nothing may leave without it.
  if (!arguments.manifest_file.empty() && !write_file(arguments.manifest_file, out->manifest))
    return kUsage;
  if (arguments.explain) std::cerr << explain(out->manifest);
  return print(out->json);
}

int run(const Arguments& arguments) {
  const std::optional<std::string> policy_text = read_file(arguments.policy_file);
  const std::optional<std::string> description = read_file(arguments.description_file);
  if (!policy_text || !description) return kUsage;
  const Result<diff::Policy> policy = policy_of(arguments, *policy_text);
  if (!policy) return fail(kUsage, policy.error().message);
  const Result<diff::Minimizer> minimizer = diff::Minimizer::create(*policy);
  if (!minimizer) return fail(kUsage, minimizer.error().message);
  if (arguments.show_policy) {
    const Result<std::string> json = diff::canonical_json(*policy);
    return json ? print(*json) : fail(kUsage, json.error().message);
  }
  const std::optional<std::string> text = read_all(std::cin);
  if (!text) return fail(kUsage, "cannot read standard input");
  if (arguments.summary) return summarize(arguments, *text);
  const diff::Change change{.title = arguments.title,
                            .description = *description,
                            .diff = bytes_of(*text),
                            .format = arguments.format,
                            .announced = arguments.announced};
  return arguments.verified_manifest.empty() ? minimize(arguments, *minimizer, change)
                                             : verify(arguments, *minimizer, change);
}

void add_input_options(CLI::App& app, Arguments& arguments) {
  const std::map<std::string, diff::InputFormat> formats{
      {"git", diff::InputFormat::kGit},
      {"mbox", diff::InputFormat::kMbox},
      {"github-files", diff::InputFormat::kGithubFiles}};
  app.add_option("--title", arguments.title, "Title of the change")->group("Input");
  app.add_option("--description-file", arguments.description_file,
                 "File with the description of the change")
      ->type_name("FILE")
      ->group("Input");
  app.add_option("--format", arguments.format,
                 "git: what git diff, show and log write (default); mbox: what git format-patch\n"
                 "writes; github-files: JSON of GitHub's list of pull request files")
      ->type_name("git|mbox|github-files")
      ->transform(CLI::Transformer(formats))
      ->group("Input");
  app.add_option("--announced-files", arguments.announced.files,
                 "How many files the change has; the output says if the diff has others")
      ->check(examples::whole_number())
      ->type_name("N")
      ->group("Input");
  app.add_option("--announced-additions", arguments.announced.additions, "Likewise, added lines")
      ->check(examples::whole_number())
      ->type_name("N")
      ->group("Input");
  app.add_option("--announced-deletions", arguments.announced.deletions, "Likewise, removed lines")
      ->check(examples::whole_number())
      ->type_name("N")
      ->group("Input");
}

void add_policy_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--policy", arguments.policy_file, "What may leave, as JSON (see --show-policy)")
      ->type_name("FILE")
      ->group("Policy");
  app.add_option("--budget-bytes", arguments.budget_bytes, "The most that the output may have")
      ->check(examples::whole_number())
      ->type_name("N")
      ->group("Policy");
  app.add_option("--budget-tokens", arguments.budget_tokens, "Likewise, estimated at 3 bytes each")
      ->check(examples::whole_number())
      ->type_name("N")
      ->group("Policy");
  app.add_flag("--collapse-whitespace", arguments.collapse_whitespace,
               "Leave out pairs of lines that differ only in whitespace")
      ->group("Policy");
  app.add_flag("--no-redact", arguments.no_redact, "Leave secrets as they are")->group("Policy");
  app.add_flag("--show-policy", arguments.show_policy,
               "Write the policy in force with all its members, read no diff")
      ->group("Policy");
}

void add_output_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--manifest", arguments.manifest_file,
                 "Write the receipt of what left to this file, before the output")
      ->type_name("FILE")
      ->group("Output");
  CLI::Option* const verified =
      app.add_option("--verify-manifest", arguments.verified_manifest,
                     "Check this receipt against the diff, title, description and policy given;\n"
                     "writes {\"valid\":true} or {\"valid\":false,\"reason\":...}")
          ->type_name("FILE")
          ->group("Output");
  app.add_option("--output", arguments.verified_output,
                 "With --verify-manifest: check that this is the output, too")
      ->type_name("FILE")
      ->needs(verified)
      ->group("Output");
  app.add_flag("--explain", arguments.explain,
               "Also write a table of what was kept, withheld and redacted to standard error")
      ->group("Output");
  app.add_flag("--summary", arguments.summary,
               "Write names, modes, counts, line ranges and hashes of each file instead")
      ->group("Output");
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  Arguments arguments;
  CLI::App app(
      "Reads a diff from standard input and writes JSON with what of it may leave the host - its\n"
      "changed lines, without secrets - to standard output.\n"
      "Exit status: 0 done, 1 the diff (or the manifest) was refused, 2 usage or environment.",
      "minimize_diff");
  add_input_options(app, arguments);
  add_policy_options(app, arguments);
  add_output_options(app, arguments);
  app.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return run(arguments);
}
