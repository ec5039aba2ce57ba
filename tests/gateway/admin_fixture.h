#ifndef COEFFICIENT_TESTS_GATEWAY_ADMIN_FIXTURE_H_
#define COEFFICIENT_TESTS_GATEWAY_ADMIN_FIXTURE_H_

#include <optional>
#include <string>
#include <vector>

#include "admin_token.h"
#include "coefficient/jwt/claim_set.h"
#include "coefficient/jwt/signer.h"
#include "fixture.h"

namespace test {

/// A gateway directory whose inbox has something to show, and its admin key.
class AdminTest : public GatewayTest {
 protected:
  AdminTest();

  /// Returns a token of `roles` as `gateway token` makes it.
  [[nodiscard]] std::string token(std::vector<std::string> roles) const;
  /// Returns the claims of such a token, to be bent.
  [[nodiscard]] static coefficient::jwt::ClaimSet claims(std::int64_t issued_in = 0,
                                                         std::int64_t expires_in = 600);
  [[nodiscard]] static std::string signed_by(const coefficient::jwt::Key& key,
                                             const coefficient::jwt::ClaimSet& claims,
                                             std::string type = "gateway-admin+jwt");
  /// Sends a request without a body over a connection of its own; returns the whole answer.
  std::string ask(const std::string& method, const std::string& target,
                  const std::vector<std::string>& header_lines);
  std::string get(const std::string& target, const std::string& token) {
    return ask("GET", target, {"Authorization: Bearer " + token});
  }
  /// Puts a delivery of this body into the inbox, not to be worked on, and returns its id.
  std::int64_t add_dead(int number, const std::string& payload);
  /// The same for one that is done, with this receipt.
  std::int64_t add_done(int number, const std::string& receipt);

  std::optional<coefficient::jwt::Key> key_;
};

/// Returns the body of an answer as JSON.
nlohmann::json body_of(const std::string& answer);

}  // namespace test

#endif  // COEFFICIENT_TESTS_GATEWAY_ADMIN_FIXTURE_H_
