#ifndef COEFFICIENT_CORE_RESULT_H_
#define COEFFICIENT_CORE_RESULT_H_

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "coefficient/core/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE

/// What went wrong, for code to branch on: the canonical status names, with their usual numbers.
/// Values are stable; new ones may be appended.
enum class ErrorCode : int {
  kInvalidArgument = 3,     ///< The caller's input can never work; do not retry.
  kDeadlineExceeded = 4,    ///< Time ran out before the answer was known.
  kNotFound = 5,            ///< The thing asked for does not exist.
  kAlreadyExists = 6,       ///< The thing to be made exists.
  kPermissionDenied = 7,    ///< The caller is known and may not.
  kResourceExhausted = 8,   ///< A size, rate or memory limit was reached.
  kFailedPrecondition = 9,  ///< The state does not allow it; something else must happen first.
  kInternal = 13,           ///< A dependency answered what it never should.
  kUnavailable = 14,        ///< A dependency did not answer; a retry may help.
  kDataLoss = 15,           ///< Stored or received bytes are damaged or truncated.
  kUnauthenticated = 16,    ///< Who sent this could not be shown.
};

/// Returns the spelling of `code`, e.g. "unauthenticated"; "unknown" for a value outside the enum.
COEFFICIENT_CORE_EXPORT std::string_view to_string(ErrorCode code) noexcept;

/// An error: a code for code, a message for people. The message never holds secret bytes.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

namespace detail {
// Out of line on purpose: the header has the same tokens with and without exceptions.
[[noreturn]] COEFFICIENT_CORE_EXPORT void bad_result_access(const char* what) noexcept;
inline const char* describe(const Error& error) noexcept {
  return error.message.c_str();
}
}  // namespace detail

/// A `T` or an `E` (by default an Error). The method names are a subset of std::expected's, but
/// this is never an alias of it: layout and mangling must not depend on the host's -std.
/// Reading the side that is not there prints the reason to stderr and aborts.
///
/// Thread safety: like the T and E inside; const members may be called concurrently.
template <class T = void, class E = Error>
class [[nodiscard]] Result {
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  static_assert(std::is_nothrow_move_constructible_v<Value>);
  static_assert(!std::is_same_v<Value, E>);

 public:
  using value_type = T;
  using error_type = E;

  Result() requires std::is_void_v<T> : state_(std::in_place_index<0>) {}
  // Implicit on purpose: `return value;` and `return Error{...};`.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(const Value& value) requires(!std::is_void_v<T> && std::is_copy_constructible_v<Value>)
      : state_(std::in_place_index<0>, value) {}
  Result(Value&& value) requires(!std::is_void_v<T>)
      : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] Value& value() & { return checked(*this); }
  [[nodiscard]] const Value& value() const& { return checked(*this); }
  [[nodiscard]] Value&& value() && { return std::move(checked(*this)); }
  Value& operator*() & { return checked(*this); }
  const Value& operator*() const& { return checked(*this); }
  Value&& operator*() && { return std::move(checked(*this)); }
  Value* operator->() { return &checked(*this); }
  const Value* operator->() const { return &checked(*this); }

  /// Returns the error. Precondition: !has_value().
  [[nodiscard]] const E& error() const {
    const E* e = std::get_if<1>(&state_);
    if (e == nullptr) detail::bad_result_access("error() on a value");
    return *e;
  }

 private:
  template <class Self>
  static auto& checked(Self& self) {
    auto* v = std::get_if<0>(&self.state_);
    if (v == nullptr) {
      using detail::describe;
      detail::bad_result_access(describe(self.error()));
    }
    return *v;
  }
  std::variant<Value, E> state_;
};

COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_CORE_RESULT_H_
