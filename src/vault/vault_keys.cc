// Data keys and key-encryption keys: loading, rotating, rewrapping, destroying.
#include <algorithm>
#include <utility>

#include "vault/names.h"
#include "vault/vault_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

constexpr std::size_t kPage = 64;
constexpr std::size_t kMaxFailures = 100;

bool lost_race(const Result<>& applied) {
  return !applied && applied.error().code == ErrorCode::kFailedPrecondition;
}

const WrapRow* wrap_for(const DataKeyRow& row, WrapPurpose purpose) {
  const auto it = std::find_if(row.wraps.begin(), row.wraps.end(),
                               [purpose](const WrapRow& w) { return w.purpose == purpose; });
  return it == row.wraps.end() ? nullptr : &*it;
}

const WrapRow* wrap_under(const DataKeyRow& row, const KekVersion& kek) {
  const auto it = std::find_if(row.wraps.begin(), row.wraps.end(),
                               [&](const WrapRow& w) { return w.kek == kek; });
  return it == row.wraps.end() ? nullptr : &*it;
}

bool any_destroyed(const DataKeys& keys) {
  return std::any_of(keys.rows.begin(), keys.rows.end(),
                     [](const DataKeyRow& r) { return r.state == DataKeyState::kDestroyed; });
}

const DataKeyRow* active_in(const DataKeys& keys) {
  const auto it = std::find_if(keys.rows.begin(), keys.rows.end(), [](const DataKeyRow& row) {
    return row.state == DataKeyState::kActive;
  });
  return it == keys.rows.end() ? nullptr : &*it;
}

Batch batch_of(std::string_view tenant, std::uint64_t revision, std::vector<DataKeyRow> rows,
               std::vector<KekVersion> live) {
  Batch batch;
  batch.data_keys = DataKeysWrite{std::string(tenant), revision, std::move(rows)};
  batch.expect_live = std::move(live);
  return batch;
}

std::vector<KekVersion> keks_of(const std::vector<WrapRow>& wraps) {
  std::vector<KekVersion> out;
  out.reserve(wraps.size());
  for (const WrapRow& wrap : wraps) out.push_back(wrap.kek);
  return out;
}

Error too_many_writers() {
  return Error{ErrorCode::kUnavailable, "too many other writers"};
}

// The row with wraps under the current KEKs. Without a break-glass provider here, the wrap that it
// once made stays.
Result<DataKeyRow> rewrapped(const KeyRing& keys, const DataKeyRow& row, const KekVersion& from) {
  const auto opened = keys.open(row, *wrap_under(row, from));
  if (!opened) return opened.error();
  auto wraps = keys.wrap(row, opened->raw.expose().first<32>());
  if (!wraps) return wraps.error();
  DataKeyRow out = row;
  out.wraps = *std::move(wraps);
  const WrapRow* spare = wrap_for(row, WrapPurpose::kBreakGlass);
  if (spare == nullptr || keys.has_break_glass()) return out;
  if (spare->kek == from)
    return Error{ErrorCode::kFailedPrecondition,
                 "a break-glass wrap is under this KEK and the break-glass provider is not here"};
  out.wraps.push_back(*spare);
  return out;
}

// One data key, in one transaction. True if it had a wrap under `from`.
Result<bool> rewrap_one(Store& store, const KeyRing& keys, const DataKeyRow& listed,
                        const KekVersion& from) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto found = store.read_data_keys(listed.tenant, listed.dek_id);
    if (!found) return found.error();
    if (found->rows.empty() || wrap_under(found->rows.front(), from) == nullptr) return false;
    auto row = rewrapped(keys, found->rows.front(), from);
    if (!row) return row.error();
    std::vector<KekVersion> live = keks_of(row->wraps);
    const auto applied =
        store.apply(batch_of(listed.tenant, found->revision, {*std::move(row)}, std::move(live)));
    if (applied) return true;
    if (!lost_race(applied)) return applied.error();
  }
  return too_many_writers();
}

void add_failure(RewrapReport& report, const DataKeyRow& row, const Error& error) {
  ++report.failed;
  if (report.failures.size() < kMaxFailures)
    report.failures.push_back(RewrapFailure{row.dek_id, row.tenant, error});
}

Result<KekRow> find_kek(Store& store, const KekVersion& kek) {
  auto rows = store.read_keks();
  if (!rows) return rows.error();
  const auto row =
      std::find_if(rows->begin(), rows->end(), [&](const KekRow& r) { return r.kek == kek; });
  if (row == rows->end()) return Error{ErrorCode::kNotFound, "there is no such KEK version"};
  return std::move(*row);
}

}  // namespace

Result<DekCache::Entry> Vault::State::active_key(std::string_view tenant) {
  return cache.get(DekCache::active_slot(tenant), [&] { return load_active(tenant); });
}

Result<std::shared_ptr<const DataKey>> Vault::State::key_by_id(std::string_view tenant,
                                                               const DekId& id) {
  auto entry = cache.get(DekCache::slot(tenant, id), [&] { return load_by_id(tenant, id); });
  if (!entry) return entry.error();
  return std::move(entry->key);
}

Result<DekCache::Entry> Vault::State::entry_of(const DataKeyRow& row, std::uint64_t revision) {
  const WrapPurpose purpose =
      options.use_break_glass ? WrapPurpose::kBreakGlass : WrapPurpose::kPrimary;
  const WrapRow* wrap = wrap_for(row, purpose);
  if (wrap == nullptr)
    return Error{ErrorCode::kDataLoss,
                 name_of(row.dek_id, row.tenant) + " has no wrap for this purpose"};
  auto opened = keys.open(row, *wrap);
  if (!opened) return opened.error();
  return DekCache::Entry{std::move(opened->key), revision};
}

Result<DekCache::Entry> Vault::State::load_by_id(std::string_view tenant, const DekId& id) {
  const auto found = store.read_data_keys(tenant, id);
  if (!found) return found.error();
  if (any_destroyed(*found)) return shredded(tenant);
  if (found->rows.empty())
    return Error{ErrorCode::kDataLoss, "the store has no " + name_of(id, tenant)};
  return entry_of(found->rows.front(), found->revision);
}

// The first use of a tenant makes its data key.
Result<DekCache::Entry> Vault::State::load_active(std::string_view tenant) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto found = store.read_data_keys(tenant);
    if (!found) return found.error();
    if (any_destroyed(*found)) return shredded(tenant);
    if (const DataKeyRow* active = active_in(*found)) return entry_of(*active, found->revision);
    if (!found->rows.empty())
      return Error{ErrorCode::kDataLoss, "the tenant has data keys and none is active"};
    if (auto live = ensure_live(); !live) return live.error();
    const auto row = keys.make(tenant, now());
    if (!row) return row.error();
    const auto applied = store.apply(batch_of(tenant, 0, {*row}, keks_of(row->wraps)));
    if (applied) return entry_of(*row, 1);
    if (!lost_race(applied)) return applied.error();
  }
  return too_many_writers();
}

// Rows for the current KEKs that the store has not seen.
Result<Batch> Vault::State::new_kek_rows() {
  const auto rows = store.read_keks();
  if (!rows) return rows.error();
  Batch batch;
  for (const KekVersion& kek : keys.current()) {
    const auto it =
        std::find_if(rows->begin(), rows->end(), [&](const KekRow& row) { return row.kek == kek; });
    if (it != rows->end() && it->state == KekState::kLive) continue;
    if (it != rows->end())
      return Error{ErrorCode::kFailedPrecondition,
                   "the current KEK " + kek.kek_id + " was marked as destroyed"};
    auto row = keys.make_canary(kek);
    if (!row) return row.error();
    batch.keks.push_back(KekWrite{*std::move(row), std::nullopt});
  }
  return batch;
}

// Comes before whatever wraps a key; of two processes that do so at once one makes the rows.
Result<> Vault::State::ensure_live() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto batch = new_kek_rows();
    if (!batch) return batch.error();
    if (batch->keks.empty()) return {};
    if (auto applied = store.apply(*batch); !lost_race(applied)) return applied;
  }
  return too_many_writers();
}

// At the start: a store that cannot be written can still be read.
Result<> Vault::State::try_to_be_live() {
  const auto batch = new_kek_rows();
  if (!batch) return batch.error();
  if (batch->keks.empty()) return {};
  auto applied = store.apply(*batch);
  if (lost_race(applied)) return ensure_live();
  if (!applied && may_work_later(applied.error())) return {};
  return applied;
}

Result<DekId> Vault::rotate_dek(std::string_view tenant) {
  State& s = *state_;
  s.finish_shreds();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (auto usable = s.check_usable(tenant); !usable) return usable.error();
    const auto found = s.store.read_data_keys(tenant);
    if (!found) return found.error();
    if (any_destroyed(*found)) return s.shredded(tenant);
    const DataKeyRow* active = active_in(*found);
    if (active == nullptr) return Error{ErrorCode::kNotFound, "the tenant has no active data key"};
    if (auto live = s.ensure_live(); !live) return live.error();
    const auto row = s.keys.make(tenant, s.now());
    if (!row) return row.error();
    DataKeyRow old = *active;
    old.state = DataKeyState::kDecryptOnly;
    const auto applied =
        s.store.apply(batch_of(tenant, found->revision, {old, *row}, keks_of(row->wraps)));
    s.cache.forget(DekCache::active_slot(tenant));
    if (applied) return row->dek_id;
    if (!lost_race(applied)) return applied.error();
  }
  return too_many_writers();
}

Result<RewrapReport> Vault::rewrap(const KekVersion& from,
                                   const std::function<bool(const RewrapReport&)>& progress) {
  State& s = *state_;
  if (auto alive = s.check_alive(); !alive) return alive.error();
  s.finish_shreds();
  if (auto live = s.ensure_live(); !live) return live.error();
  RewrapReport report;
  for (std::optional<DekId> after;;) {
    const auto page = s.store.list_data_keys_under(from, after, kPage);
    if (!page) return page.error();
    for (const DataKeyRow& row : *page) {
      const auto done = rewrap_one(s.store, s.keys, row, from);
      if (done) {
        s.cache.forget(DekCache::active_slot(row.tenant));
        report.rewrapped += *done ? 1U : 0U;
      } else if (done.error().code == ErrorCode::kDataLoss) {
        add_failure(report, row, done.error());
      } else {
        return done.error();
      }
      if (progress && !progress(report)) return report;
    }
    if (page->size() < kPage) break;
    after = page->back().dek_id;
  }
  report.complete = report.failed == 0;
  return report;
}

Result<> Vault::destroy_kek_version(const KekVersion& kek) {
  State& s = *state_;
  if (auto alive = s.check_alive(); !alive) return alive;
  const auto current = s.keys.current();
  if (std::find(current.begin(), current.end(), kek) != current.end())
    return Error{ErrorCode::kFailedPrecondition, "this KEK version wraps new data keys"};
  const auto row = find_kek(s.store, kek);
  if (!row) return row.error();
  if (row->state == KekState::kDestroyed) return {};
  Batch batch;
  batch.keks.push_back(
      KekWrite{KekRow{kek, KekState::kDestroyed, row->algorithm, {}, {}}, KekState::kLive});
  batch.expect_unreferenced = {kek};
  auto applied = s.store.apply(batch);
  if (!lost_race(applied)) return applied;
  const auto now = find_kek(s.store, kek);
  if (!now) return now.error();
  if (now->state == KekState::kDestroyed) return {};  // another was faster
  return Error{ErrorCode::kFailedPrecondition,
               "data keys are still wrapped under this KEK version: rewrap first"};
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
