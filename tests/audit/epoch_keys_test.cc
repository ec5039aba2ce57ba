#include "audit/epoch_keys.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "coefficient/audit/key_chain.h"
#include "support/temp_dir.h"
#include "support/vectors.h"

namespace {

namespace audit = coefficient::audit;
namespace fs = std::filesystem;
using audit::Checkpoint;
using audit::EpochKeys;
using audit::Hash;
using audit::KeyChain;
using audit::NoteSigner;
using coefficient::ErrorCode;

const std::string kChainOrigin = "log.example";

Hash root_of(int n) {
  Hash hash{};
  hash[0] = static_cast<std::byte>(n);
  return hash;
}

std::string sign(const NoteSigner& signer, std::uint64_t size, const Hash& root) {
  return *audit::sign_checkpoint({kChainOrigin, size, root, {}},
                                 std::vector<const NoteSigner*>{&signer});
}

TEST(KeyChain, KeysSignForTheirOwnEpochOnly) {
  const NoteSigner k0 = *NoteSigner::generate(kChainOrigin);
  const NoteSigner k1 = *NoteSigner::generate(kChainOrigin);
  const NoteSigner k2 = *NoteSigner::generate(kChainOrigin);
  KeyChain chain(k0.verifier());
  ASSERT_TRUE(chain.append(*chain.hand_over(k0, k1.verifier(), 10, root_of(10))));
  ASSERT_TRUE(chain.append(*chain.hand_over(k1, k2.verifier(), 20, root_of(20))));
  struct Case {
    const NoteSigner* by;
    std::uint64_t size;
    int root;
    bool ok;
  };
  for (const Case& c : std::vector<Case>{{&k0, 5, 5, true},
                                         {&k0, 10, 10, true},
                                         {&k0, 10, 11, false},
                                         {&k0, 11, 11, false},
                                         {&k1, 9, 9, false},
                                         {&k1, 10, 10, true},
                                         {&k1, 10, 11, false},
                                         {&k1, 15, 15, true},
                                         {&k1, 20, 20, true},
                                         {&k1, 20, 21, false},
                                         {&k1, 21, 21, false},
                                         {&k2, 19, 19, false},
                                         {&k2, 20, 20, true},
                                         {&k2, 1000, 1, true}}) {
    const auto got = chain.open_checkpoint(sign(*c.by, c.size, root_of(c.root)));
    EXPECT_EQ(got.has_value(), c.ok) << c.size << " root " << c.root;
    if (!got) {
      EXPECT_EQ(got.error().code, ErrorCode::kUnauthenticated);
    }
  }
  const auto read = KeyChain::parse(k0.verifier(), chain.text());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->epochs().size(), 3U);
  EXPECT_EQ(read->epochs()[2].first_size, 20U);
  EXPECT_EQ(read->text(), chain.text());
}

TEST(KeyChain, RefusesWhatTheKeyBeforeDidNotSign) {
  const NoteSigner k0 = *NoteSigner::generate(kChainOrigin);
  const NoteSigner k1 = *NoteSigner::generate(kChainOrigin);
  const NoteSigner thief = *NoteSigner::generate(kChainOrigin);
  KeyChain chain(k0.verifier());
  EXPECT_FALSE(chain.hand_over(k1, thief.verifier(), 10, root_of(10)));
  const std::string first = *chain.hand_over(k0, k1.verifier(), 10, root_of(10));
  ASSERT_TRUE(chain.append(first));
  // Twice, backwards, by a key that is not in office, over a smaller tree, with another root.
  EXPECT_FALSE(chain.append(first));
  EXPECT_FALSE(chain.hand_over(k0, thief.verifier(), 11, root_of(11)));
  EXPECT_FALSE(chain.hand_over(k1, thief.verifier(), 9, root_of(9)));
  EXPECT_FALSE(chain.hand_over(k1, thief.verifier(), 10, root_of(11)));
  KeyChain forged(thief.verifier());
  EXPECT_FALSE(forged.append(first));
  EXPECT_FALSE(chain.append(*forged.hand_over(thief, k1.verifier(), 11, root_of(11))));
  EXPECT_EQ(chain.text(), first);
  EXPECT_FALSE(KeyChain::parse(thief.verifier(), first));
}

TEST(KeyChain, EveryCutAndFlippedBitIsFound) {
  const NoteSigner k0 = *NoteSigner::generate(kChainOrigin);
  const NoteSigner k1 = *NoteSigner::generate(kChainOrigin);
  KeyChain chain(k0.verifier());
  ASSERT_TRUE(chain.append(*chain.hand_over(k0, k1.verifier(), 10, root_of(10))));
  const std::string text = chain.text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0) {
      EXPECT_FALSE(KeyChain::parse(k0.verifier(), text.substr(0, i))) << i;
    }
    std::string bad = text;
    bad[i] = static_cast<char>(static_cast<unsigned char>(bad[i]) ^ 1U);
    EXPECT_FALSE(KeyChain::parse(k0.verifier(), bad)) << i;
  }
  EXPECT_EQ(
      KeyChain::parse(k0.verifier(), std::string(audit::kMaxKeyChainBytes + 1, 'x')).error().code,
      ErrorCode::kResourceExhausted);
}

// Every changing call from number `from` on fails: what the process would leave if it died there.
class Dying final : public audit::FileCalls {
 public:
  explicit Dying(int from) : left_(from) {}
  [[nodiscard]] bool died() const { return left_ < 0; }
  int create(int at, const char* name, int flags, mode_t mode) override {
    return dead() ? -1 : FileCalls::create(at, name, flags, mode);
  }
  ssize_t pwrite(int fd, const void* data, std::size_t size, off_t offset) override {
    return dead() ? -1 : FileCalls::pwrite(fd, data, size, offset);
  }
  int fdatasync(int fd) override { return dead() ? -1 : FileCalls::fdatasync(fd); }
  int fsync(int fd) override { return dead() ? -1 : FileCalls::fsync(fd); }
  int rename(int at, const char* from, const char* to) override {
    return dead() ? -1 : FileCalls::rename(at, from, to);
  }
  int unlink(int at, const char* name) override {
    return dead() ? -1 : FileCalls::unlink(at, name);
  }

 private:
  bool dead() {
    errno = EIO;
    return --left_ < 0;
  }
  int left_;
};

audit::Directory directory(const fs::path& path, audit::FileCalls& calls) {
  return *audit::Directory::open(path.string(), calls);
}

TEST(EpochKeys, AreThereAgainAndTheOldOneIsNot) {
  const test::TempDir temporary;
  const audit::Directory dir = directory(temporary.path(), audit::system_file_calls());
  EXPECT_EQ(EpochKeys::open(dir).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(EpochKeys::create(dir, "no name").error().code, ErrorCode::kInvalidArgument);
  auto keys = EpochKeys::create(dir, kChainOrigin);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(EpochKeys::create(dir, kChainOrigin).error().code, ErrorCode::kAlreadyExists);
  const std::string old_key = test::read_file(temporary.path() / audit::kSigningKeyFile);
  const std::string note = sign(keys->signer(), 3, root_of(3));
  ASSERT_TRUE(keys->advance(7, root_of(7)));
  const std::string later = sign(keys->signer(), 8, root_of(8));
  const auto again = EpochKeys::open(dir);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->signer().key_id(), keys->signer().key_id());
  EXPECT_TRUE(again->chain().open_checkpoint(note));
  EXPECT_TRUE(again->chain().open_checkpoint(later));
  for (const auto& entry : fs::directory_iterator(temporary.path()))
    EXPECT_EQ(test::read_file(entry.path()).find(old_key), std::string::npos) << entry.path();
  EXPECT_EQ(fs::status(temporary.path() / audit::kSigningKeyFile).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(EpochKeys, ADeathAtAnyCallOfAChangeLeavesExactlyOneKeyInOffice) {
  int tried = 0;
  for (int from = 0;; ++from) {
    const test::TempDir temporary;
    Dying calls(from);
    {
      const audit::Directory good = directory(temporary.path(), audit::system_file_calls());
      ASSERT_TRUE(EpochKeys::create(good, kChainOrigin)->advance(5, root_of(5)));
    }
    const audit::Directory dir = directory(temporary.path(), calls);
    const audit::Directory after = directory(temporary.path(), audit::system_file_calls());
    std::string signed_before;
    {
      auto keys = EpochKeys::open(dir);
      if (!keys) {  // died while it looked for the remains of a change
        ASSERT_TRUE(calls.died());
        ASSERT_TRUE(EpochKeys::open(after));
        continue;
      }
      signed_before = sign(keys->signer(), 9, root_of(9));
      const auto changed = keys->advance(9, root_of(9));
      EXPECT_EQ(changed.has_value(), !calls.died());
      if (!changed) {
        EXPECT_EQ(keys->advance(9, root_of(9)).error().code, ErrorCode::kFailedPrecondition);
      }
    }
    auto keys = EpochKeys::open(after);
    ASSERT_TRUE(keys) << from << ": " << keys.error().message;
    const std::size_t epochs = keys->chain().epochs().size();
    EXPECT_TRUE(epochs == 2 || epochs == 3);
    EXPECT_TRUE(keys->chain().open_checkpoint(signed_before));
    EXPECT_TRUE(keys->chain().open_checkpoint(sign(keys->signer(), 10, root_of(10))));
    EXPECT_FALSE(fs::exists(temporary.path() / audit::kNextKeyFile));
    ASSERT_TRUE(keys->advance(11, root_of(11)));
    ++tried;
    if (!calls.died()) break;
  }
  EXPECT_GT(tried, 10);
}

TEST(EpochKeys, AForgedOrMissingFileIsDataLoss) {
  const test::TempDir temporary;
  const audit::Directory dir = directory(temporary.path(), audit::system_file_calls());
  ASSERT_TRUE(EpochKeys::create(dir, kChainOrigin)->advance(5, root_of(5)));
  const fs::path chain = temporary.path() / audit::kKeyChainFile;
  const std::string text = test::read_file(chain);
  std::ofstream(chain, std::ios::trunc).close();  // back to the root key, which is destroyed
  EXPECT_EQ(EpochKeys::open(dir).error().code, ErrorCode::kDataLoss);
  std::ofstream(chain) << text.substr(1);
  EXPECT_EQ(EpochKeys::open(dir).error().code, ErrorCode::kDataLoss);
  std::ofstream(chain, std::ios::trunc) << text;
  ASSERT_TRUE(EpochKeys::open(dir));
  fs::remove(temporary.path() / audit::kSigningKeyFile);
  EXPECT_EQ(EpochKeys::open(dir).error().code, ErrorCode::kDataLoss);
}

}  // namespace
