#ifndef EXAMPLES_JWT_ARGUMENTS_H_
#define EXAMPLES_JWT_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jwt_tool {

/// What the command line says. Only the members of the command that was given are set; an empty
/// text is an option that was not given.
struct Arguments {
  std::string key_file;
  std::string secret_file;
  std::string algorithm;
  std::string kid;
  std::string type;

  std::vector<std::string> issuers;
  std::vector<std::string> audiences;
  std::vector<std::string> required;
  std::optional<std::int64_t> now;
  std::optional<std::int64_t> leeway;
  std::optional<std::int64_t> max_age;
  bool no_exp = false;  ///< verify, sign: exp may be absent

  std::optional<std::int64_t> expires_in;
  std::string out_file;
  unsigned rsa_bits = 3072;
};

int keygen(const Arguments& arguments);
int sign(const Arguments& arguments);
int verify(const Arguments& arguments);
int inspect(const Arguments& arguments);
int thumbprint(const Arguments& arguments);

}  // namespace jwt_tool

#endif  // EXAMPLES_JWT_ARGUMENTS_H_
