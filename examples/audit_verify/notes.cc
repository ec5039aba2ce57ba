#include "notes.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "coefficient/audit/note.h"

namespace audit_verify {
namespace {

namespace audit = coefficient::audit;

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

/// A text of the form, and how many characters of base64 or decimal may follow it.
struct Piece {
  std::string text;
  std::size_t free;
};

}  // namespace

bool Notes::open(const std::string& path) {
  std::error_code error;
  left_ = std::filesystem::file_size(path, error);
  in_.open(path, std::ios::binary);
  line_.resize(audit::kMaxNoteBytes + 2);
  return !error && in_.is_open();
}

std::optional<std::string> Notes::next() {
  std::string note;
  for (int empty = 0; empty < 2;) {
    in_.getline(line_.data(), static_cast<std::streamsize>(line_.size()));
    const bool whole = in_.good();
    const bool too_long = in_.fail() && !in_.eof();
    const auto size = static_cast<std::size_t>(in_.gcount()) - (whole ? 1 : 0);
    const std::string_view line(line_.data(), size);
    failed_ = too_long || note.size() + size > audit::kMaxNoteBytes;
    if (failed_) return std::nullopt;
    if (!whole || size + 1 > left_) {
      rest_ = note.append(line.substr(0, static_cast<std::size_t>(left_)));
      return std::nullopt;
    }
    left_ -= size + 1;
    if (line.empty() && ++empty == 2) break;
    note.append(line) += '\n';
  }
  return note;
}

bool Notes::rest_is_begun(const std::string& origin) const {
  std::string_view rest = rest_;
  rest = rest.substr(0, rest.find_last_not_of('\0') + 1);
  const std::array<Piece, 4> form = {
      {{origin + "\n", 20}, {"\n", 44}, {"\n\n\u2014 " + origin + " ", 92}, {"\n", 0}}};
  for (const Piece& piece : form) {
    const std::size_t size = std::min(piece.text.size(), rest.size());
    if (rest.substr(0, size) != std::string_view(piece.text).substr(0, size)) return false;
    rest.remove_prefix(size);
    const std::size_t free = std::min(rest.find_first_not_of(kBase64), rest.size());
    if (free > piece.free) return false;
    rest.remove_prefix(free);
  }
  return rest.empty();
}

}  // namespace audit_verify
