#include "coefficient/audit/anchor.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "audit/cosigner.h"
#include "coefficient/audit/witness.h"
#include "support/temp_dir.h"
#include "support/vectors.h"

namespace {

namespace audit = coefficient::audit;
using audit::Hash;
using audit::NoteSigner;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

const std::string kOrigin = "log.example";

// A log of some records, and its signed checkpoints.
struct SmallLog {
  NoteSigner signer = *NoteSigner::generate(kOrigin);
  audit::HashTree tree;

  explicit SmallLog(int size, const std::string& record = "r") {
    for (int i = 0; i < size; ++i) {
      const std::string text = record + std::to_string(i);
      EXPECT_TRUE(tree.append(*audit::leaf_hash(std::as_bytes(std::span<const char>(text)))));
    }
  }
  [[nodiscard]] std::string checkpoint(std::uint64_t size) const {
    const NoteSigner* by = &signer;
    return *audit::sign_checkpoint({kOrigin, size, *audit::tree_root(tree, size), {}}, {&by, 1});
  }
};

TEST(FileAnchor, KeepsTheNewestAndTakesNothingThatContradictsIt) {
  const test::TempDir temporary;
  const std::string path = (temporary.path() / "anchor").string();
  const SmallLog log(20);
  const SmallLog fork(25, "forged");
  audit::FileAnchor anchor(path, log.tree);
  audit::FileAnchor forked(path, fork.tree);
  EXPECT_EQ(audit::FileAnchor::read(path).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(anchor.publish("no checkpoint").error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(anchor.publish(log.checkpoint(10)));
  ASSERT_TRUE(anchor.publish(log.checkpoint(10)));
  EXPECT_EQ(anchor.publish(log.checkpoint(9)).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(anchor.publish(fork.checkpoint(10)).error().code, ErrorCode::kFailedPrecondition);
  for (const std::uint64_t size : {10U, 11U, 25U}) {
    EXPECT_EQ(forked.publish(fork.checkpoint(size)).error().code, ErrorCode::kFailedPrecondition);
    EXPECT_FALSE(anchor.publish(fork.checkpoint(size))) << "of a tree that the source has not";
  }
  EXPECT_EQ(*audit::FileAnchor::read(path), log.checkpoint(10));
  ASSERT_TRUE(anchor.publish(log.checkpoint(20)));
  EXPECT_EQ(*audit::FileAnchor::read(path), log.checkpoint(20));
  std::ofstream(path, std::ios::trunc) << "damaged";
  EXPECT_EQ(audit::FileAnchor::read(path).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(anchor.publish(log.checkpoint(20)).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(audit::FileAnchor((temporary.path() / "no" / "where").string(), log.tree)
                .publish(log.checkpoint(1))
                .error()
                .code,
            ErrorCode::kNotFound);
}

TEST(Anchoring, TellsHowFarTheAnchorIsBehind) {
  std::vector<std::string> taken;
  bool up = false;
  audit::CallbackAnchor anchor([&](std::string_view note) -> Result<> {
    if (!up) return Error{ErrorCode::kUnavailable, "down"};
    taken.emplace_back(note);
    return {};
  });
  coefficient::ManualClock clock(std::chrono::system_clock::time_point(std::chrono::hours(1)));
  audit::Anchoring anchoring(anchor, clock);
  EXPECT_FALSE(*anchoring.run_once());
  anchoring.offer(10, "ten");
  clock.advance(std::chrono::seconds(5));
  anchoring.offer(12, "twelve");
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(anchoring.run_once().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(anchoring.run_once().error().code, ErrorCode::kUnavailable);
  audit::AnchorLag lag = anchoring.lag();
  EXPECT_EQ(lag.records, 12U);
  EXPECT_EQ(lag.time, std::chrono::seconds(7));
  EXPECT_EQ(lag.failures, 2U);
  EXPECT_EQ(lag.last_error.message, "down");
  up = true;
  EXPECT_TRUE(*anchoring.run_once());
  EXPECT_EQ(taken, std::vector<std::string>{"twelve"});
  lag = anchoring.lag();
  EXPECT_EQ(lag.anchored_size, 12U);
  EXPECT_EQ(lag.records, 0U);
  EXPECT_EQ(lag.time, std::chrono::seconds(0));
  EXPECT_EQ(lag.failures, 0U);
  EXPECT_FALSE(*anchoring.run_once());
}

TEST(Witness, TheBodyIsThatOfTheSpecification) {
  const SmallLog log(20);
  const auto proof = *audit::prove_consistency(log.tree, 7, 20);
  const std::string body = *audit::add_checkpoint_body(7, proof, log.checkpoint(20));
  std::string want = "old 7\n";
  for (const Hash& hash : proof) want += coefficient::base64_encode(hash) + "\n";
  EXPECT_EQ(body, want + "\n" + log.checkpoint(20));
  EXPECT_FALSE(audit::add_checkpoint_body(0, proof, log.checkpoint(20)));
  EXPECT_FALSE(audit::add_checkpoint_body(1, std::vector<Hash>(64), log.checkpoint(20)));
}

// A server of C2SP tlog-witness, but for the HTTP around it.
struct Server {
  test::Cosigner key{std::byte{9}};
  audit::NoteVerifier log_key;
  std::uint64_t size = 0;
  Hash root = audit::empty_root();
  int asked = 0;

  audit::WitnessAnswer add_checkpoint(std::string_view body) {
    ++asked;
    const std::size_t gap = body.find("\n\n");
    std::string head(body.substr(0, gap + 1));
    const std::string note(body.substr(gap + 2));
    std::vector<std::string> lines;
    for (std::size_t end = 0; (end = head.find('\n')) != std::string::npos; head.erase(0, end + 1))
      lines.push_back(head.substr(0, end));
    const std::uint64_t old = std::stoull(lines.at(0).substr(4));
    std::vector<Hash> proof(lines.size() - 1);
    for (std::size_t i = 0; i < proof.size(); ++i)
      EXPECT_TRUE(coefficient::base64_decode_exact(lines[i + 1], proof[i]));
    const auto checkpoint = audit::open_checkpoint(note, kOrigin, {&log_key, 1});
    if (!checkpoint) return {403, ""};
    if (old > checkpoint->size) return {400, ""};
    if (old != size) return {409, std::to_string(size) + "\n"};
    if (size != 0 &&
        !audit::verify_consistency(size, root, checkpoint->size, checkpoint->root, proof))
      return {422, ""};
    size = checkpoint->size;
    root = checkpoint->root;
    return {200, key.line(*audit::checkpoint_text(*checkpoint), 1'700'000'000 + size)};
  }
};

TEST(Witness, CosignsWhatIsConsistentAndOnlyThat) {
  const SmallLog log(100);
  Server server{.log_key = log.signer.verifier()};
  const auto send = [&server](std::string_view body) -> Result<audit::WitnessAnswer> {
    return server.add_checkpoint(body);
  };
  audit::WitnessAnchor anchor(server.key.verifier, log.tree, send);
  for (const std::uint64_t size : {5U, 5U, 64U, 99U}) {
    const auto done = anchor.publish(log.checkpoint(size));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(*audit::count_cosignatures(anchor.cosigned(), {&server.key.verifier, 1}), 1U);
    EXPECT_TRUE(audit::open_checkpoint(anchor.cosigned(), kOrigin, {&server.log_key, 1}));
  }
  EXPECT_EQ(server.asked, 4);
  // A new process, that has forgotten what the witness knows.
  audit::WitnessAnchor again(server.key.verifier, log.tree, send);
  ASSERT_TRUE(again.publish(log.checkpoint(100)));
  EXPECT_EQ(server.asked, 6);
  // The log was cut back; then rewritten.
  audit::WitnessAnchor cut(server.key.verifier, log.tree, send);
  EXPECT_EQ(cut.publish(log.checkpoint(50)).error().code, ErrorCode::kFailedPrecondition);
  SmallLog fork(120, "forged");
  fork.signer = *NoteSigner::parse(
      std::string(reinterpret_cast<const char*>(log.signer.private_text().expose().data()),
                  log.signer.private_text().size()));
  audit::WitnessAnchor forked(server.key.verifier, fork.tree, send);
  EXPECT_EQ(forked.publish(fork.checkpoint(120)).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(server.size, 100U);
}

TEST(Witness, AnswersAreJudged) {
  const SmallLog log(3);
  const test::Cosigner key{std::byte{9}};
  const std::string good = log.checkpoint(3);
  const std::string text = good.substr(0, good.find("\n\n") + 1);
  const auto answered = [&](int status, const std::string& body) {
    audit::WitnessAnchor anchor(key.verifier, log.tree,
                                [&](std::string_view) -> Result<audit::WitnessAnswer> {
                                  return audit::WitnessAnswer{status, body};
                                });
    const auto done = anchor.publish(good);
    return done ? std::string("ok") : std::string(to_string(done.error().code));
  };
  EXPECT_EQ(answered(200, key.line(text, 7)), "ok");
  EXPECT_EQ(answered(200, key.line("x" + text, 7)), "unauthenticated");
  EXPECT_EQ(answered(200, ""), "invalid_argument");
  EXPECT_EQ(answered(200, "junk\n\n" + key.line(text, 7)), "invalid_argument");
  EXPECT_EQ(answered(200, test::Cosigner{std::byte{3}}.line(text, 7)), "unauthenticated");
  EXPECT_EQ(answered(403, ""), "permission_denied");
  EXPECT_EQ(answered(404, ""), "permission_denied");
  EXPECT_EQ(answered(422, ""), "failed_precondition");
  EXPECT_EQ(answered(409, "4\n"), "failed_precondition");
  EXPECT_EQ(answered(409, "x\n"), "unavailable");
  EXPECT_EQ(answered(500, ""), "unavailable");
}

}  // namespace
