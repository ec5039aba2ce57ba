#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "arguments.h"
#include "coefficient/core/encoding.h"
#include "io.h"

namespace jwt_tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxToken = std::size_t{64} * 1024;
constexpr int kMaxBrackets = 256;  // nlohmann prints by recursion

// At least as deep as the text is nested.
int brackets(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return c == '{' || c == '['; }));
}

// A part as JSON if it is that, else as text; null if it is not even base64url.
Json shown(std::string_view part) {
  const auto bytes = coefficient::base64url_decode(part);
  if (!bytes) return nullptr;
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (brackets(text) > kMaxBrackets) return text;
  Json parsed = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? Json(text) : parsed;
}

}  // namespace

int inspect(const Arguments& /*arguments*/) {
  const auto input = read_stdin(kMaxToken);
  if (!input) return fail(kUsage, input.error().message);
  const std::string_view token = without_line_end(*input);
  if (token.size() > kMaxToken) return fail(kRefused, "the token is longer than 64 KiB");
  if (std::count(token.begin(), token.end(), '.') != 2)
    return fail(kRefused, "not three parts with dots between them");
  const std::size_t first = token.find('.');
  const std::size_t second = token.rfind('.');
  Json out;
  out["verified"] = false;
  out["warning"] = "NOTHING WAS VERIFIED: anyone can write this";
  out["header"] = shown(token.substr(0, first));
  out["claims"] = shown(token.substr(first + 1, second - first - 1));
  out["signature"] = coefficient::base64url_decode(token.substr(second + 1)).has_value()
                         ? "not checked"
                         : "not base64url";
  std::cerr << "jwt: NOTHING WAS VERIFIED. Anyone can write this; use jwt verify to know.\n";
  // ASCII only: what a stranger wrote does not move a terminal's cursor.
  std::cout << out.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) << '\n';
  return out["header"].is_null() || out["claims"].is_null() ? kRefused : kDone;
}

}  // namespace jwt_tool
