#include "diff/hunk_header.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 31U;

// Consumes the text of a hunk header from the left; the first fault sticks.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) noexcept : text_(text) {}

  void expect(char c) noexcept {
    if (!text_.starts_with(c)) return refuse(HunkHeaderFault::kMalformed);
    text_.remove_prefix(1);
  }
  void expect_ats(std::size_t count) noexcept {
    const std::size_t found = std::min(text_.find_first_not_of('@'), text_.size());
    if (found != count) return refuse(HunkHeaderFault::kMalformed);
    text_.remove_prefix(count);
  }
  Range range() noexcept {
    Range range{number(), 1};
    if (text_.starts_with(',')) {
      text_.remove_prefix(1);
      range.count = number();
    }
    return range;
  }
  [[nodiscard]] std::string_view rest() const noexcept { return text_; }
  [[nodiscard]] HunkHeaderFault fault() const noexcept { return fault_; }

 private:
  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits)
      value =
          std::min(value * 10 + static_cast<std::uint64_t>(text_[digits] - '0'), kMaxNumber + 1);
    if (digits == 0) refuse(HunkHeaderFault::kMalformed);
    if (value > kMaxNumber) refuse(HunkHeaderFault::kNumberTooLarge);
    text_.remove_prefix(digits);
    return value;
  }
  void refuse(HunkHeaderFault fault) noexcept {
    if (fault_ == HunkHeaderFault::kNone) fault_ = fault;
  }

  std::string_view text_;
  HunkHeaderFault fault_ = HunkHeaderFault::kNone;
};

}  // namespace

HunkHeaderFault parse_hunk_header(std::string_view line, std::span<Range> old_ranges,
                                  Range& new_range, std::string_view& heading) noexcept {
  HeaderReader reader(line);
  reader.expect_ats(old_ranges.size() + 1);
  for (Range& range : old_ranges) {
    reader.expect(' ');
    reader.expect('-');
    range = reader.range();
    if (reader.fault() != HunkHeaderFault::kNone) return reader.fault();
  }
  reader.expect(' ');
  reader.expect('+');
  new_range = reader.range();
  reader.expect(' ');
  // The heading may start with an '@' of its own, but only after the blank that git writes.
  reader.expect_ats(old_ranges.size() + 1);
  heading = reader.rest();
  if (heading.starts_with(' ')) heading.remove_prefix(1);
  return reader.fault();
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
