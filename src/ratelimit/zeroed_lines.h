#ifndef COEFFICIENT_SRC_RATELIMIT_ZEROED_LINES_H_
#define COEFFICIENT_SRC_RATELIMIT_ZEROED_LINES_H_

#include <cstddef>
#include <optional>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// Memory of 64-byte lines, zeroed, which the system hands out when it is first touched; in large
/// pages where it has them, as a random access otherwise misses the TLB too.
///
/// Thread safety: immutable, but for what is written to data().
class ZeroedLines {
 public:
  static constexpr std::size_t kLineBytes = 64;

  /// Returns nothing if the memory cannot be had.
  static std::optional<ZeroedLines> map(std::size_t lines);
  ZeroedLines(ZeroedLines&& other) noexcept;
  ZeroedLines& operator=(ZeroedLines&&) = delete;
  ZeroedLines(const ZeroedLines&) = delete;
  ZeroedLines& operator=(const ZeroedLines&) = delete;
  ~ZeroedLines();

  [[nodiscard]] void* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  ZeroedLines(void* data, std::size_t bytes) noexcept : data_(data), bytes_(bytes) {}
  void* data_;
  std::size_t bytes_;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_ZEROED_LINES_H_
