// A host of the module payload: of a payload only what the policy names leaves.
#include <coefficient/payload/minimizer.h>
#include <coefficient/payload/policy.h>

#include <cstdlib>

int main() {
  namespace payload = coefficient::payload;
  const auto policy = payload::Policy::parse(R"({"id":"host@1","rules":[{"pointer":"/kept"}]})");
  if (!policy) return EXIT_FAILURE;
  const auto out = payload::minimize(R"({"kept": 1, "dropped": 2})", *policy);
  return out && out->json == R"({"kept":1})" ? EXIT_SUCCESS : EXIT_FAILURE;
}
