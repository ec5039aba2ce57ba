#include "coefficient/diff/minimizer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/diff/exclusions.h"
#include "coefficient/diff/github_files.h"
#include "core/bytes_of.h"
#include "core/crypto/digest.h"
#include "diff/bytes16.h"
#include "diff/manifest_writer.h"
#include "diff/pack.h"
#include "diff/policy_check.h"
#include "diff/serializer.h"
#include "diff/shaper.h"
#include "diff/walk.h"
#include "diff/writer.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

struct Minimizer::Compiled {
  Policy policy;
  std::string policy_sha256;
  Exclusions exclusions;
  RedactionRules rules;
  TokenEstimator estimate_tokens;
};

namespace {

using detail::Shaped;

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The diff of a change in whatever form it came, for as many passes as are needed.
class Source {
 public:
  static Result<Source> open(const Change& change) {
    Source source(change.diff);
    const std::string_view text = text_of(change.diff);
    if (change.format == InputFormat::kMbox && !text.empty() && !text.starts_with("From "))
      return Error{ErrorCode::kInvalidArgument, "the mail does not start with \"From \""};
    if (change.format != InputFormat::kGithubFiles) return source;
    Result<GithubFiles> files = parse_github_files(text);
    if (!files) return files.error();
    source.files_ = *std::move(files);
    return source;
  }

  Result<> walk(detail::Walk& walk) const {
    if (!files_) {
      Parser parser(diff_);
      return walk.consume(parser, text_of(diff_), false);
    }
    for (const GithubFile& file : files_->files) {
      const std::string_view patch = file.patch ? *file.patch : std::string_view();
      Parser parser(bytes_of(patch), file.header());
      if (Result<> done = walk.consume(parser, patch, file.truncated); !done) return done;
    }
    return {};
  }

 private:
  explicit Source(std::span<const std::byte> diff) : diff_(diff) {}

  std::span<const std::byte> diff_;
  std::optional<GithubFiles> files_;
};

bool differ(const AnnouncedCounts& announced, const ChangeCounts& seen) {
  return !check_counts(announced, seen);
}

// Owns what a Shaped only views.
struct KeptText {
  explicit KeptText(const Shaped& from)
      : text(from.text), redactions(from.redactions.begin(), from.redactions.end()), shaped(from) {
    shaped.text = text;
    shaped.redactions = redactions;
  }
  KeptText(const KeptText&) = delete;
  KeptText& operator=(const KeptText&) = delete;
  ~KeptText() = default;

  std::string text;
  std::vector<Redaction> redactions;
  Shaped shaped;
};

// A line of JSON has three times its bytes (escapes) and what stands around it. Memory that is
// never written to is never there, while a string that grows is there twice.
std::size_t expected_bytes(const Change& change, const detail::Cost& budget) {
  constexpr std::uint64_t kAroundLine = 56;
  const std::string_view diff = text_of(change.diff);
  const char newline = change.format == InputFormat::kGithubFiles ? '\\' : '\n';
  const std::uint64_t lines = detail::bytes16::count(diff, newline);
  const std::uint64_t likely = 4096 + kAroundLine * lines +
                               3 * (diff.size() + change.title.size() + change.description.size());
  return static_cast<std::size_t>(std::min(likely, budget.bytes));
}

void add_totals(MinimizeReport& report, const MinimizeReport& walked) {
  report.files = walked.files;
  report.withheld_context_lines = walked.withheld_context_lines;
  report.withheld_other_lines = walked.withheld_other_lines;
  report.withheld_excluded_lines = walked.withheld_excluded_lines;
  report.withheld_whitespace_lines = walked.withheld_whitespace_lines;
  report.withheld_bytes += walked.withheld_bytes;
  report.input_bytes = report.kept_bytes + report.withheld_bytes;
  report.input_lines = report.added_lines + report.removed_lines + report.withheld_context_lines +
                       report.withheld_other_lines + report.withheld_excluded_lines +
                       report.withheld_whitespace_lines + report.withheld_budget_lines;
}

}  // namespace

Minimizer::Minimizer(std::shared_ptr<const Compiled> compiled) noexcept
    : compiled_(std::move(compiled)) {}

Result<Minimizer> Minimizer::create(const Policy& policy, TokenEstimator estimate_tokens) {
  if (Result<> sound = detail::check_policy(policy); !sound) return sound.error();
  const Result<std::string> json = canonical_json(policy);
  if (!json) return json.error();
  const auto digest = crypto::sha256({bytes_of(*json)});
  if (!digest) return digest.error();
  const std::array<AttributesFile, 1> own{
      {{.directory = "", .text = std::string_view(policy.exclusions)}}};
  Result<Exclusions> exclusions = Exclusions::create(own, policy.default_exclusions);
  if (!exclusions) return exclusions.error();
  Result<RedactionRules> rules = RedactionRules::create(policy.redaction);
  if (!rules) return rules.error();
  return Minimizer(
      std::make_shared<const Compiled>(Compiled{policy, hex_encode(*digest), *std::move(exclusions),
                                                *std::move(rules), std::move(estimate_tokens)}));
}

const std::string& Minimizer::policy_sha256() const noexcept {
  return compiled_->policy_sha256;
}

Result<Minimized> Minimizer::minimize(const Change& change) const {
  return run(change, false);
}

Result<Minimized> Minimizer::minimize_with_manifest(const Change& change) const {
  return run(change, true);
}

Result<Minimized> Minimizer::run(const Change& change, bool with_manifest) const {
  const Policy& policy = compiled_->policy;
  const Result<Source> source = Source::open(change);
  if (!source) return source.error();

  Result<detail::Shaper> shaper = detail::Shaper::create(compiled_->rules, policy);
  if (!shaper) return shaper.error();
  const KeptText title(shaper->text(change.title, policy.max_title_bytes));
  const KeptText description(shaper->text(change.description, policy.max_description_bytes));

  const detail::Price price(compiled_->estimate_tokens);
  const detail::Cost budget =
      detail::budget_of(policy, static_cast<bool>(compiled_->estimate_tokens));
  std::optional<detail::PackPlan> plan;
  if (policy.budget_bytes != 0 || policy.budget_tokens != 0) {
    detail::Measurer measurer(price);
    detail::Walk walk(policy, compiled_->exclusions, *shaper, measurer);
    if (Result<> done = source->walk(walk); !done) return done.error();
    walk.finish();
    detail::Serializer frame(0);
    frame.title(title.shaped);
    frame.description(description.shaped);
    Result<detail::PackPlan> made = measurer.plan(
        budget, price.of(frame.finish({.files_omitted = walk.report().files, .truncated = true})));
    if (!made) return made.error();
    plan = *std::move(made);
  }

  detail::Serializer out(expected_bytes(change, budget));
  out.title(title.shaped);
  out.description(description.shaped);
  std::optional<detail::ManifestWriter> manifest;
  if (with_manifest) {
    manifest.emplace(compiled_->rules);
    if (Result<> done = manifest->begin(change, title.shaped, description.shaped); !done)
      return done.error();
  }
  detail::Writer writer(out, manifest ? &*manifest : nullptr, plan ? &*plan : nullptr, price);
  detail::Walk walk(policy, compiled_->exclusions, *shaper, writer);
  if (Result<> done = source->walk(walk); !done) return done.error();
  walk.finish();

  Minimized result;
  MinimizeReport& report = result.report;
  report = writer.report();
  add_totals(report, walk.report());
  report.redactions += title.redactions.size() + description.redactions.size();
  report.escaped_characters += title.shaped.findings.total() + description.shaped.findings.total();
  report.truncated = report.truncated || differ(change.announced, walk.counts());
  result.json = out.finish({.files_omitted = report.omitted_files, .truncated = report.truncated});
  report.output_bytes = result.json.size();
  if (manifest) {
    Result<std::string> text =
        manifest->finish(change, result.json, report, policy.id, compiled_->policy_sha256);
    if (!text) return text.error();
    result.manifest = *std::move(text);
  }
  return result;
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
