#include "webhook/signature_base.h"

#include <algorithm>
#include <utility>

#include "webhook/request_headers.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {
namespace {

// The derived components of RFC 9421 section 2.2 that a request without parameters can have.
std::optional<std::string> derived(std::string_view name, const Request& request,
                                   const TargetUri& target) {
  if (name == "@method") return std::string(request.method);
  if (name == "@target-uri") return target.text();
  if (name == "@authority") return target.authority;
  if (name == "@scheme") return target.scheme;
  if (name == "@request-target") return target.path + target.query;
  if (name == "@path") return target.path;
  if (name == "@query") return target.query.empty() ? "?" : target.query;
  return std::nullopt;
}

bool is_field_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

Result<std::string, Refusal> component_value(std::string_view name, const Request& request,
                                             const TargetUri& target) {
  if (name.starts_with('@')) {
    auto value = derived(name, request, target);
    if (!value) return Refusal{Reason::kMalformedSignature};
    return *std::move(value);
  }
  const bool canonical =
      std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!canonical) return Refusal{Reason::kMalformedSignature};
  const auto value = single_header(request, name);
  if (!value) return value.error();
  if (!is_field_value(*value)) return Refusal{Reason::kMalformedSignature};
  return std::string(*value);
}

}  // namespace

Result<std::string_view, Refusal> single_header(const Request& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const Header& header : request.headers) {
    if (!same_name(header.name, name)) continue;
    if (found) return Refusal{Reason::kDuplicateHeader};
    found = header.value;
  }
  if (!found) return Refusal{Reason::kMissingHeader};
  return *found;
}

Result<std::string, Refusal> signature_base(const SignatureInput& input, const Request& request,
                                            const TargetUri& target) {
  if (input.component_parameters) return Refusal{Reason::kMalformedSignature};
  std::string base;
  for (auto it = input.components.begin(); it != input.components.end(); ++it) {
    if (std::find(input.components.begin(), it, *it) != it)
      return Refusal{Reason::kMalformedSignature};
    const auto value = component_value(*it, request, target);
    if (!value) return value.error();
    base.append("\"").append(*it).append("\": ").append(*value).append("\n");
  }
  base.append("\"@signature-params\": ").append(input.raw);
  return base;
}

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE
