#include "coefficient/audit/checkpoint.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/cosigner.h"
#include "coefficient/audit/note.h"
#include "coefficient/core/encoding.h"
#include "support/vectors.h"

namespace {

namespace audit = coefficient::audit;
using audit::Checkpoint;
using audit::NoteSigner;
using audit::NoteVerifier;
using coefficient::ErrorCode;

// The keys and the note that golang.org/x/mod/sumdb/note has in its tests.
constexpr std::string_view kPeterPublic =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kPeterPrivate =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const std::string kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string kPeterNote =
    kText +
    "\n\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
// With the private key of 32 zero bytes.
constexpr std::string_view kZeroSeed = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kExampleOrigin = "example.com/coefficient/audit";

NoteVerifier verifier(std::string_view text) {
  return *NoteVerifier::parse(text);
}

NoteSigner zero_signer(const std::string& name, const std::string& id) {
  return *NoteSigner::parse("PRIVATE+KEY+" + name + "+" + id + "+" + std::string(kZeroSeed));
}

TEST(Note, SignsByteForByteAsGoDoes) {
  const NoteSigner peter = *NoteSigner::parse(kPeterPrivate);
  const NoteSigner* signer = &peter;
  EXPECT_EQ(*audit::sign_note(kText, {&signer, 1}), kPeterNote);
  EXPECT_EQ(peter.verifier().text(), kPeterPublic);
  const coefficient::SecretBytes secret = peter.private_text();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(secret.expose().data()), secret.size()),
            kPeterPrivate);
  const NoteSigner enoch = zero_signer("EnochRoot", "af0cfe78");
  EXPECT_EQ(*enoch.signature_line(kText),
            "\xE2\x80\x94 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5o"
            "vTG01oOTGwnWLox33WWd1RvMc+QQ=\n");
}

TEST(Note, OpensWhatTheSpecificationShows) {
  const std::vector<NoteVerifier> keys = {
      verifier("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")};
  const auto opened = audit::open_note(
      "This is an example message.\n\n\xE2\x80\x94 example.com/foo "
      "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
      "\n",
      keys);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->text, "This is an example message.\n");
}

TEST(Note, SeveralKeysSignAndAreFound) {
  const NoteSigner peter = *NoteSigner::parse(kPeterPrivate);
  const NoteSigner enoch = zero_signer("EnochRoot", "af0cfe78");
  const NoteSigner other = *NoteSigner::generate("other.example");
  const std::vector<const NoteSigner*> signers = {&other, &enoch, &peter};
  const std::string note = *audit::sign_note(kText, signers);
  const std::vector<NoteVerifier> known = {peter.verifier(), enoch.verifier()};
  const auto opened = audit::open_note(note, known);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->keys, (std::vector<std::size_t>{1, 0}));
  const std::vector<NoteVerifier> stranger = {NoteSigner::generate("other.example")->verifier()};
  EXPECT_EQ(audit::open_note(note, stranger).error().code, ErrorCode::kUnauthenticated);
}

TEST(Note, OneWrongSignatureOfAKnownKeyCondemnsIt) {
  const NoteSigner peter = *NoteSigner::parse(kPeterPrivate);
  const NoteSigner enoch = zero_signer("EnochRoot", "af0cfe78");
  const std::string good = *audit::sign_note(kText, std::vector<const NoteSigner*>{&peter});
  const std::string note = good + *enoch.signature_line("another text\n");
  const std::vector<NoteVerifier> both = {peter.verifier(), enoch.verifier()};
  EXPECT_EQ(audit::open_note(note, both).error().code, ErrorCode::kUnauthenticated);
  EXPECT_TRUE(audit::open_note(note, std::span(both).first(1)));
}

TEST(Note, EveryFlippedBitIsFound) {
  const std::vector<NoteVerifier> keys = {verifier(kPeterPublic)};
  ASSERT_TRUE(audit::open_note(kPeterNote, keys));
  for (std::size_t i = 0; i < kPeterNote.size(); ++i)
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = kPeterNote;
      bad[i] = static_cast<char>(static_cast<unsigned char>(bad[i]) ^ (1U << bit));
      EXPECT_FALSE(audit::open_note(bad, keys)) << i << " bit " << bit;
    }
}

TEST(Note, RefusesWhatIsMalformed) {
  const std::string line = kPeterNote.substr(kText.size() + 1);
  const std::vector<std::string> bad = {
      "",
      "\n\n",
      kText,
      kText + "\n",
      kText + line,
      kText + "\n" + line.substr(0, line.size() - 1),
      kText + "\n" + line + "junk\n",
      kText + "\r\n" + line,
      "a\tb\n\n" + line,
      "a\xFF\n\n" + line,
      kText + "\n\xE2\x80\x94 Peter+Neumann " + line.substr(17),
      kText + "\n\xE2\x80\x94 Peter\xC2\xA0Neumann " + line.substr(17),
      kText + "\n\xE2\x80\x94  " + line.substr(17),
      kText + "\n\xE2\x80\x94 PeterNeumann x08gow==\n",
  };
  for (const std::string& note : bad) EXPECT_FALSE(audit::parse_note(note)) << note;
  std::string many = kText + "\n";
  for (std::size_t i = 0; i < audit::kMaxNoteSignatures; ++i) many += line;
  EXPECT_TRUE(audit::parse_note(many));
  EXPECT_EQ(audit::parse_note(many + line).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(audit::parse_note(std::string(audit::kMaxNoteBytes + 1, 'a')).error().code,
            ErrorCode::kResourceExhausted);
}

TEST(Note, KeysAreReadStrictly) {
  for (const std::string text :
       {"", "PeterNeumann", "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T"})
    EXPECT_EQ(NoteVerifier::parse(text).error().code, ErrorCode::kInvalidArgument) << text;
  EXPECT_EQ(NoteSigner::generate("two words").error().code, ErrorCode::kInvalidArgument);
  const auto refused = NoteSigner::parse(std::string(kPeterPrivate) + "A");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("AYEK"), std::string::npos);
}

TEST(Checkpoint, OursIsTheKnownAnswer) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "audit/ours");
  const NoteSigner signer = zero_signer(kExampleOrigin, "f90da079");
  const std::string want = test::read_file(dir / "checkpoint.txt");
  audit::Frontier frontier;
  std::ifstream records(dir / "records.jsonl");
  for (std::string record; std::getline(records, record);)
    ASSERT_TRUE(frontier.append(*audit::leaf_hash(std::as_bytes(std::span<const char>(record)))));
  const Checkpoint checkpoint{kExampleOrigin, frontier.size(), *frontier.root(), {}};
  EXPECT_EQ(*audit::sign_checkpoint(checkpoint, std::vector<const NoteSigner*>{&signer}), want);
  const std::vector<NoteVerifier> keys = {signer.verifier()};
  const auto opened = audit::open_checkpoint(want, kExampleOrigin, keys);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*opened, checkpoint);
}

TEST(Checkpoint, TextsAreReadStrictlyAndComeBack) {
  Checkpoint checkpoint{"log.example", 20852163, {}, {"extension"}};
  checkpoint.root[5] = std::byte{7};
  const std::string text = *audit::checkpoint_text(checkpoint);
  EXPECT_EQ(*audit::parse_checkpoint_text(text), checkpoint);
  const std::string root = coefficient::base64_encode(checkpoint.root);
  for (const std::string& bad : std::vector<std::string>{
           "", "o\n", "o\n1\n", "o\n1\n" + root, "\n1\n" + root + "\n", "o\n01\n" + root + "\n",
           "o\n-1\n" + root + "\n", "o\n18446744073709551616\n" + root + "\n",
           "o\n1\n" + root + "=\n", "o\n1\n" + root + "\n\n", "o\n1 \n" + root + "\n"})
    EXPECT_EQ(audit::parse_checkpoint_text(bad).error().code, ErrorCode::kInvalidArgument) << bad;
  EXPECT_FALSE(audit::checkpoint_text({"a\nb", 1, {}, {}}));
  EXPECT_FALSE(audit::checkpoint_text({"", 1, {}, {}}));
  EXPECT_FALSE(audit::checkpoint_text({"a", 1, {}, {""}}));
}

TEST(Checkpoint, IsOfOneLogAndByItsKey) {
  const NoteSigner log = *NoteSigner::generate("log.example");
  const NoteSigner other = *NoteSigner::generate("other.example");
  const std::vector<NoteVerifier> keys = {log.verifier(), other.verifier()};
  const auto sign = [](const std::string& origin, const NoteSigner& by) {
    return *audit::sign_checkpoint({origin, 0, audit::empty_root(), {}},
                                   std::vector<const NoteSigner*>{&by});
  };
  EXPECT_TRUE(audit::open_checkpoint(sign("log.example", log), "log.example", keys));
  EXPECT_EQ(audit::open_checkpoint(sign("other.example", log), "log.example", keys).error().code,
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(audit::open_checkpoint(sign("log.example", other), "log.example", keys).error().code,
            ErrorCode::kUnauthenticated);
}

TEST(Checkpoint, CountsTheWitnessesThatCosigned) {
  const NoteSigner log = *NoteSigner::generate("log.example");
  const test::Cosigner first{std::byte{1}};
  const test::Cosigner second{std::byte{2}};
  const std::vector<NoteVerifier> witnesses = {first.verifier, second.verifier};
  const Checkpoint checkpoint{"log.example", 0, audit::empty_root(), {}};
  const std::string text = *audit::checkpoint_text(checkpoint);
  const std::string plain =
      *audit::sign_checkpoint(checkpoint, std::vector<const NoteSigner*>{&log});
  EXPECT_EQ(*audit::count_cosignatures(plain, witnesses), 0U);
  const std::string once = plain + first.line(text, 1679315147) + first.line(text, 1679315148);
  EXPECT_EQ(*audit::count_cosignatures(once, witnesses), 1U);
  const std::string twice = once + second.line(text, 1);
  EXPECT_EQ(*audit::count_cosignatures(twice, witnesses), 2U);
  EXPECT_TRUE(audit::open_checkpoint(twice, "log.example", std::vector{log.verifier()}));
  // Over another text, or by a log's key alone.
  EXPECT_EQ(audit::count_cosignatures(plain + first.line("x" + text, 5), witnesses).error().code,
            ErrorCode::kUnauthenticated);
  const std::string alone = text + "\n" + first.line(text, 5);
  EXPECT_FALSE(audit::open_checkpoint(alone, "log.example", witnesses));
}

}  // namespace
