#ifndef COEFFICIENT_SRC_DIFF_JSON_WRITER_H_
#define COEFFICIENT_SRC_DIFF_JSON_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Writes JSON (RFC 8259); commas are its own business, balance is the caller's. Whatever the
/// bytes, the result is valid UTF-8.
class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  /// `name` must need no escape.
  void key(std::string_view name);
  void value(std::uint64_t number);
  void value(bool boolean);
  void null();
  /// `text` must need no escape.
  void plain(std::string_view text);
  /// `utf8` must be well-formed.
  void quoted(std::string_view utf8);
  /// Writes `"<name>":"..."` if `bytes` are UTF-8, else `"<name>_base64":"..."` (RFC 4648 section
  /// 4, padded): lossless, and no two byte strings look alike.
  void bytes(std::string_view name, std::string_view bytes);
  /// Writes what `fill` makes, which must be right as it stands and of at most 64 bytes, as the
  /// start of an object whose last member is a string, then `text` as that string. Writes nothing
  /// and returns false if it is not UTF-8. `fill` gets an address to write to and returns the end.
  template <class Fill>
  bool open_with_text(Fill fill, std::string_view text) {
    constexpr std::size_t kMost = 64;
    const std::size_t before = size_;
    const bool had_comma = comma_;
    comma();
    char* const start = room(kMost);
    size_ += static_cast<std::size_t>(fill(start) - start);
    if (escaped(text)) return true;
    size_ = before;
    comma_ = had_comma;
    return false;
  }
  /// Writes `text` as the start of an object that has members; it must be right as it stands.
  void open_raw(std::string_view text);
  /// Writes {"path":"..."}, or {"path_hex":"..."} if the path is not UTF-8.
  void path(std::string_view path);

  /// Sets memory aside, which is not touched before it is needed.
  void reserve(std::size_t bytes);
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Valid until more is written.
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }
  /// Replaces what stands at `from` to `to` by `by`.
  void replace(std::size_t from, std::size_t to, std::string_view by);
  /// Takes back what was written since the text had `size` bytes.
  void cut(std::size_t size) noexcept;
  /// Empties the text and keeps its memory.
  void clear() noexcept { cut(0); }
  /// Returns the text. Nothing more may be written.
  std::string take();

 private:
  // Room for `bytes` more; what was written ends at the address returned.
  char* room(std::size_t bytes) {
    if (text_.size() - size_ < bytes) [[unlikely]]
      grow(bytes);
    return text_.data() + size_;
  }
  void grow(std::size_t bytes);
  void append(std::string_view text) {
    if (text.empty()) return;  // memcpy takes no null
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  void comma() {
    *room(1) = ',';
    size_ += comma_ ? 1 : 0;
    comma_ = true;
  }
  void open(char bracket) {
    comma();
    *room(1) = bracket;
    ++size_;
    comma_ = false;
  }
  void close(char bracket) {
    *room(1) = bracket;
    ++size_;
    comma_ = true;
  }
  bool escaped(std::string_view text);

  // Longer than what was written, so that a piece is written through a bare pointer: appending to
  // a string byte by byte costs more than all else that is done to a line.
  std::string text_;
  std::size_t size_ = 0;
  bool comma_ = false;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_JSON_WRITER_H_
