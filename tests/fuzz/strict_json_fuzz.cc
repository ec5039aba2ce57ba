// What the strict checker accepts, a plain parser accepts as well and finds no duplicate in; a
// scalar that is found by a pointer is the one that the document tree has there.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/json.h"

using Json = nlohmann::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The first line, when it starts with '/', is the pointer to look up in the rest.
  std::string_view pointer = text.substr(0, text.find('\n'));
  std::string_view document = text;
  if (pointer.starts_with('/')) {
    document.remove_prefix(std::min(document.size(), pointer.size() + 1));
  } else {
    pointer = "/a";
  }
  const bool strict = coefficient::json::check(document).has_value();
  const auto found = coefficient::json::scalar_at(document, pointer);
  if (found && !strict) std::abort();
  if (!strict) return 0;
  const Json tree = Json::parse(document, nullptr, false);
  if (tree.is_discarded()) std::abort();
  if (!found || !*found) return 0;
  const Json::json_pointer where{std::string(pointer)};
  if (!tree.contains(where)) std::abort();
  const Json& value = tree.at(where);
  const std::string expected = value.is_string() ? value.get<std::string>() : value.dump();
  if (expected != **found) std::abort();
  return 0;
}
