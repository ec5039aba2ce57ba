#ifndef COEFFICIENT_WEBHOOK_REQUEST_H_
#define COEFFICIENT_WEBHOOK_REQUEST_H_

#include <span>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

/// One HTTP field line as received, the name in any case, the value without surrounding blanks
/// (RFC 9110 section 5.5). Repeated fields must stay separate entries: joining them would hide
/// a duplicate from the verifier.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// What a verifier needs to see of a request before its body. Views only: the host keeps the
/// bytes alive during the call; no verifier keeps them longer.
struct Request {
  std::span<const Header> headers;
  /// Only RFC 9421 needs these two: the method, and the absolute URI that the *sender* used
  /// (scheme, authority, path, query), which behind a proxy is not what the host sees.
  std::string_view method = {};
  std::string_view url = {};
};

}  // namespace webhook
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_WEBHOOK_REQUEST_H_
