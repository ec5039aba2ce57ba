#ifndef COEFFICIENT_SRC_CORE_JSON_READER_H_
#define COEFFICIENT_SRC_CORE_JSON_READER_H_

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "core/json.h"

// Private to the library: never installed. The one reader of JSON from outside; json.h has what
// most callers need of it.
COEFFICIENT_BEGIN_NAMESPACE
namespace json {

enum class Event {
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kName,  ///< Of a member; its value comes next.
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
  kEnd,    ///< The text was one JSON value and nothing else; all further calls return this.
  kError,  ///< See error(); all further calls return this.
};

/// Reads one strict JSON value (RFC 8259) event by event and builds nothing of it: valid UTF-8, no
/// BOM, no lone surrogates, no duplicate member names after unescaping, within `limits`. Numbers
/// are of any size and precision, since they stay text. What was returned before kError or kEnd is
/// not yet known to be from a valid text.
///
/// Time is linear in the text, but for the sorting of each object's names (n log n comparisons).
/// Memory: 16 bytes per member of the objects that are open (32 while the list grows), and those
/// of their names that are written with escapes.
///
/// Thread safety: distinct objects only. The text must outlive the reader.
class COEFFICIENT_CORE_EXPORT Reader {
 public:
  explicit Reader(std::string_view text, const Limits& limits = {});
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() = default;

  Event next();
  /// After a value: expects another one, and returns whether anything but blanks follows.
  bool next_value() noexcept;

  /// Returns the last name, string (with its quotes) or number as it stands in the text.
  [[nodiscard]] std::string_view raw() const noexcept { return raw_; }
  /// Returns the last name unescaped. Valid until its object ends.
  [[nodiscard]] std::string_view name() const noexcept { return names_.back(); }
  /// Returns the last string unescaped. Valid until the next call.
  [[nodiscard]] std::string_view string();
  /// Returns how many bytes of the text were read: the last event's token ends there.
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }
  /// Returns how many objects and arrays are open.
  [[nodiscard]] std::size_t depth() const noexcept { return levels_.size(); }
  /// kInvalidArgument says at which byte (from 1) the text stops being JSON; kResourceExhausted
  /// for a limit. Never holds anything of the text. Precondition: next() returned kError.
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  enum class Expect { kValue, kNameOrEnd, kElementOrEnd, kCommaOrEnd, kNothing };
  struct Level {
    bool object;
    std::size_t first_name;     // in names_
    std::size_t first_decoded;  // in decoded_
  };

  void skip_blanks() noexcept;
  [[nodiscard]] bool at(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }
  Event value();
  Event name_and_colon();
  Event open(bool object);
  Event close();
  Event number();
  Event literal(std::string_view word, Event event);
  // Reads the string whose opening quote stands at at_ into raw_ and escaped_.
  bool scan_string();
  bool scan_escape();
  bool scan_hex(unsigned& unit);
  bool has_duplicate(std::size_t first_name);
  Event malformed();
  Event fail(ErrorCode code, std::string message);

  std::string_view text_;
  Limits limits_;
  std::size_t at_ = 0;
  Expect expect_ = Expect::kValue;
  bool failed_ = false;
  bool escaped_ = false;  // whether raw_ has a backslash
  std::string_view raw_;
  std::string unescaped_;  // of string()
  std::vector<Level> levels_;
  std::vector<std::string_view> names_;  // of all open objects
  std::deque<std::string> decoded_;      // what the names with escapes view
  Error error_;
};

/// Returns the length of the start of `text` that a string may hold as it is: ASCII without
/// controls, '"' and '\'.
COEFFICIENT_CORE_EXPORT std::size_t plain_length(std::string_view text) noexcept;

/// Appends the characters of `raw`, a string without its quotes as a Reader accepted it.
COEFFICIENT_CORE_EXPORT void append_unescaped(std::string_view raw, std::string& out);

/// Returns the length of the first character of `raw`, which is not empty: a UTF-8 sequence, or an
/// escape, where a surrogate pair is one. `raw` is as for append_unescaped().
COEFFICIENT_CORE_EXPORT std::size_t character_length(std::string_view raw) noexcept;

}  // namespace json
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_JSON_READER_H_
