#include "sqlite/store_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

// Files are made durable by the directory that names them.
Result<> sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return error_from_errno(errno, directory);
  const int synced = ::fsync(fd);
  const int number = errno;
  ::close(fd);
  if (synced != 0) return error_from_errno(number, directory);
  return {};
}

Result<> make_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return error_from_errno(errno, directory);
  }
  const std::filesystem::path parent = directory.parent_path();
  return sync_directory(parent.empty() ? std::filesystem::path(".") : parent);
}

// Made here rather than by SQLite, so that it is nobody else's from its first moment; the
// write-ahead log takes its mode. An existing file is never opened here: closing it would take away
// the locks that SQLite holds on it in this process.
Result<> make_database(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    if (errno == EEXIST) return {};
    return error_from_errno(errno, path);
  }
  ::close(fd);
  return sync_directory(path.parent_path());
}

bool is_there(const std::filesystem::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace

Error error_from_errno(int number, const std::filesystem::path& path) {
  ErrorCode code = ErrorCode::kUnavailable;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EEXIST || number == ENOTEMPTY) code = ErrorCode::kAlreadyExists;
  if (number == EACCES || number == EPERM || number == EROFS || number == ELOOP)
    code = ErrorCode::kPermissionDenied;
  return Error{code, path.string() + ": " + std::generic_category().message(number)};
}

Result<std::filesystem::path> prepare_store_directory(const std::filesystem::path& directory,
                                                      bool create) {
  std::filesystem::path named = directory.lexically_normal();
  if (!named.has_filename()) named = named.parent_path();  // "store/" is "store"
  if (create) {
    if (auto made = make_directory(named); !made) return made.error();
  }
  std::error_code status;
  const std::filesystem::path real = std::filesystem::canonical(named, status);
  if (status) return error_from_errno(status.value(), named);
  if (is_there(real / kRestoringName)) {
    return Error{ErrorCode::kFailedPrecondition,
                 real.string() + ": holds an unfinished restore; restore again"};
  }
  std::filesystem::path database = real / kDatabaseName;
  if (create) {
    if (auto made = make_database(database); !made) return made.error();
  } else if (!is_there(database)) {
    return error_from_errno(ENOENT, database);
  }
  return database;
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
