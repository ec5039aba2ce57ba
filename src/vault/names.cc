#include "vault/names.h"

#include <algorithm>

#include "core/utf8.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

constexpr std::size_t kMaxNameBytes = 255;

Error bad_name(const char* part) {
  return Error{ErrorCode::kInvalidArgument,
               std::string(part) + " is not 1 to 255 bytes of UTF-8 without control characters"};
}

}  // namespace

bool is_name(std::string_view text) noexcept {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  // U+0080 to U+009F, which some terminals obey, are 0xc2 and 0x80 to 0x9f.
  const auto c1 = [](char first, char second) {
    return first == '\xc2' && static_cast<unsigned char>(second) < 0xa0;
  };
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::none_of(text.begin(), text.end(), control) &&
         std::adjacent_find(text.begin(), text.end(), c1) == text.end() && utf8::is_valid(text);
}

Result<> check_tenant(std::string_view tenant) {
  if (!is_name(tenant)) return bad_name("the tenant");
  return {};
}

Result<> check_ref(const RecordRef& ref) {
  if (!is_name(ref.tenant)) return bad_name("the tenant");
  if (!is_name(ref.kind)) return bad_name("the kind");
  if (!is_name(ref.name)) return bad_name("the name");
  return {};
}

std::string joined(const RecordRef& ref) {
  std::string out;
  out.reserve(ref.tenant.size() + ref.kind.size() + ref.name.size() + 2);
  out.append(ref.tenant).append(1, '\0').append(ref.kind).append(1, '\0').append(ref.name);
  return out;
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
