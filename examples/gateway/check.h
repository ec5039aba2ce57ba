#ifndef COEFFICIENT_GATEWAY_CHECK_H_
#define COEFFICIENT_GATEWAY_CHECK_H_

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gateway {

/// One thing that the doctor looked at.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;  ///< What was found.
  std::string fix;     ///< What to do; empty if ok.
};

Check passed(std::string name, std::string detail);
Check failed(std::string name, std::string detail, std::string fix);

/// Whether there is the right kind of file (S_IFREG, S_IFDIR) at `path`, ours, and closed to
/// everyone else. `mode` is the one that the fix proposes.
Check check_mode(const std::string& name, const std::filesystem::path& path, mode_t kind,
                 mode_t mode, const std::string& if_missing);

bool all_ok(const std::vector<Check>& checks);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_CHECK_H_
