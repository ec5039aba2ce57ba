#include "keys.h"

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "io.h"

namespace jwt_tool {

namespace jwt = coefficient::jwt;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using coefficient::SecretBytes;
using jwt::Algorithm;

namespace {

Error usage(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

Result<jwt::Key> secret_key(const Arguments& arguments, std::optional<Algorithm> algorithm) {
  if (!algorithm) return usage("--secret-file needs --alg");
  const auto file = read_file(arguments.secret_file);
  if (!file) return file.error();
  return jwt::Key::hmac(*algorithm, SecretBytes::copy_of(without_line_end(text_of(*file))),
                        arguments.kid);
}

Result<jwt::Key> key_from(std::string_view text, const Arguments& arguments,
                          std::optional<Algorithm> algorithm) {
  if (!is_json(text)) {
    if (!algorithm) return usage("a PEM key needs --alg");
    return jwt::Key::from_pem(*algorithm, text, arguments.kid);
  }
  if (!arguments.kid.empty()) return usage("a JWK has its own kid; --kid is for the others");
  auto key = jwt::Key::from_jwk(text, algorithm);
  if (key && algorithm && key->algorithm() != *algorithm)
    return usage("the key is for another algorithm than --alg");
  return key;
}

Result<jwt::KeySet> set_from(std::string_view text, std::optional<Algorithm> algorithm) {
  auto set = jwt::KeySet::from_jwks(text, algorithm);
  if (!set) return set.error();
  for (const jwt::SkippedKey& skipped : set->skipped())
    std::cerr << "jwt: key " << skipped.index << " of the set is not used: " << skipped.reason
              << '\n';
  if (!algorithm) return set;
  std::vector<jwt::Key> chosen;
  for (const jwt::Key& key : set->keys())
    if (key.algorithm() == *algorithm) chosen.push_back(key);
  return jwt::KeySet::create(std::move(chosen));
}

}  // namespace

Result<std::optional<Algorithm>> algorithm_of(const Arguments& arguments) {
  if (arguments.algorithm.empty()) return std::optional<Algorithm>();
  const auto algorithm = jwt::parse_algorithm(arguments.algorithm);
  if (!algorithm) return usage("--alg is none of HS, RS, PS, ES with 256, 384, 512, or EdDSA");
  return algorithm;
}

Result<jwt::Key> read_key(const Arguments& arguments) {
  const auto algorithm = algorithm_of(arguments);
  if (!algorithm) return algorithm.error();
  if (arguments.key_file.empty()) return secret_key(arguments, *algorithm);
  const auto file = read_file(arguments.key_file);
  if (!file) return file.error();
  return key_from(text_of(*file), arguments, *algorithm);
}

Result<jwt::KeySet> read_keys(const Arguments& arguments) {
  const auto algorithm = algorithm_of(arguments);
  if (!algorithm) return algorithm.error();
  if (!arguments.key_file.empty()) {
    const auto file = read_file(arguments.key_file);
    if (!file) return file.error();
    const std::string_view text = text_of(*file);
    // A set has no kty, and so is no JWK.
    if (is_json(text) && text.find("\"keys\"") != std::string_view::npos &&
        !jwt::Key::from_jwk(text, *algorithm))
      return set_from(text, *algorithm);
  }
  auto key = read_key(arguments);
  if (!key) return key.error();
  std::vector<jwt::Key> keys;
  keys.push_back(*std::move(key));
  return jwt::KeySet::create(std::move(keys));
}

}  // namespace jwt_tool
