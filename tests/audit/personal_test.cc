#include "coefficient/audit/personal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "audit/subject_keys_access.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/record.h"
#include "coefficient/core/encoding.h"
#include "faults.h"
#include "support/temp_dir.h"
#include "support/vectors.h"

namespace {

namespace audit = coefficient::audit;
namespace fs = std::filesystem;
using audit::Encrypted;
using audit::FileSubjectKeys;
using coefficient::ErrorCode;

std::string text_of(const coefficient::SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.expose().data()), bytes.size()};
}

TEST(Personal, AFieldOpensUnderItsKeyAndInItsPlaceOnly) {
  const test::TempDir temporary;
  auto keys = *FileSubjectKeys::open(temporary.path().string());
  for (const std::string& text :
       {std::string(), std::string("192.0.2.7"), std::string(5000, 'x')}) {
    const Encrypted field = *audit::seal_field(*keys, "alice", "src.ip", text);
    EXPECT_EQ(text_of(*audit::open_field(*keys, "src.ip", field)), text);
    EXPECT_EQ(audit::open_field(*keys, "actor.id", field).error().code, ErrorCode::kDataLoss);
    Encrypted other = field;
    other.kid = audit::seal_field(*keys, "bob", "src.ip", text)->kid;
    EXPECT_EQ(audit::open_field(*keys, "src.ip", other).error().code, ErrorCode::kDataLoss);
  }
  const Encrypted once = *audit::seal_field(*keys, "alice", "p", "same");
  const Encrypted twice = *audit::seal_field(*keys, "alice", "p", "same");
  EXPECT_EQ(once.kid, twice.kid);
  EXPECT_NE(once.nonce, twice.nonce);
  EXPECT_NE(once.ct, twice.ct);
}

TEST(Personal, EveryFlippedBitIsFound) {
  const test::TempDir temporary;
  auto keys = *FileSubjectKeys::open(temporary.path().string());
  const Encrypted field = *audit::seal_field(*keys, "alice", "p", "a secret text");
  for (std::string Encrypted::*member : {&Encrypted::nonce, &Encrypted::ct, &Encrypted::tag}) {
    const auto bytes = *coefficient::base64_decode(field.*member);
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
      auto bad = bytes;
      bad[i / 8] ^= std::byte{1} << (i % 8);
      Encrypted changed = field;
      changed.*member = coefficient::base64_encode(bad);
      EXPECT_EQ(audit::open_field(*keys, "p", changed).error().code, ErrorCode::kDataLoss);
    }
    Encrypted broken = field;
    broken.*member += "=";
    EXPECT_EQ(audit::open_field(*keys, "p", broken).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Personal, KeysAreThereAgainAfterAReopening) {
  const test::TempDir temporary;
  Encrypted field;
  {
    auto keys = *FileSubjectKeys::open(temporary.path().string());
    EXPECT_EQ(FileSubjectKeys::open(temporary.path().string()).error().code,
              ErrorCode::kUnavailable);
    field = *audit::seal_field(*keys, "\xC3\x84nne", "p", "text");
  }
  auto keys = *FileSubjectKeys::open(temporary.path().string());
  EXPECT_EQ(text_of(*audit::open_field(*keys, "p", field)), "text");
  EXPECT_EQ(keys->key_of("\xC3\x84nne")->kid, field.kid);
}

TEST(Personal, SubjectsAreNamesOfOneLine) {
  const test::TempDir temporary;
  auto keys = *FileSubjectKeys::open(temporary.path().string());
  for (const std::string& bad :
       {std::string(), std::string("a\nb"), std::string("\xFF"), std::string(1025, 'a')})
    EXPECT_EQ(keys->key_of(bad).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(keys->erase("nobody").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(fs::is_empty(temporary.path()));
}

TEST(Personal, ADamagedFileIsDataLossAndAnInterruptedErasureIsFinished) {
  const test::TempDir temporary;
  std::string kid;
  {
    auto keys = *FileSubjectKeys::open(temporary.path().string());
    kid = keys->key_of("alice")->kid;
  }
  const fs::path file = temporary.path() / (kid + ".subject");
  const std::string good = test::read_file(file);
  std::ofstream(file, std::ios::trunc) << good.substr(3);
  EXPECT_EQ(FileSubjectKeys::open(temporary.path().string()).error().code, ErrorCode::kDataLoss);
  std::ofstream(file, std::ios::trunc) << std::string(good.size(), '\0');
  auto keys = FileSubjectKeys::open(temporary.path().string());
  ASSERT_TRUE(keys);
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ((*keys)->find(kid).error().code, ErrorCode::kNotFound);
}

// The bytes of all files of a directory, one after the other.
std::string all_bytes(const fs::path& directory) {
  std::string bytes;
  for (const auto& file : fs::directory_iterator(directory)) bytes += test::read_file(file.path());
  return bytes;
}

// Whatever fails while keys are made: nobody has two, and an erasure leaves no name.
TEST(Personal, AFailedCallLeavesNeitherANameNorASecondKey) {
  using Fault = test::FaultyCalls::Kind;
  for (const Fault kind : {Fault::kIo, Fault::kNoSpace, Fault::kShortWrite}) {
    for (const bool lasting : {false, true}) {
      for (long at = 1; at <= 10; ++at) {
        SCOPED_TRACE("kind " + std::to_string(static_cast<int>(kind)) +
                     (lasting ? " lasting" : "") + ", call " + std::to_string(at));
        const test::TempDir temporary;
        test::FaultyCalls calls;
        auto keys = *audit::SubjectKeysAccess::open(temporary.path().string(), calls);
        calls.arm(at, kind, lasting);
        std::string kid;
        for (int i = 0; i < 3; ++i) {
          const auto key = keys->key_of("alice");
          if (!key) continue;
          EXPECT_TRUE(kid.empty() || kid == key->kid);
          kid = key->kid;
        }
        calls.disarm();
        {
          const test::TempDir copy;  // as it is after a crash
          fs::copy(temporary.path(), copy.path(), fs::copy_options::recursive);
          auto again = FileSubjectKeys::open(copy.path().string());
          ASSERT_TRUE(again) << again.error().message;
          EXPECT_TRUE(kid.empty() || (*again)->key_of("alice")->kid == kid);
          (void)(*again)->erase("alice");
          EXPECT_EQ(all_bytes(copy.path()).find("alice"), std::string::npos);
        }
        const auto erased = keys->erase("alice");
        EXPECT_EQ(erased ? *erased : "", kid);
        EXPECT_EQ(all_bytes(temporary.path()).find("alice"), std::string::npos);
        EXPECT_TRUE(keys->key_of("alice"));
        keys.reset();
        EXPECT_TRUE(FileSubjectKeys::open(temporary.path().string()));
      }
    }
  }
}

TEST(Personal, WhatAnInterruptedMakingLeftIsDestroyed) {
  const test::TempDir temporary;
  const fs::path left = temporary.path() / "tmp-0123456789abcdef0123456789abcdef.subject";
  const fs::path linked = temporary.path() / "linked";
  std::ofstream(left) << "key\nalice\n";
  fs::create_hard_link(left, linked);
  ASSERT_TRUE(FileSubjectKeys::open(temporary.path().string()));
  EXPECT_FALSE(fs::exists(left));
  EXPECT_EQ(test::read_file(linked), std::string(10, '\0')) << "overwritten first";
}

audit::Record personal_record() {
  audit::Record record;
  record.id = "r";
  record.time = audit::Timestamp(std::chrono::seconds(1'700'000'000));
  record.actor = {"user", std::string("alice"), std::string("session 1")};
  record.action = "order.read";
  record.target = {"user", std::string("alice's cart")};
  record.src = {std::string("192.0.2.7"), std::string("curl")};
  record.reason = std::string("she called");
  record.details = {{"email", "a@example.com"}, {"n", 3}, {"none", ""}};
  return record;
}

TEST(Personal, ARecordIsEncryptedAndDecryptedInItsPlaces) {
  const test::TempDir temporary;
  auto keys = *FileSubjectKeys::open(temporary.path().string());
  const audit::Record clear = personal_record();
  audit::Record record = clear;
  for (const char* place :
       {"actor.id", "actor.session", "target.id", "src.ip", "src.ua", "reason", "details.email"}) {
    EXPECT_TRUE(*audit::seal_in_place(*keys, "alice", place, record)) << place;
    EXPECT_FALSE(*audit::seal_in_place(*keys, "alice", place, record)) << "encrypted already";
  }
  for (const char* place : {"details.none", "details.missing"})
    EXPECT_FALSE(*audit::seal_in_place(*keys, "alice", place, record)) << place;
  const audit::Record before = record;
  for (const char* place : {"", "actor", "actor.type", "action", "id", "src", "details", "details.",
                            "details.n", "trace", "service"})
    EXPECT_EQ(audit::seal_in_place(*keys, "alice", place, record).error().code,
              ErrorCode::kInvalidArgument)
        << place;
  EXPECT_EQ(record, before);
  const std::string text = *audit::to_canonical(record);
  for (const char* word : {"alice", "session 1", "192.0.2.7", "curl", "she called", "example.com"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;

  audit::Record read = *audit::parse_record(text);
  EXPECT_EQ(*audit::open_in_place(*keys, read), 0U);
  EXPECT_EQ(read, clear);
  // In another place a text is not what it was.
  audit::Record moved = *audit::parse_record(text);
  moved.src.ip = moved.actor.id;
  EXPECT_EQ(audit::open_in_place(*keys, moved).error().code, ErrorCode::kDataLoss);

  ASSERT_TRUE(keys->erase("alice"));
  read = *audit::parse_record(text);
  EXPECT_EQ(*audit::open_in_place(*keys, read), 7U);
  EXPECT_EQ(*audit::to_canonical(read), text);
}

TEST(Personal, DetailsAreDecryptedAtAnyDepth) {
  const test::TempDir temporary;
  auto keys = *FileSubjectKeys::open(temporary.path().string());
  audit::Record record = personal_record();
  const auto seal = [&](const char* place, const char* text) {
    return audit::Value(*audit::seal_field(*keys, "alice", place, text));
  };
  record.details = {
      {"to", audit::Value::Object{{"email", seal("details.to.email", "b@example.com")}}},
      {"all", audit::Value::Array{seal("details.all", "one"), "in clear",
                                  audit::Value::Array{seal("details.all", "two")}}}};
  EXPECT_EQ(*audit::open_in_place(*keys, record), 0U);
  EXPECT_EQ(record.details,
            (audit::Value::Object{
                {"to", audit::Value::Object{{"email", "b@example.com"}}},
                {"all", audit::Value::Array{"one", "in clear", audit::Value::Array{"two"}}}}));
}

TEST(Personal, AnIdIsFoundWithoutMakingAKey) {
  const test::TempDir temporary;
  auto keys = *FileSubjectKeys::open(temporary.path().string());
  EXPECT_EQ(keys->kid_of("alice").error().code, ErrorCode::kNotFound);
  const std::string kid = keys->key_of("alice")->kid;
  EXPECT_EQ(*keys->kid_of("alice"), kid);
  ASSERT_TRUE(keys->erase("alice"));
  EXPECT_EQ(keys->kid_of("alice").error().code, ErrorCode::kNotFound);
}

// The whole of it: a log with personal fields, an erasure, and every proof before and after.
TEST(Personal, AfterAnErasureNothingIsReadableAndEveryProofStillVerifies) {
  const test::TempDir temporary;
  auto keys = *FileSubjectKeys::open(temporary.path().string());
  std::vector<std::string> records;
  std::vector<std::string> key_texts;
  audit::HashTree tree;
  const auto append = [&](audit::Record record) {
    record.id = "r" + std::to_string(records.size());
    record.time = audit::Timestamp(std::chrono::seconds(1'700'000'000 + records.size()));
    record.seq = records.size();
    const auto text = audit::to_canonical(record);
    ASSERT_TRUE(text) << text.error().message;
    records.push_back(*text);
    ASSERT_TRUE(tree.append(*audit::leaf_hash(std::as_bytes(std::span<const char>(*text)))));
  };
  for (int i = 0; i < 20; ++i) {
    const std::string who = i % 2 == 0 ? "alice@example.com" : "bob@example.com";
    audit::Record record;
    record.action = "order.read";
    record.actor = {"user", *audit::seal_field(*keys, who, "actor.id", who), {}};
    record.src.ip = *audit::seal_field(*keys, who, "src.ip", "192.0.2." + std::to_string(i));
    append(std::move(record));
  }
  const audit::Hash root = *audit::tree_root(tree, 20);
  std::vector<std::vector<audit::Hash>> proofs;
  for (std::uint64_t i = 0; i < 20; ++i) proofs.push_back(*audit::prove_inclusion(tree, i, 20));
  const coefficient::SecretBytes alices = std::move(keys->key_of("alice@example.com")->key);
  for (const std::string& record : records)
    EXPECT_EQ(record.find("example.com"), std::string::npos);

  auto erased = audit::erase_subject(*keys, "alice@example.com");
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ(erased->action, "subject.erased");
  erased->actor = {"service", std::string("privacy"), {}};
  append(std::move(*erased));

  const audit::Hash now = *audit::tree_root(tree, 21);
  EXPECT_TRUE(
      audit::verify_consistency(20, root, 21, now, *audit::prove_consistency(tree, 20, 21)));
  for (std::size_t i = 0; i < 20; ++i) {
    const auto leaf = *audit::leaf_hash(std::as_bytes(std::span<const char>(records[i])));
    EXPECT_TRUE(audit::verify_inclusion(leaf, i, 20, proofs[i], root));
    EXPECT_TRUE(audit::verify_inclusion(leaf, i, 21, *audit::prove_inclusion(tree, i, 21), now));
    const audit::Record record = *audit::parse_record(records[i]);
    const auto id = audit::open_field(*keys, "actor.id", std::get<Encrypted>(record.actor.id));
    const auto ip = audit::open_field(*keys, "src.ip", std::get<Encrypted>(record.src.ip));
    if (i % 2 == 0) {
      EXPECT_EQ(id.error().code, ErrorCode::kNotFound);
      EXPECT_EQ(ip.error().code, ErrorCode::kNotFound);
    } else {
      EXPECT_EQ(text_of(*id), "bob@example.com");
      EXPECT_EQ(text_of(*ip), "192.0.2." + std::to_string(i));
    }
  }
  // Nor on the disk: neither her name nor her key.
  const std::string key_text = coefficient::base64_encode(alices.expose());
  for (const auto& file : fs::recursive_directory_iterator(temporary.path())) {
    const std::string bytes = test::read_file(file.path());
    EXPECT_EQ(bytes.find("alice"), std::string::npos) << file.path();
    EXPECT_EQ(bytes.find(key_text), std::string::npos) << file.path();
  }
  // Who comes back gets another key, and the old records stay closed.
  EXPECT_NE(keys->key_of("alice@example.com")->kid,
            std::get<Encrypted>(audit::parse_record(records[0])->actor.id).kid);
}

}  // namespace
