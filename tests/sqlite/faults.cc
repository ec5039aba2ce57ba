#include "faults.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace test {
namespace {

FaultVfs* installed = nullptr;
sqlite3_vfs* real = nullptr;

// The file as SQLite sees it; the real one lies behind it in the same memory.
struct File {
  sqlite3_file base;
  const char* name;
  [[nodiscard]] sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* self(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}
sqlite3_file* below(sqlite3_file* file) {
  return self(file)->below();
}

int fault(int io_error) {
  return installed->plan.kind() == FaultPlan::Kind::kIo ? io_error : SQLITE_FULL;
}

int close(sqlite3_file* file) {
  return below(file)->pMethods->xClose(below(file));
}
int read(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
  return below(file)->pMethods->xRead(below(file), out, size, at);
}
int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  if (installed->plan.next()) {
    if (installed->plan.kind() == FaultPlan::Kind::kShortWrite)
      (void)below(file)->pMethods->xWrite(below(file), data, size / 2, at);
    return fault(SQLITE_IOERR_WRITE);
  }
  return below(file)->pMethods->xWrite(below(file), data, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (installed->plan.next()) return fault(SQLITE_IOERR_TRUNCATE);
  return below(file)->pMethods->xTruncate(below(file), size);
}
int sync(sqlite3_file* file, int /*flags*/) {
  if (installed->plan.next()) return SQLITE_IOERR_FSYNC;
  if (!installed->remember_ || self(file)->name == nullptr) return SQLITE_OK;
  std::ifstream in(self(file)->name, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  const std::lock_guard lock(installed->mutex);
  installed->durable[self(file)->name] = std::move(content);
  return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return below(file)->pMethods->xFileSize(below(file), size);
}
int lock(sqlite3_file* file, int level) {
  return below(file)->pMethods->xLock(below(file), level);
}
int unlock(sqlite3_file* file, int level) {
  return below(file)->pMethods->xUnlock(below(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* out) {
  return below(file)->pMethods->xCheckReservedLock(below(file), out);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
  return below(file)->pMethods->xFileControl(below(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
  return below(file)->pMethods->xSectorSize(below(file));
}
int device_characteristics(sqlite3_file* file) {
  return below(file)->pMethods->xDeviceCharacteristics(below(file));
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return below(file)->pMethods->xShmMap(below(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return below(file)->pMethods->xShmLock(below(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
  below(file)->pMethods->xShmBarrier(below(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
  return below(file)->pMethods->xShmUnmap(below(file), remove);
}

const sqlite3_io_methods kMethods = {2,
                                     close,
                                     read,
                                     write,
                                     truncate,
                                     sync,
                                     file_size,
                                     lock,
                                     unlock,
                                     check_reserved_lock,
                                     file_control,
                                     sector_size,
                                     device_characteristics,
                                     shm_map,
                                     shm_lock,
                                     shm_barrier,
                                     shm_unmap,
                                     nullptr,
                                     nullptr};

int open(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  self(file)->name = name;  // SQLite keeps it for as long as the file is open
  self(file)->base.pMethods = nullptr;
  const int status = real->xOpen(real, name, below(file), flags, out_flags);
  if (below(file)->pMethods != nullptr) self(file)->base.pMethods = &kMethods;
  return status;
}
int remove(sqlite3_vfs* /*vfs*/, const char* name, int sync_directory) {
  if (installed->plan.next()) return SQLITE_IOERR_DELETE;
  if (installed->remember_) {
    const std::lock_guard lock_durable(installed->mutex);
    installed->durable.erase(name);
  }
  return real->xDelete(real, name, sync_directory);
}

sqlite3_vfs vfs = {};

}  // namespace

FaultVfs::FaultVfs(FaultPlan& plan_) : plan(plan_) {
  if (installed != nullptr) throw std::runtime_error("one FaultVfs at a time");
  installed = this;
  real = sqlite3_vfs_find(nullptr);
  vfs = *real;  // what is not replaced takes any sqlite3_vfs*
  vfs.zName = "coefficient-faults";
  vfs.szOsFile = real->szOsFile + static_cast<int>(sizeof(File));
  vfs.xOpen = &open;
  vfs.xDelete = &remove;
  sqlite3_vfs_register(&vfs, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs);
  sqlite3_vfs_register(real, 1);
  installed = nullptr;
}

void FaultVfs::power_cut(const std::filesystem::path& from,
                         const std::filesystem::path& directory) {
  const std::lock_guard lock_durable(mutex);
  for (const auto& [name, content] : durable) {
    if (std::filesystem::path(name).parent_path() != from) continue;
    std::ofstream(directory / std::filesystem::path(name).filename(), std::ios::binary) << content;
  }
}

bool FaultyCalls::fails() {
  if (!plan_.next()) return false;
  errno = plan_.kind() == FaultPlan::Kind::kIo ? EIO : ENOSPC;
  return true;
}

ssize_t FaultyCalls::write(int fd, const void* data, std::size_t size) {
  if (fails()) {
    if (plan_.kind() != FaultPlan::Kind::kShortWrite) return -1;
    return FileCalls::write(fd, data, size / 2);  // short without an error, as POSIX has it
  }
  return FileCalls::write(fd, data, size);
}
int FaultyCalls::fsync(int fd) {
  (void)fd;
  return fails() ? -1 : 0;
}
int FaultyCalls::rename(int at, const char* from, const char* to) {
  return fails() ? -1 : FileCalls::rename(at, from, to);
}
int FaultyCalls::unlink(int at, const char* name) {
  return fails() ? -1 : FileCalls::unlink(at, name);
}

}  // namespace test
