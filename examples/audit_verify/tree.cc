#include "tree.h"

namespace audit_verify {

std::uint32_t crc32c(std::uint32_t seed, std::span<const std::byte> bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) * 0x82F63B78U);
      made[i] = value;
    }
    return made;
  }();
  std::uint32_t crc = ~seed;
  for (const std::byte b : bytes)
    crc = (crc >> 8U) ^ table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xFFU];
  return ~crc;
}

Tree::Tree() : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  ok_ = sha256_ != nullptr && context_ != nullptr;
}

Digest Tree::hash(std::byte prefix, std::span<const std::byte> first,
                  std::span<const std::byte> second) {
  Digest out{};
  ok_ = ok_ && EVP_DigestInit_ex2(context_.get(), sha256_.get(), nullptr) == 1 &&
        EVP_DigestUpdate(context_.get(), &prefix, 1) == 1 &&
        EVP_DigestUpdate(context_.get(), first.data(), first.size()) == 1 &&
        EVP_DigestUpdate(context_.get(), second.data(), second.size()) == 1 &&
        EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) ==
            1;
  return out;
}

Digest Tree::append_record(std::span<const std::byte> record) {
  const Digest leaf = hash(std::byte{0}, record, {});
  append_leaf(leaf);
  return leaf;
}

void Tree::append_leaf(const Digest& leaf) {
  nodes_.push_back({0, leaf});
  ++size_;
  while (nodes_.size() >= 2 && nodes_[nodes_.size() - 2].height == nodes_.back().height) {
    const Node right = nodes_.back();
    nodes_.pop_back();
    nodes_.back() = {right.height + 1, hash(std::byte{1}, nodes_.back().hash, right.hash)};
  }
}

Digest Tree::root() {
  if (nodes_.empty()) {
    Digest out{};
    ok_ = ok_ && EVP_DigestInit_ex2(context_.get(), sha256_.get(), nullptr) == 1 &&
          EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()),
                             nullptr) == 1;
    return out;
  }
  Digest root = nodes_.back().hash;
  for (std::size_t i = nodes_.size() - 1; i > 0; --i)
    root = hash(std::byte{1}, nodes_[i - 1].hash, root);
  return root;
}

}  // namespace audit_verify
