// Making a vault, and the thin public members; vault_records.cc, vault_keys.cc and vault_shred.cc
// do the work.
#include "coefficient/vault/vault.h"

#include <algorithm>
#include <utility>

#include "vault/names.h"
#include "vault/vault_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

Result<> check_options(const VaultOptions& options) {
  if (options.dek_cache_entries == 0)
    return Error{ErrorCode::kInvalidArgument, "the cache of data keys needs an entry"};
  if (options.dek_max_age < std::chrono::seconds(1) || options.dek_max_age > std::chrono::hours(24))
    return Error{ErrorCode::kInvalidArgument, "the age of a cached data key is 1 s to 24 h"};
  if (options.seen_records == 0)
    return Error{ErrorCode::kInvalidArgument, "the versions of no record would be remembered"};
  return {};
}

// Every live version must still be the key that it was, before anything relies on it.
Result<> check_canaries(Store& store, const KeyRing& keys, const std::vector<std::string>& absent) {
  const auto rows = store.read_keks();
  if (!rows) return rows.error();
  for (const KekRow& row : *rows) {
    if (row.state != KekState::kLive) continue;
    const bool excused = !keys.has_provider(row.kek.provider) &&
                         std::find(absent.begin(), absent.end(), row.kek.provider) != absent.end();
    if (excused) continue;
    if (auto checked = keys.check_canary(row); !checked) return checked;
  }
  return {};
}

}  // namespace

Vault::State::State(VaultParts& parts, VaultOptions options_, KeyRing keys_)
    : store(parts.store),
      ledger(parts.ledger),
      clock(parts.clock),
      options(std::move(options_)),
      keys(std::move(keys_)),
      cache(options.dek_cache_entries, options.dek_max_age, parts.clock),
      seen(options.seen_records) {}

Result<> Vault::State::check_alive() const {
  if (keys.arena().alive()) return {};
  return Error{ErrorCode::kFailedPrecondition, "this vault stayed in the parent of a fork()"};
}

Result<std::unique_ptr<Vault>> Vault::create(VaultParts parts, VaultOptions options) {
  if (auto checked = check_options(options); !checked) return checked.error();
  if (options.use_break_glass && parts.break_glass == nullptr)
    return Error{ErrorCode::kInvalidArgument, "there is no break-glass provider to use"};
  auto keys = KeyRing::create(std::move(parts.arena), std::move(parts.providers),
                              std::move(parts.break_glass));
  if (!keys) return keys.error();
  auto state = std::make_unique<State>(parts, std::move(options), *std::move(keys));
  if (auto alive = state->check_alive(); !alive) return alive.error();
  if (auto replayed = state->replay_ledger(); !replayed) return replayed.error();
  if (auto checked = check_canaries(state->store, state->keys, state->options.absent_providers);
      !checked)
    return checked.error();
  if (auto live = state->try_to_be_live(); !live) return live.error();
  return std::unique_ptr<Vault>(new Vault(std::move(state)));
}

Vault::Vault(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Vault::~Vault() = default;

Result<std::uint64_t> Vault::put(const RecordRef& ref, std::span<const std::byte> secret,
                                 std::optional<std::uint64_t> expected_version) {
  return state_->write(ref, secret, expected_version);
}

Result<std::uint64_t> Vault::remove(const RecordRef& ref,
                                    std::optional<std::uint64_t> expected_version) {
  return state_->write(ref, std::nullopt, expected_version);
}

Result<> Vault::with_secret(const RecordRef& ref,
                            const std::function<void(std::span<const std::byte>)>& use) {
  const auto secret = get(ref);
  if (!secret) return secret.error();
  use(secret->bytes.expose());
  return {};
}

Result<std::vector<RecordInfo>> Vault::list(const RecordRef& after, std::size_t limit) {
  if (limit == 0 || limit > 1000)
    return Error{ErrorCode::kInvalidArgument, "a list has 1 to 1000 records"};
  if (auto usable = state_->check_usable(after.tenant); !usable) return usable.error();
  return state_->store.list_records(after, limit);
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
