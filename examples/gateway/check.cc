#include "check.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace gateway {

Check passed(std::string name, std::string detail) {
  return {.name = std::move(name), .ok = true, .detail = std::move(detail), .fix = {}};
}

Check failed(std::string name, std::string detail, std::string fix) {
  return {.name = std::move(name), .ok = false, .detail = std::move(detail), .fix = std::move(fix)};
}

Check check_mode(const std::string& name, const std::filesystem::path& path, mode_t kind,
                 mode_t mode, const std::string& if_missing) {
  struct stat info {};
  std::array<char, 16> octal{};
  if (::lstat(path.c_str(), &info) != 0) return failed(name, "is missing", if_missing);
  (void)std::snprintf(octal.data(), octal.size(), "%04o", info.st_mode & 07777U);
  if ((info.st_mode & S_IFMT) != kind) {
    const char* wanted = kind == S_IFDIR ? "a directory" : "a regular file";
    return failed(name, std::string("is not ") + wanted, if_missing);
  }
  if (info.st_uid != ::geteuid()) {
    return failed(name, "belongs to another user",
                  "run: chown " + std::to_string(::geteuid()) + " '" + path.string() + "'");
  }
  if ((info.st_mode & 077U) != 0) {
    std::array<char, 16> wanted{};
    (void)std::snprintf(wanted.data(), wanted.size(), "%04o", mode);
    return failed(name, "mode " + std::string(octal.data()) + " lets other users in",
                  "run: chmod " + std::string(wanted.data()) + " '" + path.string() + "'");
  }
  return passed(name, "mode " + std::string(octal.data()));
}

bool all_ok(const std::vector<Check>& checks) {
  return std::ranges::all_of(checks, &Check::ok);
}

}  // namespace gateway
