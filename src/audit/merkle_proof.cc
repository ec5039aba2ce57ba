#include <algorithm>
#include <bit>
#include <string>

#include "coefficient/audit/merkle.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

// The largest power of two smaller than `size`, which is 2 or more: where RFC 6962 splits a tree.
std::uint64_t split_of(std::uint64_t size) noexcept {
  return std::bit_floor(size - 1);
}

// The root over the leaves [begin, begin + size), where begin is a multiple of the smallest power
// of two that is not below size: so are all the subtrees that RFC 6962 names.
Result<Hash> range_root(const HashSource& source, std::uint64_t begin, std::uint64_t size) {
  std::vector<Hash> peaks;
  for (std::uint64_t rest = size; rest != 0;) {
    const auto level = static_cast<unsigned>(std::bit_width(rest) - 1);
    Result<Hash> peak = source.node(level, begin >> level);
    if (!peak) return peak;
    peaks.push_back(*peak);
    begin += std::uint64_t{1} << level;
    rest -= std::uint64_t{1} << level;
  }
  Result<Frontier> frontier = Frontier::from_peaks(size, peaks);
  if (!frontier) return frontier.error();
  return frontier->root();
}

Error not_this_long() {
  return Error{ErrorCode::kInvalidArgument, "the proof has not the length that these sizes give"};
}

// RFC 9162 calls them fn and sn: the number of a node in its row, and that of the row's last node.
struct Position {
  std::uint64_t node;
  std::uint64_t last;
  // The sibling is on the left, if only after going up where this node is the last and has none.
  [[nodiscard]] bool sibling_is_left() const noexcept { return (node & 1U) != 0 || node == last; }
  void up() noexcept {
    node >>= 1U;
    last >>= 1U;
  }
  void up_to_right_child() noexcept {
    while ((node & 1U) == 0 && node != 0) up();
  }
};

}  // namespace

Result<Hash> tree_root(const HashSource& source, std::uint64_t size) {
  return range_root(source, 0, size);
}

Result<std::vector<Hash>> prove_inclusion(const HashSource& source, std::uint64_t index,
                                          std::uint64_t size) {
  if (index >= size)
    return Error{ErrorCode::kInvalidArgument, "the tree has no leaf " + std::to_string(index)};
  std::vector<Hash> path;
  // Down from the root; each step leaves one half behind, whose root joins the path.
  for (std::uint64_t begin = 0; size > 1;) {
    const std::uint64_t split = split_of(size);
    const bool left = index - begin < split;
    Result<Hash> other =
        left ? range_root(source, begin + split, size - split) : range_root(source, begin, split);
    if (!other) return other.error();
    path.push_back(*other);
    begin += left ? 0 : split;
    size = left ? split : size - split;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<std::vector<Hash>> prove_consistency(const HashSource& source, std::uint64_t first,
                                            std::uint64_t second) {
  if (first == 0 || first > second)
    return Error{ErrorCode::kInvalidArgument,
                 "consistency is between a tree with leaves and one that is not smaller"};
  std::vector<Hash> path;
  std::uint64_t begin = 0;
  std::uint64_t size = second;
  bool known = true;  // whether what is left of the first tree is all of it: the verifier has it
  while (first != size) {
    const std::uint64_t split = split_of(size);
    const bool left = first <= split;
    Result<Hash> other =
        left ? range_root(source, begin + split, size - split) : range_root(source, begin, split);
    if (!other) return other.error();
    path.push_back(*other);
    if (!left) {
      begin += split;
      first -= split;
      known = false;
    }
    size = left ? split : size - split;
  }
  if (!known) {
    Result<Hash> rest = range_root(source, begin, size);
    if (!rest) return rest.error();
    path.push_back(*rest);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<> verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                          std::span<const Hash> proof, const Hash& root) {
  if (index >= size)
    return Error{ErrorCode::kInvalidArgument, "the tree has no leaf " + std::to_string(index)};
  Position at{index, size - 1};
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (at.last == 0) return not_this_long();
    const bool left = at.sibling_is_left();
    Result<Hash> parent = left ? node_hash(sibling, hash) : node_hash(hash, sibling);
    if (!parent) return parent.error();
    hash = *parent;
    if (left) at.up_to_right_child();
    at.up();
  }
  if (at.last != 0) return not_this_long();
  if (hash != root)
    return Error{ErrorCode::kUnauthenticated, "the inclusion proof leads to another root"};
  return {};
}

Result<> verify_consistency(std::uint64_t first, const Hash& first_root, std::uint64_t second,
                            const Hash& second_root, std::span<const Hash> proof) {
  if (first == 0 || first > second)
    return Error{ErrorCode::kInvalidArgument,
                 "consistency is between a tree with leaves and one that is not smaller"};
  const Error other_root{ErrorCode::kUnauthenticated,
                         "the consistency proof does not lead to both roots"};
  if (first == second) {
    if (!proof.empty()) return not_this_long();
    if (first_root != second_root) return other_root;
    return {};
  }
  Position at{first - 1, second - 1};
  while ((at.node & 1U) != 0) at.up();
  Hash start = first_root;  // a complete first tree is a node of the second one
  if (!std::has_single_bit(first)) {
    if (proof.empty()) return not_this_long();
    start = proof.front();
    proof = proof.subspan(1);
  }
  if (proof.empty()) return not_this_long();
  Hash old_root = start;
  Hash new_root = start;
  for (const Hash& sibling : proof) {
    if (at.last == 0) return not_this_long();
    const bool left = at.sibling_is_left();
    Result<Hash> parent = left ? node_hash(sibling, new_root) : node_hash(new_root, sibling);
    if (!parent) return parent.error();
    new_root = *parent;
    if (left) {
      parent = node_hash(sibling, old_root);
      if (!parent) return parent.error();
      old_root = *parent;
      at.up_to_right_child();
    }
    at.up();
  }
  if (at.last != 0) return not_this_long();
  if (old_root != first_root || new_root != second_root) return other_root;
  return {};
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
