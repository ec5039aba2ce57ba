#ifndef COEFFICIENT_SRC_CORE_JSON_VISITOR_H_
#define COEFFICIENT_SRC_CORE_JSON_VISITOR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "core/json.h"

// Private to the library: never installed. For a reader of documents of which it keeps much; one
// that keeps little is shorter on json_reader.h.
COEFFICIENT_BEGIN_NAMESPACE
namespace json {

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
  virtual bool name(std::string_view name) = 0;   ///< Of the member whose value comes next.
  virtual bool text(std::string_view value) = 0;  ///< Unescaped.
  virtual bool integer(std::uint64_t value) = 0;
  virtual bool other() = 0;  ///< null, a boolean, or a number that is no unsigned 64-bit integer.

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
/// strict as a Reader is; all but the last must be arrays or objects. `limits.max_bytes` is for all
/// together. Errors: those of Reader, with the byte counted from the first; the visitor's own.
/// What the visitor was told before an error must not be used: a duplicate name is found only when
/// its object ends.
COEFFICIENT_CORE_EXPORT Result<> visit_sequence(std::string_view text, Visitor& visitor,
                                                const Limits& limits = {});

}  // namespace json
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_JSON_VISITOR_H_
