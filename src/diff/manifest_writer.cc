#include "diff/manifest_writer.h"

#include <utility>

#include "coefficient/core/encoding.h"
#include "core/crypto/digest.h"
#include "diff/serializer.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

void member(JsonWriter& json, std::string_view name, std::uint64_t value) {
  json.key(name);
  json.value(value);
}

void member(JsonWriter& json, std::string_view name, bool value) {
  json.key(name);
  json.value(value);
}

Result<> hash_member(JsonWriter& json, std::span<const std::byte> bytes) {
  const auto digest = crypto::sha256({bytes});
  if (!digest) return digest.error();
  json.key("sha256");
  json.plain(hex_encode(*digest));
  return {};
}

std::string_view name_of(InputFormat format) noexcept {
  switch (format) {
    case InputFormat::kGit:
      return "git";
    case InputFormat::kMbox:
      return "mbox";
    case InputFormat::kGithubFiles:
      break;
  }
  return "github-files";
}

void add_line(std::vector<Range>& runs, std::uint64_t number) {
  if (number == 0) return;  // a removed line of a combined diff
  if (runs.empty() || runs.back().start + runs.back().count != number) runs.push_back({number, 0});
  ++runs.back().count;
}

}  // namespace

Result<> ManifestWriter::begin(const Change& change, const Shaped& title,
                               const Shaped& description) {
  json_.begin_object();
  json_.key("change");
  json_.begin_object();
  if (Result<> done = text("description", change.description, description); !done) return done;
  if (Result<> done = text("title", change.title, title); !done) return done;
  json_.end_object();
  json_.key("files");
  json_.begin_array();
  return {};
}

Result<> ManifestWriter::text(const char* name, std::string_view before, const Shaped& after) {
  std::map<std::string_view, std::uint64_t> by_rule;
  for (const Redaction& redaction : after.redactions) ++by_rule[rules_.name(redaction.rule)];
  json_.key(name);
  json_.begin_object();
  member(json_, "bytes", before.size());
  member(json_, "cut", after.cut);
  redactions(by_rule);
  if (Result<> done = hash_member(json_, std::as_bytes(std::span(before))); !done) return done;
  findings(after.findings);
  json_.end_object();
  return {};
}

void ManifestWriter::file(const ShapedFile& file, bool listed) {
  file_ = file;
  const auto keep = [](std::optional<std::string_view>& path, std::string& text) {
    if (path) path = text = *path;
  };
  keep(file_.header.old_path, path_texts_[0]);
  keep(file_.header.new_path, path_texts_[1]);
  listed_ = listed;
  for (const Redaction& redaction : file.redactions) ++by_rule_[rules_.name(redaction.rule)];
  findings_ += file.findings;
}

void ManifestWriter::line(const Line& line, const Shaped& shaped) {
  if (line.kind == LineKind::kAdded) {
    add_line(new_runs_, line.new_line);
  } else {
    add_line(old_runs_, line.old_line);
  }
  for (const Redaction& redaction : shaped.redactions) ++by_rule_[rules_.name(redaction.rule)];
  if (shaped.found) findings_ += shaped.findings;
}

void ManifestWriter::counts(std::string_view name, std::uint64_t kept, std::uint64_t seen) {
  json_.key(name);
  json_.begin_object();
  member(json_, "kept", kept);
  member(json_, "seen", seen);
  json_.end_object();
}

void ManifestWriter::redactions(const std::map<std::string_view, std::uint64_t>& by_rule) {
  json_.key("redactions");
  json_.begin_object();
  for (const auto& [rule, count] : by_rule) member(json_, rule, count);
  json_.end_object();
}

void ManifestWriter::findings(const UnicodeFindings& findings) {
  json_.key("unicode");
  json_.begin_object();
  const std::array<std::pair<std::string_view, std::uint64_t>, 5> classes{
      {{"bidi", findings.bidi},
       {"control", findings.control},
       {"tag", findings.tag},
       {"variation_selector", findings.variation_selector},
       {"zero_width", findings.zero_width}}};
  for (const auto& [name, count] : classes)
    if (count != 0) member(json_, name, count);
  json_.end_object();
}

void ManifestWriter::ranges(std::string_view side, const Runs& runs) {
  for (const Range& run : runs) {
    json_.begin_array();
    json_.plain(side);
    json_.value(run.start);
    json_.value(run.count);
    json_.end_array();
  }
}

void ManifestWriter::paths() {
  const auto path = [this](std::string_view name, const std::optional<std::string_view>& value) {
    if (!value) return;
    json_.key(name);
    json_.path(*value);
  };
  path("new", file_.header.new_path);
  path("old", file_.header.old_path);
}

void ManifestWriter::end_file(const FileBooks& books, const KeptLines& kept) {
  json_.begin_object();
  json_.key("dropped");
  json_.begin_object();
  member(json_, "budget", kept.budget);
  member(json_, "excluded", books.excluded);
  member(json_, "submodule", books.submodule);
  member(json_, "whitespace", books.whitespace);
  json_.end_object();
  if (file_.excluded != Exclusions::Reason::kNone) {
    json_.key("excluded");
    json_.plain(name_of(file_.excluded));
  }
  counts("hunks", kept.hunks, books.hunks);
  json_.key("lines");
  json_.begin_object();
  counts("added", kept.added, books.added);
  counts("removed", kept.removed, books.removed);
  json_.end_object();
  member(json_, "listed", listed_);
  paths();
  member(json_, "partial", kept.budget != 0);
  json_.key("ranges");
  json_.begin_array();
  ranges("new", new_runs_);
  ranges("old", old_runs_);
  json_.end_array();
  redactions(by_rule_);
  const char status = static_cast<char>(file_.header.status);
  json_.key("status");
  json_.plain({&status, 1});
  member(json_, "truncated", books.truncated);
  findings(findings_);
  json_.end_object();
  new_runs_.clear();
  old_runs_.clear();
  by_rule_.clear();
  findings_ = {};
}

Result<std::string> ManifestWriter::finish(const Change& change, const std::string& output,
                                           const MinimizeReport& report, std::string_view policy_id,
                                           std::string_view policy_sha256) {
  json_.end_array();
  json_.key("input");
  json_.begin_object();
  member(json_, "bytes", change.diff.size());
  json_.key("format");
  json_.plain(name_of(change.format));
  if (Result<> done = hash_member(json_, change.diff); !done) return done.error();
  json_.end_object();
  json_.key("output");
  json_.begin_object();
  member(json_, "bytes", output.size());
  if (Result<> done = hash_member(json_, std::as_bytes(std::span(output))); !done)
    return done.error();
  json_.end_object();
  json_.key("policy");
  json_.begin_object();
  json_.key("id");
  json_.quoted(policy_id);
  json_.key("sha256");
  json_.plain(policy_sha256);
  json_.end_object();
  json_.key("schema");
  json_.plain("coefficient-diff-manifest/1");
  json_.key("totals");
  json_.begin_object();
  json_.key("bytes");
  json_.begin_object();
  member(json_, "kept", report.kept_bytes);
  member(json_, "seen", report.input_bytes);
  member(json_, "withheld", report.withheld_bytes);
  json_.end_object();
  json_.key("files");
  json_.begin_object();
  member(json_, "omitted", report.omitted_files);
  member(json_, "seen", report.files);
  json_.end_object();
  json_.key("lines");
  json_.begin_object();
  member(json_, "added", report.added_lines);
  member(json_, "budget", report.withheld_budget_lines);
  member(json_, "context", report.withheld_context_lines);
  member(json_, "excluded", report.withheld_excluded_lines);
  member(json_, "other", report.withheld_other_lines);
  member(json_, "removed", report.removed_lines);
  member(json_, "seen", report.input_lines);
  member(json_, "whitespace", report.withheld_whitespace_lines);
  json_.end_object();
  member(json_, "redactions", report.redactions);
  json_.end_object();
  member(json_, "truncated", report.truncated);
  json_.key("version");
  json_.plain(COEFFICIENT_VERSION_STRING);
  json_.end_object();
  return json_.take();
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
