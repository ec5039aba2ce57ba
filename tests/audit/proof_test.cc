#include "coefficient/audit/proof.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "coefficient/audit/note.h"
#include "support/bytes.h"
#include "support/vectors.h"

namespace {

namespace audit = coefficient::audit;
using audit::LogProof;
using audit::NoteSigner;
using coefficient::ErrorCode;
using test::bytes;

TEST(Proof, OursIsTheKnownAnswer) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "audit/ours");
  const std::string want = test::read_file(dir / "record1.tlog-proof");
  std::vector<std::string> records;
  audit::HashTree tree;
  std::ifstream lines(dir / "records.jsonl");
  for (std::string record; std::getline(lines, record);) {
    ASSERT_TRUE(tree.append(*audit::leaf_hash(bytes(record))));
    records.push_back(record);
  }
  ASSERT_EQ(records.size(), 3U);
  const LogProof proof{
      1, *audit::prove_inclusion(tree, 1, 3), test::read_file(dir / "checkpoint.txt"), {}};
  EXPECT_EQ(*audit::format_proof(proof), want);
  const auto read = audit::parse_proof(want);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, proof);
  const NoteSigner signer = *NoteSigner::parse(
      "PRIVATE+KEY+example.com/coefficient/audit+f90da079+"
      "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  const audit::KeyChain keys(signer.verifier());
  const auto verified = audit::verify_proof(*read, *audit::leaf_hash(bytes(records[1])), keys);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->size, 3U);
  for (const std::string& other : {records[0], records[2], records[1] + " "})
    EXPECT_EQ(audit::verify_proof(*read, *audit::leaf_hash(bytes(other)), keys).error().code,
              ErrorCode::kUnauthenticated);
}

// A proof of one record of a small log, with all that verifying it takes.
struct Proven {
  NoteSigner signer = *NoteSigner::generate("log.example");
  audit::KeyChain keys{signer.verifier()};
  audit::Hash leaf;
  LogProof proof;

  Proven() {
    audit::HashTree tree;
    for (int i = 0; i < 11; ++i)
      EXPECT_TRUE(tree.append(*audit::leaf_hash(bytes("r" + std::to_string(i)))));
    leaf = *tree.node(0, 6);
    const NoteSigner* by = &signer;
    proof = LogProof{
        6,
        *audit::prove_inclusion(tree, 6, 11),
        *audit::sign_checkpoint({"log.example", 11, *audit::tree_root(tree, 11), {}}, {&by, 1}),
        {std::byte{1}, std::byte{2}}};
  }
};

TEST(Proof, ComesBackWithItsExtraData) {
  const Proven proven;
  const std::string text = *audit::format_proof(proven.proof);
  EXPECT_EQ(*audit::parse_proof(text), proven.proof);
  EXPECT_NE(text.find("\nextra AQI=\nindex 6\n"), std::string::npos);
  EXPECT_TRUE(audit::verify_proof(proven.proof, proven.leaf, proven.keys));
}

TEST(Proof, EveryFlippedBitAndCutIsFound) {
  Proven proven;
  proven.proof.extra.clear();  // of which the format says that nothing vouches for it
  const std::string text = *audit::format_proof(proven.proof);
  const auto accepted = [&proven](const std::string& changed) {
    const auto read = audit::parse_proof(changed);
    return read && audit::verify_proof(*read, proven.leaf, proven.keys).has_value();
  };
  ASSERT_TRUE(accepted(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(accepted(text.substr(0, i))) << i;
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = text;
      bad[i] = static_cast<char>(static_cast<unsigned char>(bad[i]) ^ (1U << bit));
      EXPECT_FALSE(accepted(bad)) << i << " bit " << bit;
    }
  }
}

TEST(Proof, IsReadStrictly) {
  const std::string hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  EXPECT_TRUE(audit::parse_proof(head + "index 0\n\n"));
  for (const std::string& bad : std::vector<std::string>{
           "", head, head + "index 0\n", head + "index 00\n\n", head + "index -1\n\n",
           head + "index 18446744073709551616\n\n", head + "extra \nindex 0\n\n",
           head + "extra !!\nindex 0\n\n", head + "index 0\nextra AQI=\n\n",
           head + "index 0\n" + hash.substr(1) + "\n", head + "index 0\n" + hash,
           "c2sp.org/tlog-proof@v2\nindex 0\n\n"})
    EXPECT_EQ(audit::parse_proof(bad).error().code, ErrorCode::kInvalidArgument) << bad;
  std::string many = head + "index 0\n";
  for (std::size_t i = 0; i <= audit::kMaxProofHashes; ++i) many += hash;
  EXPECT_EQ(audit::parse_proof(many + "\n").error().code, ErrorCode::kResourceExhausted);
  LogProof large;
  large.path.resize(audit::kMaxProofHashes + 1);
  EXPECT_EQ(audit::format_proof(large).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(audit::parse_proof(std::string(audit::kMaxProofBytes + 1, 'x')).error().code,
            ErrorCode::kResourceExhausted);
}

}  // namespace
