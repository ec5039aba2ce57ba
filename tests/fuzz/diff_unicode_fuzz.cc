// Any bytes as a line: nothing to escape is left, it is UTF-8 exactly if it was, without findings
// it is the input itself, and lines can be taken one by one or together.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/utf8.h"
#include "diff/json_writer.h"
#include "diff/unicode.h"

namespace {

using coefficient::diff::detail::escape_invisible;
using coefficient::diff::detail::UnicodeFindings;
using coefficient::utf8::is_valid;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string buffer;
  UnicodeFindings findings;
  const std::string once(escape_invisible(input, buffer, findings));
  require((findings.total() == 0) == (once == input));
  require(is_valid(once) == is_valid(input));
  require(once.size() <= 9 * input.size());

  std::string again;
  UnicodeFindings none;
  require(escape_invisible(once, again, none).data() == once.data() && none.total() == 0);

  std::string joined;
  UnicodeFindings by_line;
  std::string_view rest = input;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    joined.append(escape_invisible(rest.substr(0, end), buffer, by_line)).push_back('\n');
    rest.remove_prefix(end + 1);
  }
  joined.append(escape_invisible(rest, buffer, by_line));
  require(joined == once && by_line.total() == findings.total());
  return 0;
}
