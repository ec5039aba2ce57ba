#ifndef EXAMPLES_AUDIT_VERIFY_TREE_H_
#define EXAMPLES_AUDIT_VERIFY_TREE_H_

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace audit_verify {

using Digest = std::array<std::byte, 32>;

/// Returns CRC-32C (Castagnoli, reflected) of the bytes after those that gave `seed`; 0 to begin.
std::uint32_t crc32c(std::uint32_t seed, std::span<const std::byte> bytes);

/// The Merkle tree of RFC 6962 section 2.1, written anew for this program: it must not err where
/// the writer's does. A failure inside OpenSSL is remembered: ok() is then false.
class Tree {
 public:
  Tree();
  /// Returns the leaf.
  Digest append_record(std::span<const std::byte> record);
  void append_leaf(const Digest& leaf);
  [[nodiscard]] Digest root();
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  struct Node {
    unsigned height;
    Digest hash;
  };
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MD* md) const { EVP_MD_free(md); }
  };
  Digest hash(std::byte prefix, std::span<const std::byte> first,
              std::span<const std::byte> second);

  std::unique_ptr<EVP_MD, Free> sha256_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
  std::vector<Node> nodes_;  // complete subtrees, heights falling
  std::uint64_t size_ = 0;
  bool ok_ = true;
};

}  // namespace audit_verify

#endif  // EXAMPLES_AUDIT_VERIFY_TREE_H_
