#ifndef COEFFICIENT_TESTS_SUPPORT_TEMP_DIR_H_
#define COEFFICIENT_TESTS_SUPPORT_TEMP_DIR_H_

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace test {

/// A new directory, removed with all that is in it when the object goes.
class TempDir {
 public:
  enum class Where {
    kTemp,    ///< where the system keeps temporary files
    kMemory,  ///< in memory where there is such a file system: the disk does not matter
    kHere,    ///< in the current directory: a disk, where the temporary files may be in memory
  };

  explicit TempDir(Where where = Where::kTemp) {
    std::string name = (parent(where) / "coefficient-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;  // a directory left over fails no test
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string string() const { return path_.string(); }
  /// The path of a file in it.
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  static std::filesystem::path parent(Where where) {
    if (where == Where::kHere) return std::filesystem::current_path();
    if (where == Where::kMemory && ::access("/dev/shm", W_OK) == 0) return "/dev/shm";
    return std::filesystem::temp_directory_path();
  }

  std::filesystem::path path_;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_SUPPORT_TEMP_DIR_H_
