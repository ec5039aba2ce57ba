// verify: opens every record, and reads the whole archive.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/sqlite/archive.h"
#include "commands.h"
#include "opened.h"
#include "output.h"

namespace vault_tool {
namespace {

namespace fs = std::filesystem;
namespace sqlite = coefficient::sqlite;
namespace vault = coefficient::vault;
using coefficient::ErrorCode;
using coefficient::Result;

using Lacks = sqlite::IncompleteRow::Lacks;

constexpr std::size_t kMaxFailures = 100;
constexpr std::size_t kMaxIncomplete = 1000;

struct Records {
  std::uint64_t tenants = 0;
  std::uint64_t opened = 0;
  std::uint64_t bytes = 0;
  std::uint64_t tombstones = 0;
  std::uint64_t gone = 0;  // listed, and then removed by somebody else
  std::uint64_t failed = 0;
  Json failures = Json::array();
};

void add_failure(Records& records, const vault::RecordRef& ref, const std::string& message) {
  ++records.failed;
  if (records.failures.size() < kMaxFailures)
    records.failures.push_back({{"tenant", std::string(ref.tenant)},
                                {"kind", std::string(ref.kind)},
                                {"name", std::string(ref.name)},
                                {"error", message}});
}

void check_record(vault::Vault& opened, const vault::RecordInfo& info, Records& records) {
  const vault::RecordRef ref{info.tenant, info.kind, info.name};
  const auto done = opened.with_secret(
      ref, [&](std::span<const std::byte> secret) { records.bytes += secret.size(); });
  if (done) {
    ++records.opened;
  } else if (done.error().code != ErrorCode::kNotFound) {
    add_failure(records, ref, done.error().message);
  } else if (info.removed) {
    ++records.tombstones;  // its high-water mark vouches for it, or get() would not say kNotFound
  } else {
    ++records.gone;
  }
}

void check_tenant(vault::Vault& opened, const std::string& tenant, Records& records) {
  ++records.tenants;
  std::string kind;
  std::string name;
  while (true) {
    const auto page = opened.list({tenant, kind, name}, kPage);
    if (!page) return add_failure(records, {tenant, kind, name}, page.error().message);
    for (const vault::RecordInfo& info : *page) check_record(opened, info, records);
    if (page->size() < kPage) return;
    kind = page->back().kind;
    name = page->back().name;
  }
}

// The walk over records has met those that lack something; here is what is no record.
Result<> check_rows(sqlite::VaultStore& store, Records& records) {
  const auto rows = store.list_incomplete(kMaxIncomplete);
  if (!rows) return rows.error();
  for (const sqlite::IncompleteRow& row : *rows)
    if (row.lacks == Lacks::kWrap || row.lacks == Lacks::kRecord)
      add_failure(records, {row.tenant, row.kind, row.name}, std::string(describe(row.lacks)));
  return {};
}

Result<> check_shredded(Opened& opened, Records& records) {
  const auto missing = not_in_ledger(opened);
  if (!missing) return missing.error();
  for (const std::string& tenant : *missing)
    add_failure(records, {tenant, "", ""},
                "the tenant is shredded, but the ledger does not say so: it was cut or replaced");
  return {};
}

std::string_view to_string(sqlite::VerifyReport::Kind kind) {
  switch (kind) {
    case sqlite::VerifyReport::Kind::kDamaged:
      return "damaged";
    case sqlite::VerifyReport::Kind::kMissing:
      return "missing";
    case sqlite::VerifyReport::Kind::kLeftover:
      return "leftover";
    case sqlite::VerifyReport::Kind::kUnknown:
      return "unknown";
  }
  return "unknown";
}

Json archive_json(const sqlite::VerifyReport& report) {
  Json findings = Json::array();
  for (const auto& finding : report.findings)
    findings.push_back(
        {{"kind", to_string(finding.kind)}, {"file", finding.file}, {"what", finding.what}});
  return {{"intact", report.intact()},
          {"bases", report.bases},
          {"transactions", report.transactions},
          {"first", report.first ? point_json(*report.first) : Json()},
          {"last", report.last ? point_json(*report.last) : Json()},
          {"findings", std::move(findings)}};
}

// Null if there is no archive yet. What an archive cannot say of itself the store says: whose it
// is, that its newest files are gone, and that the store was put back to before its last backup.
Result<Json> check_archive(Opened& opened, const sqlite::ChangelogStatus& status) {
  const fs::path& path = opened.settings.archive;
  std::error_code error;
  if (!fs::exists(path, error)) {
    if (!status.recording) return Json();
    sqlite::VerifyReport none;
    none.findings.push_back({sqlite::VerifyReport::Kind::kMissing, "",
                             path.string() + ": is not there, but the vault ships to it"});
    return archive_json(none);
  }
  const auto archive = sqlite::Archive::open(path);
  if (!archive) return archive.error();
  auto report = archive->verify(archive_progress());
  if (!report) return report.error();
  if (report->intact()) {
    const auto fits = archive->check_store(*opened.store);
    const bool cut = report->last && report->last->seq < status.last_seq - status.unarchived;
    using Kind = sqlite::VerifyReport::Kind;
    if (!fits)
      report->findings.push_back({cut ? Kind::kMissing : Kind::kDamaged, "", fits.error().message});
  }
  return archive_json(*report);
}

std::string archive_text(const Json& archive) {
  if (archive.is_null()) return "archive: none\n";
  const auto point = [](const Json& json) {
    return json.is_null() ? std::string("nothing")
                          : std::to_string(json.at("seq").get<std::uint64_t>()) + " of " +
                                json.at("time").get<std::string>();
  };
  std::string text = "archive: " + one_line(archive.at("bases")) + " bases, " +
                     one_line(archive.at("transactions")) + " transactions, restorable from " +
                     point(archive.at("first")) + " to " + point(archive.at("last")) + '\n';
  for (const Json& finding : archive.at("findings")) {
    const auto& file = finding.at("file").get_ref<const std::string&>();
    text += "archive: " + finding.at("kind").get<std::string>() +
            (file.empty() ? "" : ' ' + printable(file)) + ": " +
            printable(finding.at("what").get<std::string>()) + '\n';
  }
  return text;
}

std::string records_text(const Records& records) {
  std::string text = "records: " + std::to_string(records.opened) + " of " +
                     std::to_string(records.tenants) + " tenants opened, " +
                     std::to_string(records.tombstones) + " tombstones, " +
                     std::to_string(records.failed) + " failed\n";
  for (const Json& failure : records.failures)
    text += "failed: " + printable(failure.at("tenant").get<std::string>()) + ' ' +
            printable(failure.at("kind").get<std::string>()) + ' ' +
            printable(failure.at("name").get<std::string>()) + ": " +
            printable(failure.at("error").get<std::string>()) + '\n';
  return text;
}

}  // namespace

int verify(const Arguments& a) {
  auto opened = open_vault(a);  // which opens every canary
  if (!opened) return fail(kUsage, opened.error().message);
  const auto older = older_keks(*opened);
  const auto names = tenants(*opened->store);
  if (!older || !names) return refuse(older ? names.error() : older.error());
  Records records;
  for (const auto& [tenant, shredded] : *names)
    if (!shredded) check_tenant(*opened->vault, tenant, records);
  if (auto checked = check_rows(*opened->store, records); !checked) return refuse(checked.error());
  if (auto checked = check_shredded(*opened, records); !checked) return refuse(checked.error());
  const auto status = opened->store->changelog_status();
  if (!status) return refuse(status.error());
  const auto archive = check_archive(*opened, *status);
  if (!archive) return refuse(archive.error());
  const bool ok = records.failed == 0 && (archive->is_null() || archive->at("intact").get<bool>());
  const std::string limit =
      "rows that were deleted or put back together with their high-water rows before this process "
      "began; a whole database that was put back, unless its archive goes further";
  const Json json = {{"ok", ok},
                     {"canaries", older->size() + 1},
                     {"tenants", records.tenants},
                     {"records", records.opened},
                     {"bytes", records.bytes},
                     {"tombstones", records.tombstones},
                     {"gone_meanwhile", records.gone},
                     {"failed", records.failed},
                     {"failures", records.failures},
                     {"unarchived", status->unarchived},
                     {"archive", *archive},
                     {"not_looked_at", limit}};
  const int printed = print(
      a, json,
      "canaries: " + std::to_string(older->size() + 1) + " opened\n" + records_text(records) +
          archive_text(*archive) + "waiting for backup: " + std::to_string(status->unarchived) +
          " transactions\nnot looked at: " + limit + '\n' + (ok ? "ok\n" : "FAILED\n"));
  return printed == kDone && !ok ? kRefused : printed;
}

}  // namespace vault_tool
