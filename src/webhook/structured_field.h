#ifndef COEFFICIENT_SRC_WEBHOOK_STRUCTURED_FIELD_H_
#define COEFFICIENT_SRC_WEBHOOK_STRUCTURED_FIELD_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "coefficient/version.h"

// The parts of RFC 8941 that RFC 9421 and RFC 9530 need, read strictly: no duplicate keys, no blank
// but around commas and between list items, everything bounded. All results are views into the
// text.
COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// One label of Signature-Input (RFC 9421 section 4.1).
struct SignatureInput {
  std::string_view label;
  std::string_view raw;  ///< The inner list with its parameters: the value of @signature-params.
  std::vector<std::string_view> components;
  bool component_parameters = false;  ///< A component has parameters (;req, ;sf ...).
  std::optional<std::string_view> created, expires;  ///< Digits; the caller checks the range.
  std::optional<std::string_view> nonce, keyid, alg, tag;
};

/// One member of a dictionary of byte sequences; `value` is what stands between the colons.
struct ByteSequence {
  std::string_view name;
  std::string_view value;
};

/// Returns the labels, at most 8 with at most 32 components each; nothing if `text` is malformed.
std::optional<std::vector<SignatureInput>> parse_signature_input(std::string_view text);

/// Returns the members, at most 16; nothing if `text` is malformed. The alphabet of the values
/// is checked by whoever decodes them.
std::optional<std::vector<ByteSequence>> parse_byte_sequences(std::string_view text);

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_STRUCTURED_FIELD_H_
