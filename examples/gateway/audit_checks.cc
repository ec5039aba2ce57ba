#include "audit_checks.h"

#include <sys/statvfs.h>

#include <cstdint>
#include <string>
#include <utility>

#include "coefficient/audit/verify.h"

namespace gateway {
namespace {

namespace audit = coefficient::audit;
namespace fs = std::filesystem;

// The largest segment: with less, the log may be full within its present one.
constexpr std::uint64_t kLeastRoom = std::uint64_t{64} << 20U;

Check check_intact(const std::string& name, const fs::path& path) {
  const auto report = audit::verify_log(path.string(), {.parse_records = true});
  const std::string keep = "keep a copy of '" + path.string() +
                           "' as it is; then find out who changed it. "
                           "gateway audit DIR verify says where";
  if (!report) return failed(name, report.error().message, keep);
  if (report->intact()) {
    return passed(name, "intact: " + std::to_string(report->records) + " records, " +
                            std::to_string(report->confirmed) + " under a checkpoint");
  }
  return failed(
      name,
      std::string(to_string(report->damages.front().kind)) + ": " + report->damages.front().what,
      keep);
}

Check check_room(const fs::path& path) {
  const std::string name = "audit disk";
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) {
    return failed(name, path.string() + ": its file system cannot be asked", "look at the disk");
  }
  const std::uint64_t room = std::uint64_t{info.f_bavail} * info.f_frsize;
  const std::string detail = std::to_string(room >> 20U) + " MiB free";
  if (room >= kLeastRoom) return passed(name, detail);
  return failed(name, detail, "make room: without it nothing can be administered");
}

}  // namespace

std::vector<Check> examine_audit(const Directory& directory) {
  std::vector<Check> checks;
  const std::string make =
      "if it never had one, run: gateway audit '" + directory.root().string() + "' init";
  const std::pair<const char*, fs::path> logs[] = {{"audit log", directory.audit()},
                                                   {"audit-cli log", directory.command_audit()}};
  for (const auto& [name, path] : logs) {
    Check mode = check_mode(name, path, S_IFDIR, 0700, make);
    const bool there = mode.ok;
    checks.push_back(std::move(mode));
    if (there) checks.push_back(check_intact(std::string(name) + " content", path));
  }
  checks.push_back(check_room(directory.root()));
  return checks;
}

}  // namespace gateway
