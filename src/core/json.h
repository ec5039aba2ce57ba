#ifndef COEFFICIENT_SRC_CORE_JSON_H_
#define COEFFICIENT_SRC_CORE_JSON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. The one place where JSON from outside is read: depth,
// size and duplicate keys are bounded here. nlohmann's types stay inside json.cc.
COEFFICIENT_BEGIN_NAMESPACE
namespace json {

struct Limits {
  std::size_t max_bytes = std::size_t{32} << 20U;
  std::size_t max_depth = 64;
};

/// Returns nothing if `text` is one strict JSON value (RFC 8259): valid UTF-8, no BOM, no duplicate
/// member names after unescaping, finite numbers, within `limits`. kInvalidArgument says what and
/// at which byte; kResourceExhausted for a limit. Time and memory are linear in the text.
COEFFICIENT_CORE_EXPORT Result<> check(std::string_view text, const Limits& limits = {});

/// Returns the scalar at the JSON Pointer (RFC 6901) as text: a string unescaped, an integer in
/// decimal; nothing if there is none or it is something else. Errors: those of check().
COEFFICIENT_CORE_EXPORT Result<std::optional<std::string>> scalar_at(std::string_view text,
                                                                     std::string_view pointer,
                                                                     const Limits& limits = {});

/// Told of a document while it is read, so that no tree of it is built. A false stops the reading:
/// the visitor calls fail() and returns what that answers.
class COEFFICIENT_CORE_EXPORT Visitor {
 public:
  Visitor() = default;
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  virtual ~Visitor();

  virtual bool open(bool object) = 0;  ///< An object, or else an array, begins.
  virtual bool close() = 0;
  virtual bool name(std::string_view name) = 0;  ///< Of the member whose value comes next.
  virtual bool text(std::string& value) = 0;     ///< Unescaped; may be moved from.
  virtual bool integer(std::uint64_t value) = 0;
  virtual bool negative(std::int64_t value) = 0;
  virtual bool other() = 0;  ///< null, a boolean, or a number that is no 64-bit integer.

  [[nodiscard]] const Error& failure() const { return failure_; }

 protected:
  bool fail(ErrorCode code, std::string message) {
    failure_ = Error{code, std::move(message)};
    return false;
  }

 private:
  Error failure_;
};

/// Reads one value or several, one after the other with or without whitespace between, each as
/// strict as for check(); all but the last must be arrays or objects. `limits.max_bytes` is for all
/// together. Errors: those of check(), with the byte counted from the first; the visitor's own.
/// What the visitor was told before an error must not be used: a duplicate name is found only when
/// its object ends.
COEFFICIENT_CORE_EXPORT Result<> visit_sequence(std::string_view text, Visitor& visitor,
                                                const Limits& limits = {});

}  // namespace json
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_JSON_H_
