#include "jwt/quoted.h"

#include "core/json_reader.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

void append_quoted(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  while (true) {
    const std::size_t plain = json::plain_length(text);
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    const auto c = static_cast<unsigned char>(text[plain]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4U];
      out += kHex[c & 15U];
    } else {
      out += static_cast<char>(c);
    }
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
