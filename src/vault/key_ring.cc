#include "vault/key_ring.h"

#include <algorithm>
#include <array>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "coefficient/core/secret_bytes.h"
#include "core/bytes_of.h"
#include "vault/names.h"
#include "vault/pae.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

constexpr std::size_t kMaxWrappedBytes = 65536;
constexpr std::string_view kCanaryLabel = "coefficient.vault.canary.v1";

ErrorCode code_of(KekFault fault) noexcept {
  switch (fault) {
    case KekFault::kRetryable:
      return ErrorCode::kUnavailable;
    case KekFault::kDenied:
      return ErrorCode::kPermissionDenied;
    case KekFault::kIntegrity:
      return ErrorCode::kDataLoss;
    case KekFault::kNotFound:
    case KekFault::kDestroyed:
    case KekFault::kConfig:
      break;
  }
  return ErrorCode::kFailedPrecondition;
}

std::string name_of(const KekVersion& kek) {
  return kek.provider + "/" + kek.kek_id + "/" + kek.version;
}

Error error_of(const KekError& error, const KekVersion& kek) {
  return Error{
      code_of(error.fault),
      "KEK " + name_of(kek) + ": " + std::string(to_string(error.fault)) + ": " + error.message};
}

Pae wrap_aad(const DataKeyRow& row, WrapPurpose purpose, const KekVersion& kek) {
  const std::array<std::byte, 1> purpose_byte{static_cast<std::byte>(purpose)};
  return Pae({bytes_of("coefficient.vault.dek-wrap.v1"), row.dek_id, bytes_of(row.tenant),
              purpose_byte, bytes_of(kek.provider), bytes_of(kek.kek_id), bytes_of(kek.version)});
}

Pae canary_aad(const KekVersion& kek) {
  return Pae({bytes_of(kCanaryLabel), bytes_of(kek.provider), bytes_of(kek.kek_id),
              bytes_of(kek.version)});
}

// A canary is checked like a data key, with no id and a "tenant" that no tenant has: names have
// no NUL.
Result<std::array<std::byte, 32>> canary_check_value(const KekVersion& kek,
                                                     std::span<const std::byte, 32> raw) {
  const auto key = DataKey::create(DekId{}, raw);
  if (!key) return key.error();
  std::string name(kCanaryLabel);
  for (const std::string* part : {&kek.provider, &kek.kek_id, &kek.version})
    name.append(1, '\0').append(*part);
  return (*key)->check_value(name);
}

Result<ArenaBytes> key_room(SecretArena& arena) {
  auto room = arena.allocate(kDataKeyBytes);
  if (room && room->expose().size() != kDataKeyBytes)
    return Error{ErrorCode::kFailedPrecondition, "the arena stayed in the parent of a fork()"};
  return room;
}

std::span<std::byte, 32> key_in(const ArenaBytes& room) {
  return room.expose().first<32>();
}

Result<WrappedKey> wrapped_by(KekProvider& provider, const KekVersion& kek,
                              std::span<const std::byte, 32> raw, std::span<const std::byte> aad) {
  auto wrapped = provider.wrap(kek, raw, aad);
  if (!wrapped) return error_of(wrapped.error(), kek);
  if (wrapped->bytes.empty() || wrapped->bytes.size() > kMaxWrappedBytes)
    return Error{ErrorCode::kInternal, "KEK " + name_of(kek) + " gave a wrap of no usable size"};
  return *std::move(wrapped);
}

}  // namespace

std::string name_of(const DekId& id, std::string_view tenant) {
  return "data key " + hex_encode(id) + " of tenant " + std::string(tenant);
}

KeyRing::KeyRing(std::shared_ptr<SecretArena> arena,
                 std::vector<std::shared_ptr<KekProvider>> providers,
                 std::shared_ptr<KekProvider> break_glass) noexcept
    : arena_(std::move(arena)),
      providers_(std::move(providers)),
      break_glass_(std::move(break_glass)) {}

Result<KeyRing> KeyRing::create(std::shared_ptr<SecretArena> arena,
                                std::vector<std::shared_ptr<KekProvider>> providers,
                                std::shared_ptr<KekProvider> break_glass) {
  if (arena == nullptr) return Error{ErrorCode::kInvalidArgument, "a vault needs an arena"};
  if (providers.empty()) return Error{ErrorCode::kInvalidArgument, "a vault needs a KEK provider"};
  if (break_glass != nullptr) providers.push_back(break_glass);
  std::vector<std::string> names;
  for (const auto& provider : providers) {
    if (provider == nullptr) return Error{ErrorCode::kInvalidArgument, "a KEK provider is null"};
    const KekVersion kek = provider->current();
    if (!is_name(kek.provider) || !is_name(kek.kek_id) || !is_name(kek.version))
      return Error{ErrorCode::kInvalidArgument, "a KEK version has a name that is not valid"};
    if (std::find(names.begin(), names.end(), kek.provider) != names.end())
      return Error{ErrorCode::kInvalidArgument, "two KEK providers are named " + kek.provider};
    names.push_back(kek.provider);
  }
  return KeyRing(std::move(arena), std::move(providers), std::move(break_glass));
}

Result<KekProvider*> KeyRing::provider_of(const KekVersion& kek) const {
  for (const auto& provider : providers_)
    if (provider->current().provider == kek.provider) return provider.get();
  return Error{ErrorCode::kFailedPrecondition, "there is no KEK provider " + kek.provider};
}

bool KeyRing::has_provider(std::string_view name) const {
  return std::any_of(providers_.begin(), providers_.end(),
                     [name](const auto& p) { return p->current().provider == name; });
}

std::vector<KekVersion> KeyRing::current() const {
  std::vector<KekVersion> out = {providers_.front()->current()};
  if (break_glass_ != nullptr) out.push_back(break_glass_->current());
  return out;
}

Result<DataKeyRow> KeyRing::make(std::string_view tenant, Timestamp now) const {
  auto room = key_room(*arena_);
  if (!room) return room.error();
  DataKeyRow row;
  row.tenant = tenant;
  row.created_at = now;
  for (const std::span<std::byte> random : {std::span<std::byte>(row.dek_id), room->expose()})
    if (const auto drawn = random_bytes(random); !drawn) return drawn.error();
  const auto key = DataKey::create(row.dek_id, key_in(*room));
  if (!key) return key.error();
  const auto kcv = (*key)->check_value(tenant);
  if (!kcv) return kcv.error();
  row.kcv = *kcv;
  auto wraps = wrap(row, key_in(*room));
  if (!wraps) return wraps.error();
  row.wraps = *std::move(wraps);
  return row;
}

Result<std::vector<WrapRow>> KeyRing::wrap(const DataKeyRow& row,
                                           std::span<const std::byte, 32> raw) const {
  std::vector<WrapRow> out;
  const std::pair<WrapPurpose, KekProvider*> wrappers[] = {
      {WrapPurpose::kPrimary, providers_.front().get()},
      {WrapPurpose::kBreakGlass, break_glass_.get()}};
  for (const auto& [purpose, provider] : wrappers) {
    if (provider == nullptr) continue;
    const KekVersion kek = provider->current();
    auto wrapped = wrapped_by(*provider, kek, raw, wrap_aad(row, purpose, kek).bytes());
    if (!wrapped) return wrapped.error();
    out.push_back(WrapRow{purpose, kek, wrapped->algorithm, std::move(wrapped->bytes)});
  }
  return out;
}

Result<KeyRing::Opened> KeyRing::open(const DataKeyRow& row, const WrapRow& wrap) const {
  auto opened = unwrap(row, wrap);
  if (opened) return opened;
  return Error{opened.error().code,
               name_of(row.dek_id, row.tenant) + ": " + opened.error().message};
}

Result<KeyRing::Opened> KeyRing::unwrap(const DataKeyRow& row, const WrapRow& wrap) const {
  const auto provider = provider_of(wrap.kek);
  if (!provider) return provider.error();
  auto room = key_room(*arena_);
  if (!room) return room.error();
  const auto unwrapped =
      (*provider)->unwrap(wrap.kek, WrappedKey{wrap.algorithm, wrap.wrapped},
                          wrap_aad(row, wrap.purpose, wrap.kek).bytes(), key_in(*room));
  if (!unwrapped) return error_of(unwrapped.error(), wrap.kek);
  auto key = DataKey::create(row.dek_id, key_in(*room));
  if (!key) return key.error();
  const auto kcv = (*key)->check_value(row.tenant);
  if (!kcv) return kcv.error();
  if (!constant_time_equal(*kcv, row.kcv))
    return Error{ErrorCode::kDataLoss, "it does not have its check value"};
  return Opened{*std::move(room), *std::move(key)};
}

Result<KekRow> KeyRing::make_canary(const KekVersion& kek) const {
  const auto provider = provider_of(kek);
  if (!provider) return provider.error();
  auto room = key_room(*arena_);
  if (!room) return room.error();
  if (const auto drawn = random_bytes(room->expose()); !drawn) return drawn.error();
  const auto kcv = canary_check_value(kek, key_in(*room));
  if (!kcv) return kcv.error();
  auto wrapped = wrapped_by(**provider, kek, key_in(*room), canary_aad(kek).bytes());
  if (!wrapped) return wrapped.error();
  return KekRow{kek, KekState::kLive, wrapped->algorithm, std::move(wrapped->bytes), *kcv};
}

Result<> KeyRing::check_canary(const KekRow& row) const {
  const auto provider = provider_of(row.kek);
  if (!provider) return provider.error();
  auto room = key_room(*arena_);
  if (!room) return room.error();
  const auto unwrapped = (*provider)->unwrap(row.kek, WrappedKey{row.algorithm, row.canary},
                                             canary_aad(row.kek).bytes(), key_in(*room));
  if (!unwrapped) return error_of(unwrapped.error(), row.kek);
  const auto kcv = canary_check_value(row.kek, key_in(*room));
  if (!kcv) return kcv.error();
  if (!constant_time_equal(*kcv, row.kcv))
    return Error{ErrorCode::kDataLoss,
                 "KEK " + name_of(row.kek) + " does not open its canary: is it another key?"};
  return {};
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
