#ifndef COEFFICIENT_EXAMPLES_GATEWAY_LEAVING_LINES_H_
#define COEFFICIENT_EXAMPLES_GATEWAY_LEAVING_LINES_H_

#include <cstddef>
#include <set>
#include <string>

namespace gateway {

/// The lines of a minimized JSON, as a diff would write them: op, then the bytes of the text. They
/// are to be found again, one by one, in the diff that the JSON was made from.
class LeavingLines {
 public:
  /// No lines if `minimized` is not such a JSON.
  explicit LeavingLines(const std::string& minimized);

  /// Takes away one line that is equal to `line`; returns whether there was one.
  bool take(const std::string& line);

  /// Lines that are left.
  [[nodiscard]] std::size_t size() const { return verbatim_.size() + altered_.size(); }
  /// Those of them that say themselves that they are not verbatim: something in them is redacted,
  /// shown or cut off.
  [[nodiscard]] std::size_t altered() const { return altered_.size(); }

 private:
  std::multiset<std::string> verbatim_;
  std::multiset<std::string> altered_;
};

}  // namespace gateway

#endif  // COEFFICIENT_EXAMPLES_GATEWAY_LEAVING_LINES_H_
