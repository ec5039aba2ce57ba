#ifndef COEFFICIENT_SRC_DIFF_JSON_WRITER_H_
#define COEFFICIENT_SRC_DIFF_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Appends JSON (RFC 8259) to a string; commas are its own business, balance is the caller's.
/// Whatever the bytes, the result is valid UTF-8.
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
  /// Appends `text` as the start of a value whose members go on; it must be right as it stands.
  void open_raw(std::string_view text);
  /// Writes {"path":"..."}, or {"path_hex":"..."} if the path is not UTF-8.
  void path(std::string_view path);

  /// Takes back what was written since the text had `size` bytes.
  void cut(std::size_t size) {
    text_.resize(size);
    comma_ = !text_.empty() && text_.back() != '[' && text_.back() != '{' && text_.back() != ':';
  }
  /// Empties the text and keeps its memory.
  void clear() noexcept {
    text_.clear();
    comma_ = false;
  }
  [[nodiscard]] std::string& text() noexcept { return text_; }

 private:
  void open(char bracket);
  void close(char bracket);
  void comma();
  void key(std::string_view name, std::string_view suffix);
  void escape(char c);

  std::string text_;
  bool comma_ = false;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_JSON_WRITER_H_
