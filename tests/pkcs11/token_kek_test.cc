#include "coefficient/pkcs11/token_kek.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <p11-kit/pkcs11.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "coefficient/vault/memory_store.h"
#include "coefficient/vault/vault.h"
#include "pkcs11/fault.h"
#include "support/bytes.h"

namespace coefficient {
namespace {

namespace fs = std::filesystem;
using pkcs11::TokenKek;
using pkcs11::TokenKekOptions;
using test::bytes;
using vault::KekFault;

constexpr const char* kPin = "correct-pin";
constexpr const char* kModules[] = {"/usr/lib/softhsm/libsofthsm2.so",
                                    "/usr/lib64/pkcs11/libsofthsm2.so",
                                    "/usr/local/lib/softhsm/libsofthsm2.so"};

std::string module_path() {
  for (const char* path : kModules)
    if (fs::exists(path)) return path;
  return "";
}

void check(CK_RV rv, const char* what) {
  if (rv != CKR_OK) {
    std::fprintf(stderr, "%s returned 0x%lx\n", what, rv);
    std::abort();
  }
}

// A token of its own for this process, and the host's view of the same module.
class Token {
 public:
  Token() {
    std::string name = (fs::temp_directory_path() / "softhsm-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    root_ = name;
    fs::create_directory(root_ / "tokens");
    const fs::path config = root_ / "softhsm2.conf";
    std::ofstream(config) << "directories.tokendir = " << (root_ / "tokens").string()
                          << "\nobjectstore.backend = file\nlog.level = ERROR\n";
    setenv("SOFTHSM2_CONF", config.c_str(), 1);
    void* const library = dlopen(module_path().c_str(), RTLD_NOW | RTLD_LOCAL);
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
    check(get(&f), "C_GetFunctionList");
    initialize();
    std::array<CK_BYTE, 32> label{};
    std::fill(label.begin(), label.end(), CK_BYTE{' '});
    std::copy_n("test", 4, label.begin());
    CK_SLOT_ID first = slot();
    check(f->C_InitToken(first, pin("so-pin"), 6, label.data()), "C_InitToken");
    CK_SESSION_HANDLE so = open(CKU_SO, "so-pin");
    check(f->C_InitPIN(so, pin(kPin), std::string(kPin).size()), "C_InitPIN");
    check(f->C_CloseSession(so), "C_CloseSession");
  }
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  ~Token() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  void initialize() const {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    const CK_RV rv = f->C_Initialize(&arguments);
    if (rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) check(rv, "C_Initialize");
  }

  [[nodiscard]] CK_SLOT_ID slot() const {
    std::array<CK_SLOT_ID, 8> slots{};
    CK_ULONG count = slots.size();
    check(f->C_GetSlotList(CK_TRUE, slots.data(), &count), "C_GetSlotList");
    return slots[0];
  }

  CK_SESSION_HANDLE open(CK_USER_TYPE user = CKU_USER, const char* user_pin = kPin) const {
    CK_SESSION_HANDLE session = 0;
    check(f->C_OpenSession(slot(), CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session),
          "C_OpenSession");
    const CK_RV rv = f->C_Login(session, user, pin(user_pin), std::string(user_pin).size());
    if (rv != CKR_USER_ALREADY_LOGGED_IN) check(rv, "C_Login");
    return session;
  }

  void make_key(const std::string& label, const std::string& id_hex, CK_ULONG size = 32,
                CK_BBOOL extractable = CK_FALSE, CK_BBOOL decrypts = CK_TRUE) const {
    const CK_SESSION_HANDLE session = open();
    auto id = hex_decode(id_hex).value();
    std::string text = label;
    CK_BBOOL yes = CK_TRUE;
    std::array<CK_ATTRIBUTE, 9> attributes{{{CKA_TOKEN, &yes, 1},
                                            {CKA_PRIVATE, &yes, 1},
                                            {CKA_SENSITIVE, &yes, 1},
                                            {CKA_EXTRACTABLE, &extractable, 1},
                                            {CKA_ENCRYPT, &yes, 1},
                                            {CKA_DECRYPT, &decrypts, 1},
                                            {CKA_VALUE_LEN, &size, sizeof(size)},
                                            {CKA_LABEL, text.data(), text.size()},
                                            {CKA_ID, id.data(), id.size()}}};
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE key = 0;
    check(f->C_GenerateKey(session, &mechanism, attributes.data(), attributes.size(), &key),
          "C_GenerateKey");
    check(f->C_CloseSession(session), "C_CloseSession");
  }

  // Returns how many objects there are with this label, or with any if it is empty.
  CK_ULONG count(const std::string& label, bool destroy = false) const {
    const CK_SESSION_HANDLE session = open();
    std::string text = label;
    CK_ATTRIBUTE wanted{CKA_LABEL, text.data(), text.size()};
    check(f->C_FindObjectsInit(session, &wanted, label.empty() ? 0 : 1), "C_FindObjectsInit");
    std::array<CK_OBJECT_HANDLE, 64> found{};
    CK_ULONG n = 0;
    check(f->C_FindObjects(session, found.data(), found.size(), &n), "C_FindObjects");
    check(f->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    for (CK_ULONG i = 0; destroy && i < n; ++i)
      check(f->C_DestroyObject(session, found[i]), "C_DestroyObject");
    check(f->C_CloseSession(session), "C_CloseSession");
    return n;
  }

  void close_all() const { check(f->C_CloseAllSessions(slot()), "C_CloseAllSessions"); }

  // Logged out afterwards.
  void change_pin(const std::string& from, const std::string& to) const {
    close_all();
    const CK_SESSION_HANDLE session = open(CKU_USER, from.c_str());
    check(f->C_SetPIN(session, pin(from.c_str()), from.size(), pin(to.c_str()), to.size()),
          "C_SetPIN");
    close_all();
  }

  CK_FUNCTION_LIST_PTR f = nullptr;

 private:
  static CK_BYTE_PTR pin(const char* text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    return reinterpret_cast<CK_BYTE_PTR>(const_cast<char*>(text));
  }
  fs::path root_;
};

class TokenKekTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!module_path().empty()) token_ = std::make_unique<Token>();
  }
  static void TearDownTestSuite() { token_.reset(); }
  void SetUp() override {
    if (token_ == nullptr) GTEST_SKIP() << "SoftHSM (Debian package softhsm2) is not installed";
    label_ = testing::UnitTest::GetInstance()->current_test_info()->name();
    ASSERT_TRUE(random_bytes(key_));
  }
  [[nodiscard]] TokenKekOptions options(const std::string& id = "01") const {
    return {module_path(), "test", label_, id};
  }
  [[nodiscard]] Result<std::shared_ptr<TokenKek>> create(const std::string& id = "01",
                                                         const char* pin = kPin) const {
    return TokenKek::create(options(id), SecretBytes::copy_of(std::string_view(pin)));
  }
  std::shared_ptr<TokenKek> make() {
    token_->make_key(label_, "01");
    return create().value();
  }
  // Wraps and unwraps; returns the fault, if any.
  [[nodiscard]] std::optional<KekFault> round_trip(TokenKek& kek) const {
    const auto wrapped = kek.wrap(kek.current(), key_, bytes("aad"));
    if (!wrapped) return wrapped.error().fault;
    std::array<std::byte, 32> out{};
    const auto done = kek.unwrap(kek.current(), *wrapped, bytes("aad"), out);
    if (!done) return done.error().fault;
    EXPECT_EQ(out, key_);
    return std::nullopt;
  }

  static std::unique_ptr<Token> token_;
  std::string label_;
  std::array<std::byte, 32> key_{};
};
std::unique_ptr<Token> TokenKekTest::token_;

TEST_F(TokenKekTest, WrapsAndUnwraps) {
  const auto kek = make();
  EXPECT_EQ(kek->current(), (vault::KekVersion{"pkcs11", label_, "01"}));
  const auto one = kek->wrap(kek->current(), key_, bytes("aad")).value();
  const auto two = kek->wrap(kek->current(), key_, bytes("aad")).value();
  EXPECT_EQ(one.algorithm, vault::WrapAlgorithm::kOpaque);
  EXPECT_EQ(one.bytes.size(), 61U);
  EXPECT_NE(one.bytes, two.bytes);
  EXPECT_EQ(std::search(one.bytes.begin(), one.bytes.end(), key_.begin(), key_.end()),
            one.bytes.end());
  EXPECT_EQ(round_trip(*kek), std::nullopt);
  std::array<std::byte, 32> out{};
  ASSERT_TRUE(kek->unwrap(kek->current(), kek->wrap(kek->current(), key_, {}).value(), {}, out));
  EXPECT_EQ(out, key_);
}

TEST_F(TokenKekTest, MakesNoObject) {
  const auto kek = make();
  const CK_ULONG before = token_->count("");
  EXPECT_EQ(round_trip(*kek), std::nullopt);
  EXPECT_EQ(token_->count(""), before);
}

TEST_F(TokenKekTest, RefusesEveryFlippedBitAndOtherAad) {
  const auto kek = make();
  const auto wrapped = kek->wrap(kek->current(), key_, bytes("aad")).value();
  const auto fault = [&](const vault::WrappedKey& w, std::string_view aad) {
    std::array<std::byte, 32> out{};
    out.fill(std::byte{0xAA});
    const auto done = kek->unwrap(kek->current(), w, bytes(aad), out);
    EXPECT_EQ(out, (std::array<std::byte, 32>{}));
    return done ? std::nullopt : std::optional(done.error().fault);
  };
  for (std::size_t bit = 0; bit < wrapped.bytes.size() * 8; ++bit) {
    auto flipped = wrapped;
    flipped.bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    ASSERT_EQ(fault(flipped, "aad"), KekFault::kIntegrity) << bit;
  }
  EXPECT_EQ(fault(wrapped, "aae"), KekFault::kIntegrity);
  EXPECT_EQ(fault(wrapped, ""), KekFault::kIntegrity);
  for (std::size_t size = 0; size < wrapped.bytes.size(); ++size) {
    auto cut = wrapped;
    cut.bytes.resize(size);
    ASSERT_EQ(fault(cut, "aad"), KekFault::kIntegrity) << size;
  }
  auto other = wrapped;
  other.algorithm = vault::WrapAlgorithm::kAesKwp;
  EXPECT_EQ(fault(other, "aad"), KekFault::kIntegrity);
  EXPECT_EQ(round_trip(*kek), std::nullopt);  // failures leave it usable
}

TEST_F(TokenKekTest, UsesTheVersionThatIsNamed) {
  const auto old = make();
  const auto wrapped = old->wrap(old->current(), key_, bytes("a")).value();
  token_->make_key(label_, "0002");
  const auto kek = create("0002").value();
  std::array<std::byte, 32> out{};
  ASSERT_TRUE(kek->unwrap(old->current(), wrapped, bytes("a"), out));
  EXPECT_EQ(out, key_);
  EXPECT_EQ(kek->unwrap(kek->current(), wrapped, bytes("a"), out).error().fault,
            KekFault::kIntegrity);
  for (const vault::KekVersion& unknown :
       {vault::KekVersion{"pkcs11", label_, "03"}, vault::KekVersion{"pkcs11", label_, "0A"},
        vault::KekVersion{"pkcs11", label_, "zz"}, vault::KekVersion{"pkcs11", "none", "01"},
        vault::KekVersion{"local", label_, "01"}})
    EXPECT_EQ(kek->unwrap(unknown, wrapped, bytes("a"), out).error().fault, KekFault::kNotFound);
}

TEST_F(TokenKekTest, RefusesKeysThatAreNotFit) {
  EXPECT_EQ(create().error().code, ErrorCode::kNotFound);
  token_->make_key(label_, "01", 16);
  token_->make_key(label_, "02", 32, CK_TRUE);
  token_->make_key(label_, "03", 32, CK_FALSE, CK_FALSE);
  token_->make_key(label_, "04");
  token_->make_key(label_, "04");
  for (const char* id : {"01", "02", "03", "04"})
    EXPECT_EQ(create(id).error().code, ErrorCode::kFailedPrecondition) << id;
}

TEST_F(TokenKekTest, RefusesOptionsThatCannotWork) {
  token_->make_key(label_, "01");
  const auto code = [](TokenKekOptions o, const char* pin = kPin) {
    return TokenKek::create(std::move(o), SecretBytes::copy_of(std::string_view(pin))).error().code;
  };
  auto o = options();
  o.module = "libsofthsm2.so";
  EXPECT_EQ(code(o), ErrorCode::kInvalidArgument);
  o.module = "/nonexistent.so";
  EXPECT_EQ(code(o), ErrorCode::kNotFound);
  o = options();
  o.token_label = "another";
  EXPECT_EQ(code(o), ErrorCode::kUnavailable);
  o.token_label = std::string(33, 'x');
  EXPECT_EQ(code(o), ErrorCode::kInvalidArgument);
  for (const char* id : {"", "0", "0A", "xx"})
    EXPECT_EQ(code(options(id)), ErrorCode::kInvalidArgument) << id;
  EXPECT_EQ(code(options(), ""), ErrorCode::kInvalidArgument);
}

TEST_F(TokenKekTest, TriesARefusedPinOnce) {
  const auto kek = make();
  token_->close_all();
  EXPECT_EQ(create("01", "wrong-pin").error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(round_trip(*kek), std::nullopt);
  token_->change_pin(kPin, "another-pin");
  EXPECT_EQ(round_trip(*kek), KekFault::kDenied);
  token_->change_pin("another-pin", kPin);
  EXPECT_EQ(round_trip(*kek), KekFault::kDenied);  // it would work, but is not tried
  EXPECT_EQ(round_trip(*create().value()), std::nullopt);
}

TEST_F(TokenKekTest, ComesBackAfterTheSessionWasLost) {
  const auto kek = make();
  const auto wrapped = kek->wrap(kek->current(), key_, bytes("a")).value();
  std::array<std::byte, 32> out{};
  token_->close_all();
  ASSERT_TRUE(kek->unwrap(kek->current(), wrapped, bytes("a"), out));
  EXPECT_EQ(out, key_);
  const CK_SESSION_HANDLE session = token_->open();
  check(token_->f->C_Logout(session), "C_Logout");  // logs out every session of the process
  EXPECT_EQ(round_trip(*kek), std::nullopt);
  check(token_->f->C_Finalize(nullptr), "C_Finalize");
  EXPECT_EQ(round_trip(*kek), std::nullopt);
  token_->initialize();
}

TEST_F(TokenKekTest, SaysThatAKeyWasDestroyed) {
  const auto kek = make();
  EXPECT_EQ(round_trip(*kek), std::nullopt);
  EXPECT_EQ(token_->count(label_, /*destroy=*/true), 1U);
  EXPECT_EQ(round_trip(*kek), KekFault::kDestroyed);
}

TEST_F(TokenKekTest, WorksInSeveralThreads) {
  const auto kek = make();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) good += round_trip(*kek) ? 0 : 1;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
}

TEST_F(TokenKekTest, RefusesInAChild) {
  auto kek = make();
  const pid_t child = fork();
  if (child == 0) {
    const auto wrapped = kek->wrap(kek->current(), key_, bytes("a"));
    kek.reset();  // must leave the parent's session
    _exit(!wrapped && wrapped.error().fault == KekFault::kConfig ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(round_trip(*kek), std::nullopt);
}

TEST_F(TokenKekTest, IsAVaultsKek) {
  const auto kek = make();
  class Ledger final : public vault::ShredLedger {
   public:
    Result<std::vector<vault::ShredEntry>> read() override { return entries_; }
    Result<> append(const vault::ShredEntry& entry) override {
      entries_.push_back(entry);
      return {};
    }

   private:
    std::vector<vault::ShredEntry> entries_;
  } ledger;
  vault::MemoryStore store;
  const auto arena = vault::SecretArena::create().value();
  const auto open = [&](const std::shared_ptr<TokenKek>& provider) {
    return vault::Vault::create(
        {.store = store, .ledger = ledger, .arena = arena, .providers = {provider}});
  };
  ASSERT_TRUE(open(kek).value()->put({"t", "k", "n"}, bytes("secret")));
  token_->make_key(label_, "02");
  const auto next = create("02").value();
  const auto vault = open(next).value();
  EXPECT_EQ(vault->rewrap(kek->current()).value().rewrapped, 1U);
  ASSERT_TRUE(vault->destroy_kek_version(kek->current()));
  const auto secret = vault->get({"t", "k", "n"});
  ASSERT_TRUE(secret);
  EXPECT_TRUE(std::ranges::equal(secret->bytes.expose(), bytes("secret")));
}

TEST(Pkcs11Fault, EveryReturnValueHasOne) {
  const struct {
    CK_RV rv;
    KekFault fault;
    bool lost;
  } cases[] = {{CKR_DEVICE_REMOVED, KekFault::kRetryable, true},
               {CKR_SESSION_HANDLE_INVALID, KekFault::kRetryable, true},
               {CKR_HOST_MEMORY, KekFault::kRetryable, false},
               {CKR_GENERAL_ERROR, KekFault::kRetryable, false},
               {CKR_PIN_INCORRECT, KekFault::kDenied, false},
               {CKR_PIN_LOCKED, KekFault::kDenied, false},
               {CKR_KEY_FUNCTION_NOT_PERMITTED, KekFault::kDenied, false},
               {CKR_KEY_HANDLE_INVALID, KekFault::kNotFound, true},
               {CKR_ENCRYPTED_DATA_INVALID, KekFault::kIntegrity, false},
               {CKR_SIGNATURE_INVALID, KekFault::kIntegrity, false},
               {CKR_MECHANISM_INVALID, KekFault::kConfig, false},
               {CKR_VENDOR_DEFINED, KekFault::kConfig, false}};
  for (const auto& c : cases) {
    EXPECT_EQ(pkcs11::fault_of(c.rv), c.fault) << c.rv;
    EXPECT_EQ(pkcs11::is_lost(c.rv), c.lost) << c.rv;
  }
}

}  // namespace
}  // namespace coefficient
