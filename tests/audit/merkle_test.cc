#include "coefficient/audit/merkle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "coefficient/core/encoding.h"
#include "support/bytes.h"
#include "support/python.h"
#include "support/seed.h"
#include "support/vectors.h"

namespace {

namespace audit = coefficient::audit;
using audit::Hash;
using coefficient::ErrorCode;
using test::bytes;

Hash leaf(const std::string& record) {
  return *audit::leaf_hash(bytes(record));
}

std::string hex(const Hash& hash) {
  return coefficient::hex_encode(hash);
}

// The eight leaves that implementations of RFC 6962 share, and the roots of their prefixes.
const std::vector<std::string> kLeaves = {"",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

TEST(Merkle, HashesAsRfc6962Says) {
  EXPECT_EQ(hex(leaf("L123456")),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
  const auto node = coefficient::hex_encode(*audit::node_hash(leaf("left"), leaf("right")));
  const auto swapped = coefficient::hex_encode(*audit::node_hash(leaf("right"), leaf("left")));
  EXPECT_NE(node, swapped);
  EXPECT_EQ(hex(audit::empty_root()), kRoots[0]);
}

TEST(Merkle, TheReferenceTreeHasItsRoots) {
  audit::Frontier frontier;
  audit::HashTree tree;
  EXPECT_EQ(hex(*frontier.root()), kRoots[0]);
  for (std::size_t i = 0; i < kLeaves.size(); ++i) {
    const Hash hash = *audit::leaf_hash(*coefficient::hex_decode(kLeaves[i]));
    ASSERT_TRUE(frontier.append(hash));
    ASSERT_TRUE(tree.append(hash));
    EXPECT_EQ(frontier.size(), i + 1);
    EXPECT_EQ(hex(*frontier.root()), kRoots[i + 1]);
  }
  for (std::size_t size = 0; size <= kLeaves.size(); ++size)
    EXPECT_EQ(hex(*audit::tree_root(tree, size)), kRoots[size]);
}

TEST(Merkle, AFrontierComesBackFromItsPeaks) {
  audit::Frontier frontier;
  for (std::uint64_t i = 0; i < 200; ++i) {
    auto copy = audit::Frontier::from_peaks(frontier.size(), frontier.peaks());
    ASSERT_TRUE(copy);
    EXPECT_EQ(*copy->root(), *frontier.root());
    const Hash hash = leaf(std::to_string(i));
    ASSERT_TRUE(copy->append(hash));
    ASSERT_TRUE(frontier.append(hash));
    EXPECT_EQ(*copy->root(), *frontier.root());
  }
  for (const std::uint64_t wrong : {0U, 1U, 199U, 255U})
    EXPECT_EQ(audit::Frontier::from_peaks(wrong, frontier.peaks()).error().code,
              ErrorCode::kInvalidArgument);
}

TEST(Merkle, AFullTreeRefuses) {
  const std::vector<Hash> peaks(64, leaf("x"));
  auto full = audit::Frontier::from_peaks(~std::uint64_t{0}, peaks);
  ASSERT_TRUE(full);
  EXPECT_EQ(full->append(leaf("y")).error().code, ErrorCode::kResourceExhausted);
}

// What a vector's base64 may be is any length; a hash that has not 32 bytes is none.
bool decode(const nlohmann::json& text, Hash& out) {
  return text.is_string() && coefficient::base64_decode_exact(text.get<std::string>(), out);
}

bool decode_all(const nlohmann::json& list, std::vector<Hash>& out) {
  if (list.is_null()) return true;
  for (const auto& item : list)
    if (!decode(item, out.emplace_back())) return false;
  return true;
}

// A vector whose roots are not looked into has placeholders for them, "don't care 2": filled up
// with zeros they are as equal and as different as before.
bool decode_root(const nlohmann::json& text, Hash& out) {
  const auto decoded = coefficient::base64_decode(text.get<std::string>());
  if (!decoded || decoded->size() > out.size()) return false;
  std::copy(decoded->begin(), decoded->end(), out.begin());
  return true;
}

TEST(Merkle, InclusionVectorsHaveTheirVerdicts) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "audit/merkle/testdata/inclusion");
  int seen = 0;
  int accepted = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(dir)) {
    if (file.path().extension() != ".json") continue;
    const auto v = test::read_json(file.path());
    Hash leaf_hash{};
    Hash root{};
    std::vector<Hash> proof;
    const bool ok = decode(v["leafHash"], leaf_hash) && decode(v["root"], root) &&
                    decode_all(v["proof"], proof) &&
                    audit::verify_inclusion(leaf_hash, v["leafIdx"].get<std::uint64_t>(),
                                            v["treeSize"].get<std::uint64_t>(), proof, root)
                        .has_value();
    EXPECT_EQ(ok, !v["wantErr"].get<bool>()) << file.path() << ": " << v["desc"];
    ++seen;
    accepted += ok ? 1 : 0;
  }
  EXPECT_EQ(seen, 98);
  EXPECT_GT(accepted, 0);
}

TEST(Merkle, ConsistencyVectorsHaveTheirVerdicts) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "audit/merkle/testdata/consistency");
  int seen = 0;
  int accepted = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(dir)) {
    if (file.path().extension() != ".json") continue;
    const auto v = test::read_json(file.path());
    Hash first{};
    Hash second{};
    std::vector<Hash> proof;
    const bool ok = decode_root(v["root1"], first) && decode_root(v["root2"], second) &&
                    decode_all(v["proof"], proof) &&
                    audit::verify_consistency(v["size1"].get<std::uint64_t>(), first,
                                              v["size2"].get<std::uint64_t>(), second, proof)
                        .has_value();
    EXPECT_EQ(ok, !v["wantErr"].get<bool>()) << file.path() << ": " << v["desc"];
    ++seen;
    accepted += ok ? 1 : 0;
  }
  EXPECT_EQ(seen, 98);
  EXPECT_GT(accepted, 0);
}

audit::HashTree tree_of(std::uint64_t size) {
  audit::HashTree tree;
  for (std::uint64_t i = 0; i < size; ++i) EXPECT_TRUE(tree.append(leaf("r" + std::to_string(i))));
  return tree;
}

TEST(Merkle, EveryProofOfSmallTreesVerifiesAndNoOtherLeafDoes) {
  constexpr std::uint64_t kMax = 70;
  const audit::HashTree tree = tree_of(kMax);
  for (std::uint64_t size = 1; size <= kMax; ++size) {
    const Hash root = *audit::tree_root(tree, size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto proof = audit::prove_inclusion(tree, i, size);
      ASSERT_TRUE(proof);
      const Hash hash = *tree.node(0, i);
      EXPECT_TRUE(audit::verify_inclusion(hash, i, size, *proof, root));
      EXPECT_FALSE(audit::verify_inclusion(leaf("other"), i, size, *proof, root));
      if (size > 1) {
        EXPECT_FALSE(audit::verify_inclusion(hash, (i + 1) % size, size, *proof, root));
      }
    }
    for (std::uint64_t first = 1; first <= size; ++first) {
      const auto proof = audit::prove_consistency(tree, first, size);
      ASSERT_TRUE(proof);
      const Hash old_root = *audit::tree_root(tree, first);
      EXPECT_TRUE(audit::verify_consistency(first, old_root, size, root, *proof));
      EXPECT_FALSE(audit::verify_consistency(first, leaf("other"), size, root, *proof));
      EXPECT_FALSE(audit::verify_consistency(first, old_root, size, leaf("other"), *proof));
    }
  }
}

TEST(Merkle, EveryFlippedBitOfAProofIsFound) {
  const audit::HashTree tree = tree_of(37);
  const Hash root = *audit::tree_root(tree, 37);
  auto inclusion = *audit::prove_inclusion(tree, 20, 37);
  auto consistency = *audit::prove_consistency(tree, 13, 37);
  const Hash old_root = *audit::tree_root(tree, 13);
  for (auto* proof : {&inclusion, &consistency})
    for (Hash& hash : *proof)
      for (std::byte& byte : hash)
        for (unsigned bit = 0; bit < 8; ++bit) {
          byte ^= std::byte{1} << bit;
          const auto got = proof == &inclusion
                               ? audit::verify_inclusion(*tree.node(0, 20), 20, 37, inclusion, root)
                               : audit::verify_consistency(13, old_root, 37, root, consistency);
          ASSERT_FALSE(got);
          EXPECT_EQ(got.error().code, ErrorCode::kUnauthenticated);
          byte ^= std::byte{1} << bit;
        }
}

TEST(Merkle, RefusesWhatCannotBeAsked) {
  const audit::HashTree tree = tree_of(5);
  EXPECT_EQ(audit::prove_inclusion(tree, 5, 5).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(audit::prove_consistency(tree, 0, 5).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(audit::prove_consistency(tree, 5, 4).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(audit::prove_inclusion(tree, 0, 6).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(audit::tree_root(tree, ~std::uint64_t{0}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(
      audit::verify_inclusion(leaf("r0"), 0, 1, std::vector<Hash>(64), leaf("r0")).error().code,
      ErrorCode::kInvalidArgument);
}

TEST(Merkle, APrunedTreeProvesWhatIsLeft) {
  const audit::HashTree whole = tree_of(300);
  for (const std::uint64_t pruned : {1U, 7U, 64U, 100U, 255U, 256U}) {
    audit::Frontier prefix;
    for (std::uint64_t i = 0; i < pruned; ++i) ASSERT_TRUE(prefix.append(*whole.node(0, i)));
    audit::HashTree rest(prefix);
    for (std::uint64_t i = pruned; i < 300; ++i) ASSERT_TRUE(rest.append(*whole.node(0, i)));
    EXPECT_EQ(*audit::tree_root(rest, 300), *audit::tree_root(whole, 300));
    for (std::uint64_t i = pruned; i < 300; ++i)
      EXPECT_EQ(*audit::prove_inclusion(rest, i, 300), *audit::prove_inclusion(whole, i, 300));
    for (std::uint64_t first = pruned; first < 300; ++first)
      EXPECT_EQ(*audit::prove_consistency(rest, first, 300),
                *audit::prove_consistency(whole, first, 300));
    // What lies inside complete subtrees of the prefix is gone.
    if (pruned > 1) {
      EXPECT_EQ(audit::prove_inclusion(rest, 0, 300).error().code, ErrorCode::kNotFound);
    }
  }
}

// The reference of the vectors directory, cut before it reads its own files, judges our proofs.
constexpr const char* kOracle = R"py(
import sys
source = open(sys.argv[1]).read().split("b=lambda s:")[0]
exec(source.replace("print(", "(lambda *a: None)("))
checked = 0
for line in open(sys.argv[2]):
    kind, a, b, first, second, *proof = line.split()
    P = [bytes.fromhex(x) for x in proof]
    r1, r2 = bytes.fromhex(first), bytes.fromhex(second)
    ok = vinc(int(a), int(b), r1, P, r2) if kind == "i" else vcons(int(a), int(b), P, r1, r2)
    D = [leaf(b"r%d" % i) for i in range(int(b))]
    want = path(int(a), D) if kind == "i" else sub(int(a), D, True)
    assert ok and want == P and mth(D) == r2, line
    checked += 1
print(checked, end="")
)py";

TEST(Merkle, AnIndependentProgramAcceptsAndMakesTheSameProofs) {
  COEFFICIENT_VECTORS_OR_SKIP(oracle, "audit/verify_vectors.py");
  std::mt19937 random(test::seed());
  const std::uint64_t max = 600;
  const audit::HashTree tree = tree_of(max);
  const auto file = std::filesystem::temp_directory_path() /
                    ("audit_merkle_" + std::to_string(getpid()) + ".txt");
  std::ofstream out(file);
  const auto print = [&out](const std::vector<Hash>& proof) {
    for (const Hash& hash : proof) out << ' ' << hex(hash);
    out << '\n';
  };
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t size = 1 + random() % max;
    const std::uint64_t index = random() % size;
    const Hash root = *audit::tree_root(tree, size);
    out << "i " << index << ' ' << size << ' ' << hex(*tree.node(0, index)) << ' ' << hex(root);
    print(*audit::prove_inclusion(tree, index, size));
    out << "c " << index + 1 << ' ' << size << ' ' << hex(*audit::tree_root(tree, index + 1)) << ' '
        << hex(root);
    print(*audit::prove_consistency(tree, index + 1, size));
  }
  out.close();
  const auto answer = test::python(kOracle, {oracle.string(), file.string()});
  std::filesystem::remove(file);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, "200");
}

}  // namespace
