#ifndef COEFFICIENT_TESTS_VAULT_VAULT_FIXTURE_H_
#define COEFFICIENT_TESTS_VAULT_VAULT_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/vault/memory_store.h"
#include "coefficient/vault/vault.h"
#include "vault/support.h"

namespace test {

using namespace coefficient;
using namespace coefficient::vault;

/// A store that does as `inner` does, unless a hook says otherwise: a hostile administrator, or a
/// disk that fails. Set hooks before threads start.
class HookedStore final : public Store {
 public:
  explicit HookedStore(Store& inner) : inner_(inner) {}
  std::function<void(const RecordRef&, StoredRecord&)> on_record;
  std::function<void(DataKeys&)> on_data_keys;
  std::function<void(std::vector<KekRow>&)> on_keks;
  std::function<Result<>(const Batch&)> on_apply;  ///< An error replaces the call.

  Result<StoredRecord> read_record(const RecordRef& ref) override {
    auto out = inner_.read_record(ref);
    if (out && on_record) on_record(ref, *out);
    return out;
  }
  Result<std::vector<RecordInfo>> list_records(const RecordRef& after, std::size_t limit) override {
    return inner_.list_records(after, limit);
  }
  Result<DataKeys> read_data_keys(std::string_view tenant, std::optional<DekId> only) override {
    auto out = inner_.read_data_keys(tenant, only);
    if (out && on_data_keys) on_data_keys(*out);
    return out;
  }
  Result<std::vector<DataKeyRow>> list_data_keys_under(const KekVersion& kek,
                                                       std::optional<DekId> after,
                                                       std::size_t limit) override {
    return inner_.list_data_keys_under(kek, after, limit);
  }
  Result<std::vector<KekRow>> read_keks() override {
    auto out = inner_.read_keks();
    if (out && on_keks) on_keks(*out);
    return out;
  }
  Result<> apply(const Batch& batch) override {
    if (on_apply)
      if (auto hooked = on_apply(batch); !hooked) return hooked;
    return inner_.apply(batch);
  }

 private:
  Store& inner_;
};

/// A ledger in memory, so in the hands of the test.
class ListLedger final : public ShredLedger {
 public:
  Result<std::vector<ShredEntry>> read() override {
    const std::lock_guard lock(mutex_);
    return entries_;
  }
  Result<> append(const ShredEntry& entry) override {
    const std::lock_guard lock(mutex_);
    if (fails) return Error{ErrorCode::kUnavailable, "the ledger's disk is full"};
    entries_.push_back(entry);
    return {};
  }
  bool fails = false;

 private:
  std::mutex mutex_;
  std::vector<ShredEntry> entries_;
};

/// A provider that counts, and runs hooks before it asks the real one.
class WatchedKek final : public KekProvider {
 public:
  explicit WatchedKek(std::shared_ptr<KekProvider> inner) : inner_(std::move(inner)) {}
  std::atomic<int> wraps = 0;
  std::atomic<int> unwraps = 0;
  std::function<void()> on_unwrap;
  std::function<void(std::span<const std::byte, 32>)> on_wrap;
  std::optional<KekFault> fault;

  [[nodiscard]] KekVersion current() const override { return inner_->current(); }
  Result<WrappedKey, KekError> wrap(const KekVersion& kek, std::span<const std::byte, 32> key,
                                    std::span<const std::byte> aad) override {
    ++wraps;
    if (on_wrap) on_wrap(key);
    if (fault) return KekError{*fault, "as asked"};
    return inner_->wrap(kek, key, aad);
  }
  Result<void, KekError> unwrap(const KekVersion& kek, const WrappedKey& wrapped,
                                std::span<const std::byte> aad,
                                std::span<std::byte, 32> key) override {
    ++unwraps;
    if (on_unwrap) on_unwrap();
    if (fault) return KekError{*fault, "as asked"};
    return inner_->unwrap(kek, wrapped, aad, key);
  }

 private:
  std::shared_ptr<KekProvider> inner_;
};

/// A vault over a store in memory, with keys "main" (current) and "old".
class VaultTest : public ::testing::Test {
 protected:
  static constexpr RecordRef kRef{"org-1", "oauth", "github"};

  VaultParts parts(Store& over, std::vector<std::shared_ptr<KekProvider>> providers,
                   std::shared_ptr<KekProvider> break_glass = nullptr) {
    return {over, ledger, arena, std::move(providers), std::move(break_glass), clock};
  }
  std::unique_ptr<Vault> open(VaultOptions options = {}) {
    return Vault::create(parts(store, {kek}), std::move(options)).value();
  }
  static ErrorCode code(const auto& result) { return result ? ErrorCode{0} : result.error().code; }
  static std::string get(Vault& vault, const RecordRef& ref = kRef) {
    const auto secret = vault.get(ref);
    return secret ? text(secret->bytes.expose()) : "error: " + std::string(to_string(code(secret)));
  }
  static std::uint64_t put(Vault& vault, std::string_view secret, const RecordRef& ref = kRef) {
    const auto version = vault.put(ref, bytes(secret));
    EXPECT_TRUE(version) << version.error().message;
    return version ? *version : 0;
  }
  DataKeys data_keys(std::string_view tenant = "org-1") {
    return memory.read_data_keys(tenant, std::nullopt).value();
  }

  MemoryStore memory;
  HookedStore store{memory};
  ListLedger ledger;
  ManualClock clock{std::chrono::system_clock::time_point(std::chrono::hours(24 * 365 * 56))};
  std::shared_ptr<SecretArena> arena = SecretArena::create().value();
  std::shared_ptr<WatchedKek> kek = std::make_shared<WatchedKek>(random_kek({"main"}, *arena));
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_VAULT_VAULT_FIXTURE_H_
