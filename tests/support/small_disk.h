#ifndef COEFFICIENT_TESTS_SUPPORT_SMALL_DISK_H_
#define COEFFICIENT_TESTS_SUPPORT_SMALL_DISK_H_

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace test {

/// A file system in memory, so small that it can be filled: the kernel itself then says ENOSPC. It
/// is mounted in a mount namespace that this process gets for itself, so that it is gone when the
/// process and its children are, however they end. Make it before there are threads.
class SmallDisk {
 public:
  /// Mounts it over `mount_point`, an empty directory.
  SmallDisk(std::filesystem::path mount_point, std::size_t bytes)
      : mount_point_(std::move(mount_point)) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", mount_point_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                options(bytes).c_str()) != 0) {
      why_not_ = "needs root and mount(2) of a tmpfs: " + std::generic_category().message(errno);
    }
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (ready()) ::umount2(mount_point_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool ready() const { return why_not_.empty(); }
  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  [[nodiscard]] const std::filesystem::path& path() const { return mount_point_; }

  /// Writes a file until nothing more fits; returns whether the kernel said so.
  [[nodiscard]] bool fill() const {
    const int fd = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    const std::vector<char> part(4096, 'x');
    ssize_t n = 0;
    do n = ::write(fd, part.data(), part.size());
    while (n > 0);
    const bool full = n < 0 && errno == ENOSPC;
    ::close(fd);
    return full;
  }
  /// Removes that file.
  [[nodiscard]] bool make_room() const { return std::filesystem::remove(filler()); }
  /// Gives it another size.
  [[nodiscard]] bool resize(std::size_t bytes) const {
    return ::mount("tmpfs", mount_point_.c_str(), "tmpfs",
                   MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC, options(bytes).c_str()) == 0;
  }

 private:
  [[nodiscard]] std::filesystem::path filler() const { return mount_point_ / "filler"; }
  static std::string options(std::size_t bytes) {
    return "mode=0700,size=" + std::to_string(bytes);
  }
  std::filesystem::path mount_point_;
  std::string why_not_;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_SUPPORT_SMALL_DISK_H_
