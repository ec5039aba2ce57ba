#ifndef COEFFICIENT_TESTS_SUPPORT_SEED_H_
#define COEFFICIENT_TESTS_SUPPORT_SEED_H_

#include <cstdlib>
#include <random>
#include <string>

namespace test {

/// The seed of random tests: one and the same, so that a red run can be run again, unless the
/// environment variable COEFFICIENT_TEST_SEED names another, or "random" for one that is reported.
inline unsigned seed() {
  static const unsigned value = [] {
    const char* named = std::getenv("COEFFICIENT_TEST_SEED");
    const std::string text = named == nullptr ? "20240501" : named;
    return text == "random" ? std::random_device{}()
                            : static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 10));
  }();
  return value;
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_SUPPORT_SEED_H_
