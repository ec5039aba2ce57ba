#include "descriptors.h"

#include <sys/resource.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "server.h"

namespace gateway {
namespace {

// Some 30 are in use with all that can be configured; the rest is for what runs beside.
constexpr std::uint64_t kOwn = 64;

Error failed_limit(const char* call) {
  return {ErrorCode::kInternal, std::string(call) + ": " + std::generic_category().message(errno)};
}

std::string shortage(const Limits& limits, const DescriptorLimit& have) {
  return "/limits/connections " + std::to_string(limits.connections) + " takes " +
         std::to_string(descriptors_needed(limits)) +
         " open files, and the hard limit of this process is " + std::to_string(have.hard);
}

constexpr const char* kRemedy =
    "raise it where the gateway is started (systemd: LimitNOFILE=, else ulimit -Hn), or lower "
    "/limits/connections in config.json";

}  // namespace

std::uint64_t descriptors_needed(const Limits& limits) {
  return limits.connections + kMaxRefusing + kOwn;
}

Result<DescriptorLimit> descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return failed_limit("getrlimit");
  return DescriptorLimit{.soft = limit.rlim_cur, .hard = limit.rlim_max};
}

Result<> ensure_descriptors(const Limits& limits) {
  auto have = descriptor_limit();
  if (!have) return have.error();
  const std::uint64_t needed = descriptors_needed(limits);
  if (have->soft >= needed) return {};
  if (have->hard < needed) {
    return Error{ErrorCode::kFailedPrecondition, shortage(limits, *have) + "; " + kRemedy};
  }
  const rlimit raised{.rlim_cur = needed, .rlim_max = have->hard};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return failed_limit("setrlimit");
  return {};
}

Check check_descriptors(const Limits& limits, const DescriptorLimit& have) {
  if (have.hard < descriptors_needed(limits)) {
    return failed("open files", shortage(limits, have), kRemedy);
  }
  return passed("open files", std::to_string(descriptors_needed(limits)) +
                                  " at most, of the hard limit " + std::to_string(have.hard));
}

}  // namespace gateway
