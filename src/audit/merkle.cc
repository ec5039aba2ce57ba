#include "coefficient/audit/merkle.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "core/crypto/digest.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::byte kLeafPrefix{0};
constexpr std::byte kNodePrefix{1};

Error hash_failed() {
  return Error{ErrorCode::kInternal, "SHA-256 failed"};
}

bool hash_node(const Hash& left, const Hash& right, Hash& out) noexcept {
  // One buffer: a call into OpenSSL costs more than the copy.
  std::array<std::byte, 1 + 2 * kHashBytes> node;
  node[0] = kNodePrefix;
  std::copy(left.begin(), left.end(), node.begin() + 1);
  std::copy(right.begin(), right.end(), node.begin() + 1 + kHashBytes);
  return crypto::sha256({node}, out);
}

}  // namespace

HashSource::~HashSource() = default;

Result<Hash> leaf_hash(std::span<const std::byte> record) {
  // The prefix and the record's first 63 bytes make one whole block, so that OpenSSL hashes the
  // rest where it lies: with the prefix alone it copies every block (a quarter of the time).
  std::array<std::byte, 64> head;
  head[0] = kLeafPrefix;
  const std::size_t taken = std::min(record.size(), head.size() - 1);
  std::copy_n(record.begin(), taken, head.begin() + 1);
  Hash hash;
  if (!crypto::sha256({std::span(head).first(1 + taken), record.subspan(taken)}, hash))
    return hash_failed();
  return hash;
}

Result<Hash> node_hash(const Hash& left, const Hash& right) {
  Hash hash;
  if (!hash_node(left, right, hash)) return hash_failed();
  return hash;
}

Hash empty_root() noexcept {
  // e3b0c442...52b855; a constant, so that it cannot fail.
  constexpr std::array<unsigned char, kHashBytes> kEmpty = {
      0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
      0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
      0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
  return std::bit_cast<Hash>(kEmpty);
}

Result<Frontier> Frontier::from_peaks(std::uint64_t size, std::span<const Hash> peaks) {
  if (peaks.size() != static_cast<std::size_t>(std::popcount(size)))
    return Error{ErrorCode::kInvalidArgument,
                 "a frontier has one hash for each bit set in the tree's size"};
  Frontier frontier;
  frontier.size_ = size;
  frontier.count_ = peaks.size();
  std::copy(peaks.begin(), peaks.end(), frontier.peaks_.begin());
  return frontier;
}

Result<> Frontier::append(const Hash& leaf) {
  if (size_ == std::numeric_limits<std::uint64_t>::max())
    return Error{ErrorCode::kResourceExhausted, "the tree is full"};
  // As many peaks of the sizes 1, 2, 4, ... as the size has low bits set merge with the leaf.
  const auto merged = static_cast<std::size_t>(std::countr_one(size_));
  Hash hash = leaf;
  for (std::size_t i = 0; i < merged; ++i)
    if (!hash_node(peaks_[count_ - 1 - i], hash, hash)) return hash_failed();
  count_ -= merged;
  peaks_[count_++] = hash;
  ++size_;
  return {};
}

Result<Hash> Frontier::root() const {
  if (count_ == 0) return empty_root();
  Hash root = peaks_[count_ - 1];
  for (std::size_t i = count_ - 1; i > 0; --i)
    if (!hash_node(peaks_[i - 1], root, root)) return hash_failed();
  return root;
}

HashTree::HashTree(const Frontier& prefix) : size_(prefix.size()) {
  std::size_t next = prefix.peaks().size();
  for (unsigned level = 0; level < 64 && (size_ >> level) != 0; ++level) {
    Level& row = levels_.emplace_back();
    row.first = size_ >> level;
    if ((row.first & 1U) == 0) continue;
    --row.first;  // an odd row ends in a peak
    row.hashes.push_back(prefix.peaks()[--next]);
  }
}

Result<> HashTree::append(const Hash& leaf) {
  const auto merged = static_cast<std::size_t>(std::countr_one(size_));
  if (levels_.size() < merged + 1) levels_.resize(merged + 1);
  std::array<Hash, 64> hashes;
  hashes[0] = leaf;
  for (std::size_t level = 0; level < merged; ++level)
    if (!hash_node(levels_[level].hashes.back(), hashes[level], hashes[level + 1]))
      return hash_failed();
  for (std::size_t level = 0; level <= merged; ++level)
    levels_[level].hashes.push_back(hashes[level]);
  ++size_;
  return {};
}

Result<Hash> HashTree::node(unsigned level, std::uint64_t index) const {
  if (level < levels_.size()) {
    const Level& row = levels_[level];
    if (index >= row.first && index - row.first < row.hashes.size())
      return row.hashes[static_cast<std::size_t>(index - row.first)];
  }
  return Error{ErrorCode::kNotFound, "the tree does not hold node " + std::to_string(index) +
                                         " of level " + std::to_string(level)};
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
