#ifndef COEFFICIENT_TESTS_SUPPORT_VECTORS_H_
#define COEFFICIENT_TESTS_SUPPORT_VECTORS_H_

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace test {

/// The shared test data below COEFFICIENT_VECTORS_DIR; an empty path where there is none.
inline std::filesystem::path vectors(const std::string& below) {
  const std::string root = COEFFICIENT_VECTORS_DIR;
  if (root.empty() || !std::filesystem::exists(std::filesystem::path(root) / below)) return {};
  return std::filesystem::path(root) / below;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline nlohmann::json read_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(read_file(path));
}

}  // namespace test

/// Names `var` the directory `below` the shared vectors, or skips the test and says why.
#define COEFFICIENT_VECTORS_OR_SKIP(var, below)                              \
  const std::filesystem::path var = test::vectors(below);                    \
  if (var.empty())                                                           \
  GTEST_SKIP() << "needs " << (below) << " below COEFFICIENT_VECTORS_DIR ('" \
               << COEFFICIENT_VECTORS_DIR << "')"

#endif  // COEFFICIENT_TESTS_SUPPORT_VECTORS_H_
