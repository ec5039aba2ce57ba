#include "vault/owned_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

Result<> check_owner_and_mode(int fd, std::string_view what) {
  const auto refused = [what](const char* why) {
    return Error{ErrorCode::kPermissionDenied, std::string(what) + why};
  };
  struct stat status {};
  if (fstat(fd, &status) != 0)
    return Error{ErrorCode::kUnavailable, std::string(what) + " has no status"};
  if (!S_ISREG(status.st_mode)) return refused(" is not a regular file");
  if (status.st_uid != 0 && status.st_uid != geteuid()) return refused(" belongs to another user");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refused(" can be written by group or others");
  return {};
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
