#ifndef EXAMPLES_JWT_KEYS_H_
#define EXAMPLES_JWT_KEYS_H_

#include <optional>

#include "arguments.h"
#include "coefficient/core/result.h"
#include "coefficient/jwt/key_set.h"

namespace jwt_tool {

/// The algorithm of --alg; nothing if it was not given. Error: kInvalidArgument for an unknown one.
coefficient::Result<std::optional<coefficient::jwt::Algorithm>> algorithm_of(
    const Arguments& arguments);

/// The key of --key (PEM or JWK) or --secret-file. Errors: kInvalidArgument with the reason.
coefficient::Result<coefficient::jwt::Key> read_key(const Arguments& arguments);

/// The same, and a JWK set. With --alg, keys of other algorithms are left out.
coefficient::Result<coefficient::jwt::KeySet> read_keys(const Arguments& arguments);

}  // namespace jwt_tool

#endif  // EXAMPLES_JWT_KEYS_H_
