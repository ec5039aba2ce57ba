#include "audit_files.h"

#include <sys/stat.h>

#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

namespace gateway {
namespace {

namespace audit = coefficient::audit;
namespace fs = std::filesystem;

audit::LogOptions options() {
  audit::LogOptions out;
  out.service = "gateway";
  return out;
}

// Under another name first, so that a process that is killed leaves no half of a log.
Result<> make_log(const fs::path& path, const Clock& clock) {
  std::error_code ec;
  if (fs::exists(fs::symlink_status(path, ec))) return {};
  const fs::path fresh = path.string() + ".new";
  fs::remove_all(fresh, ec);
  if (ec) return Error{ErrorCode::kPermissionDenied, fresh.string() + ": " + ec.message()};
  if (auto made = make_empty_directory(fresh); !made) return made;
  const std::string origin = "gateway.local/" + path.filename().string();
  auto log = audit::Log::create(fresh.string(), origin, clock, options());
  if (!log) return at(path.string(), log.error().error);
  if (auto closed = (*log)->close(); !closed) return at(path.string(), closed.error());
  log->reset();
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    return Error{ErrorCode::kInternal, path.string() + ": cannot be put in its place"};
  }
  return sync_directory(path.parent_path());
}

}  // namespace

Result<> make_missing_audit_logs(const Directory& directory, const Clock& clock) {
  if (auto made = make_log(directory.audit(), clock); !made) return made;
  return make_log(directory.command_audit(), clock);
}

Result<std::unique_ptr<audit::Log>> open_audit_log(const fs::path& path, const Clock& clock) {
  auto log = audit::Log::open(path.string(), clock, options());
  if (log) return std::move(*log);
  Error error = at("audit log " + path.string(), log.error().error);
  if (error.code == ErrorCode::kNotFound) {
    error.message +=
        "; if this directory never had one: gateway audit " + path.parent_path().string() + " init";
  }
  return error;
}

}  // namespace gateway
