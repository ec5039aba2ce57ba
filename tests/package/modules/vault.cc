// A host of the module vault: a secret comes back, and after the shredding of its tenant does not.
#include <coefficient/vault/local_kek.h>
#include <coefficient/vault/memory_store.h>
#include <coefficient/vault/vault.h>

#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace vault = coefficient::vault;
using coefficient::Result;

class Ledger final : public vault::ShredLedger {
 public:
  Result<std::vector<vault::ShredEntry>> read() override { return entries_; }
  Result<> append(const vault::ShredEntry& entry) override {
    entries_.push_back(entry);
    return {};
  }

 private:
  std::vector<vault::ShredEntry> entries_;
};

Result<vault::LocalKey> new_key(vault::SecretArena& arena) {
  const auto text = vault::LocalKey::generate("host");
  if (!text) return text.error();
  return vault::LocalKey::from_callback(
      [&](std::span<std::byte> out) -> Result<std::size_t> {
        std::memcpy(out.data(), text->expose().data(), text->size());
        return text->size();
      },
      arena);
}

}  // namespace

int main() {
  auto arena = vault::SecretArena::create();
  if (!arena) return EXIT_FAILURE;
  auto key = new_key(**arena);
  if (!key) return EXIT_FAILURE;
  std::vector<vault::LocalKey> keys;
  keys.push_back(*std::move(key));
  const auto kek = vault::LocalKek::create(std::move(keys));
  if (!kek) return EXIT_FAILURE;
  vault::MemoryStore store;
  Ledger ledger;
  const auto opened = vault::Vault::create(
      {.store = store, .ledger = ledger, .arena = *arena, .providers = {*kek}});
  constexpr std::string_view kSecret = "secret";
  constexpr vault::RecordRef kRef{"acme", "token", "github"};
  if (!opened || !(*opened)->put(kRef, std::as_bytes(std::span(kSecret)))) return EXIT_FAILURE;
  const auto secret = (*opened)->get(kRef);
  const bool right = secret && secret->version == 1 && secret->bytes.size() == kSecret.size() &&
                     (*opened)->shred("acme") && !(*opened)->get(kRef);
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
