// Shredding tenants, and keeping them shredded.
#include <algorithm>
#include <utility>

#include "coefficient/core/random.h"
#include "vault/names.h"
#include "vault/vault_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

Error error_shredded() {
  return Error{ErrorCode::kFailedPrecondition, "the tenant was shredded"};
}

DataKeyRow destroyed(DataKeyRow row) {
  row.state = DataKeyState::kDestroyed;
  row.kcv = {};
  row.wraps.clear();
  return row;
}

// A tenant without data keys gets a destroyed one, so that the store itself says that it is gone.
Result<DataKeyRow> headstone(std::string_view tenant, Timestamp now) {
  DataKeyRow row;
  row.tenant = tenant;
  row.created_at = now;
  if (const auto drawn = random_bytes(row.dek_id); !drawn) return drawn.error();
  return destroyed(std::move(row));
}

}  // namespace

bool ShreddedTenants::contains(std::string_view tenant) const {
  const std::shared_lock lock(mutex_);
  return tenants_.contains(tenant);
}

void ShreddedTenants::add(std::string_view tenant) {
  const std::unique_lock lock(mutex_);
  tenants_.emplace(tenant);
}

std::vector<std::string> ShreddedTenants::unfinished() const {
  const std::shared_lock lock(mutex_);
  return {unfinished_.begin(), unfinished_.end()};
}

void ShreddedTenants::set_finished(std::string_view tenant, bool finished) {
  const std::unique_lock lock(mutex_);
  if (!finished) {
    unfinished_.emplace(tenant);
  } else if (const auto it = unfinished_.find(tenant); it != unfinished_.end()) {
    unfinished_.erase(it);
  }
}

Result<> Vault::State::check_usable(std::string_view tenant) const {
  if (auto alive = check_alive(); !alive) return alive;
  if (auto checked = check_tenant(tenant); !checked) return checked;
  if (gone.contains(tenant)) return error_shredded();
  return {};
}

// Remembers what the store or the ledger says of a tenant, and returns the error of using it.
Error Vault::State::shredded(std::string_view tenant) {
  gone.add(tenant);
  cache.purge(tenant);
  seen.forget_tenant(tenant);
  return error_shredded();
}

// Until the store has no data key of the tenant that could be unwrapped and none of its records.
Result<> Vault::State::destroy_keys(std::string_view tenant, bool even_without) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto found = store.read_data_keys(tenant);
    if (!found) return found.error();
    const auto left = store.list_records({tenant, "", ""}, 1);
    if (!left) return left.error();
    const bool any = !found->rows.empty();
    const bool done = std::all_of(found->rows.begin(), found->rows.end(), [](const DataKeyRow& r) {
      return r.state == DataKeyState::kDestroyed;
    });
    if (done && left->empty() && (any || !even_without)) return {};
    Batch batch;
    batch.purge_tenant = std::string(tenant);
    batch.data_keys = DataKeysWrite{std::string(tenant), found->revision, {}};
    for (DataKeyRow& row : found->rows)
      if (row.state != DataKeyState::kDestroyed)
        batch.data_keys->rows.push_back(destroyed(std::move(row)));
    if (!any) {
      auto row = headstone(tenant, now());
      if (!row) return row.error();
      batch.data_keys->rows.push_back(*std::move(row));
    }
    auto applied = store.apply(batch);
    if (applied || applied.error().code != ErrorCode::kFailedPrecondition) return applied;
  }
  return Error{ErrorCode::kUnavailable, "too many other writers"};
}

// Remembers whether it has to be tried again. The caller holds `shredding`, or is create().
Result<> Vault::State::finish_shred(std::string_view tenant, bool even_without) {
  auto done = destroy_keys(tenant, even_without);
  gone.set_finished(tenant, done.has_value());
  return done;
}

// Called by what writes. Its own outcome does not depend on this.
void Vault::State::finish_shreds() {
  const auto tenants = gone.unfinished();
  if (tenants.empty() || !check_alive()) return;
  const std::unique_lock lock(shredding, std::try_to_lock);
  if (!lock) return;  // somebody is at it
  for (const std::string& tenant : tenants)
    if (!finish_shred(tenant, true)) return;
}

// A full disk must not make every other tenant unreadable: what the store cannot do now is done
// later, and the tenant is refused from here on.
Result<> Vault::State::replay_ledger() {
  const auto entries = ledger.read();
  if (!entries) return entries.error();
  for (const ShredEntry& entry : *entries) {
    gone.add(entry.tenant);
    auto done = finish_shred(entry.tenant, false);
    if (!done && !may_work_later(done.error())) return done;
  }
  return {};
}

Result<> Vault::shred(std::string_view tenant) {
  State& s = *state_;
  if (auto alive = s.check_alive(); !alive) return alive;
  if (auto checked = check_tenant(tenant); !checked) return checked;
  const std::lock_guard lock(s.shredding);
  const auto entries = s.ledger.read();
  if (!entries) return entries.error();
  const bool listed = std::any_of(entries->begin(), entries->end(),
                                  [tenant](const ShredEntry& e) { return e.tenant == tenant; });
  // The ledger first: were the store first, a crash in between would leave a backup that brings
  // the tenant back.
  if (!listed)
    if (auto added = s.ledger.append({std::string(tenant), s.now()}); !added) return added;
  (void)s.shredded(tenant);
  return s.finish_shred(tenant, true);
}

std::vector<std::string> Vault::unfinished_shreds() const {
  return state_->gone.unfinished();
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
