#include "coefficient/audit/verify.h"

#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "coefficient/audit/checkpoint.h"
#include "coefficient/audit/note.h"
#include "coefficient/core/encoding.h"
#include "tool.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using Json = nlohmann::ordered_json;

namespace {

struct VerifyArguments {
  LogArguments log;
  std::string expect;
  bool records = false;
  bool json = false;
};

// What a checkpoint that was kept elsewhere says. Its signature is not looked at: that it was kept
// elsewhere is what makes it worth something.
Result<audit::Anchor> anchor_of(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return text.error();
  const auto note = audit::parse_note(*text);
  if (!note) return Error{ErrorCode::kInvalidArgument, path + ": " + note.error().message};
  const auto checkpoint = audit::parse_checkpoint_text(note->text);
  if (!checkpoint)
    return Error{ErrorCode::kInvalidArgument, path + ": " + checkpoint.error().message};
  return audit::Anchor{checkpoint->size, checkpoint->root};
}

audit::Progress progress() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](std::uint64_t done, std::uint64_t total) {
    std::cerr << "\raudit: " << (done >> 20U) << " of " << (total >> 20U) << " MiB\x1b[K"
              << (done == total ? "\r\x1b[K" : "") << std::flush;
    return true;
  };
}

std::string range(const audit::Damage& damage) {
  const std::string first = "record " + std::to_string(damage.first_index);
  return damage.end_index <= damage.first_index + 1
             ? first
             : first + " to " + std::to_string(damage.end_index - 1) + ", in one of these";
}

std::string text_of(const audit::VerifyReport& report) {
  std::string out = report.intact() ? "intact: " : "NOT INTACT: ";
  out += report.origin + "\nroot key " + report.root_key + "\n" + std::to_string(report.records) +
         " records in " + std::to_string(report.segments) + " segments, root " +
         coefficient::base64_encode(report.root) + "\n";
  if (report.first_kept > 0)
    out += "of the first " + std::to_string(report.first_kept) + " only the hashes (pruned)\n";
  out += std::to_string(report.checkpoints) + " genuine checkpoints; the largest that fits has " +
         std::to_string(report.confirmed) + " records\n";
  if (report.torn_bytes > 0)
    out += std::to_string(report.torn_bytes) + " bytes of an unfinished write at the end\n";
  if (report.torn_checkpoint_bytes > 0)
    out += std::to_string(report.torn_checkpoint_bytes) +
           " bytes of an unfinished checkpoint at the end of the others\n";
  if (report.open_intents > 0)
    out += std::to_string(report.open_intents) + " intents without an outcome\n";
  for (const audit::Damage& damage : report.damages)
    out += std::string(audit::to_string(damage.kind)) + ", " + range(damage) + ": " + damage.what +
           "\n";
  out += "What is not excluded:\n";
  for (const std::string& limit : report.limits) out += "- " + limit + "\n";
  return out;
}

Json json_of(const audit::VerifyReport& report) {
  Json damages = Json::array();
  for (const audit::Damage& damage : report.damages)
    damages.push_back({{"kind", audit::to_string(damage.kind)},
                       {"first_index", damage.first_index},
                       {"end_index", damage.end_index},
                       {"what", damage.what}});
  return {{"intact", report.intact()},
          {"origin", report.origin},
          {"root_key", report.root_key},
          {"records", report.records},
          {"root", coefficient::base64_encode(report.root)},
          {"first_kept", report.first_kept},
          {"segments", report.segments},
          {"checkpoints", report.checkpoints},
          {"confirmed", report.confirmed},
          {"torn_bytes", report.torn_bytes},
          {"torn_checkpoint_bytes", report.torn_checkpoint_bytes},
          {"open_intents", report.open_intents},
          {"damages", damages},
          {"limits", report.limits}};
}

Result<bool> run(const VerifyArguments& a) {
  audit::VerifyOptions options;
  options.root_key = a.log.root_key;
  options.parse_records = a.records;
  options.progress = progress();
  if (!a.expect.empty()) {
    const auto anchor = anchor_of(a.expect);
    if (!anchor) return anchor.error();
    options.expected_min_checkpoint = *anchor;
  }
  const auto report = audit::verify_log(*a.log.directory, options);
  if (!report) return report.error();
  const std::string text =
      a.json ? json_of(*report).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"
             : text_of(*report);
  if (auto said = print(text); !said) return said.error();
  return report->intact();
}

}  // namespace

void define_verify(Tool tool) {
  auto a = std::make_shared<VerifyArguments>();
  CLI::App* sub = tool.app.add_subcommand(
      "verify",
      "Check a whole log, and say how far that goes and what an attacker could still have done.\n"
      "Exit status 1 if it is not intact");
  add_log(tool, *sub, a->log);
  sub->add_option("--expect", a->expect, "A checkpoint of the log that was kept elsewhere")
      ->type_name("FILE");
  sub->add_flag("--records", a->records, "Also that each payload is a record in canonical form");
  sub->add_flag("--json", a->json, "Write JSON");
  sub->callback([tool, a] {
    tool.command = [a] {
      const Result<bool> intact = run(*a);
      if (!intact) return refuse(intact.error());
      return *intact ? int{kDone} : int{kRefused};
    };
  });
}

}  // namespace audit_tool
