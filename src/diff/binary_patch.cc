#include "diff/binary_patch.h"

#include <algorithm>
#include <array>
#include <cstddef>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::string_view kBase85 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

constexpr std::array<bool, 256> kIsBase85 = [] {
  std::array<bool, 256> table{};
  for (const char c : kBase85) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_block_header(std::string_view line) noexcept {
  for (const std::string_view kind : {std::string_view("literal "), std::string_view("delta ")}) {
    if (!line.starts_with(kind)) continue;
    const std::string_view size = line.substr(kind.size());
    return !size.empty() && size.size() <= 20 &&
           std::all_of(size.begin(), size.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
  return false;
}

// One letter for the number of bytes (A-Z: 1-26, a-z: 27-52), then five characters per four bytes.
bool is_data_line(std::string_view line) noexcept {
  const char c = line.front();
  const bool upper = c >= 'A' && c <= 'Z';
  if (!upper && !(c >= 'a' && c <= 'z')) return false;
  const auto bytes = static_cast<std::size_t>(upper ? c - 'A' + 1 : c - 'a' + 27);
  return line.size() == 1 + (bytes + 3) / 4 * 5 &&
         std::all_of(line.begin() + 1, line.end(),
                     [](char d) { return kIsBase85[static_cast<unsigned char>(d)]; });
}

// Reads one block and adds its size to `patch`; without a block header nothing is read.
bool read_block(std::string_view text, BinaryPatch& patch) noexcept {
  bool started = false;
  while (true) {
    const std::size_t length = text.substr(patch.size).find('\n');
    if (length == std::string_view::npos) {
      patch.fault =
          started || patch.size == text.size() ? BinaryFault::kTruncated : BinaryFault::kMalformed;
      return false;
    }
    const std::string_view line = text.substr(patch.size, length);
    if (!started && !is_block_header(line)) return false;
    if (started && !line.empty() && !is_data_line(line)) {
      patch.fault = BinaryFault::kMalformed;
      return false;
    }
    patch.size += length + 1;
    if (started && line.empty()) return true;
    started = true;
  }
}

}  // namespace

BinaryPatch read_binary_patch(std::string_view text) noexcept {
  BinaryPatch patch;
  if (!read_block(text, patch)) {
    if (patch.fault == BinaryFault::kNone) patch.fault = BinaryFault::kMalformed;
    return patch;
  }
  const std::size_t first = patch.size;
  if (!read_block(text, patch) && patch.size == first) patch.fault = BinaryFault::kNone;
  return patch;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
