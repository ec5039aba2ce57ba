#include "vault_subject_keys.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"

namespace examples {

namespace audit = coefficient::audit;
namespace vault = coefficient::vault;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using coefficient::SecretBytes;

namespace {

constexpr std::string_view kIndexTenant = "audit-subjects";
constexpr vault::RecordRef kIndexKey{
    .tenant = kIndexTenant, .kind = "subject_index_key", .name = "1"};
constexpr std::size_t kIndexKeyBytes = 32;
constexpr std::size_t kKidBytes = 16;
constexpr int kAttempts = 16;

vault::RecordRef entry_ref(const std::string& name) {
  return {.tenant = kIndexTenant, .kind = "subject", .name = name};
}

std::string tenant_of(std::string_view kid) {
  return "audit-subject-" + std::string(kid);
}
// A view of `tenant`.
vault::RecordRef key_ref(const std::string& tenant) {
  return {.tenant = tenant, .kind = "subject_key", .name = "key"};
}

// Kids come from records of the log, too, and must not lead to another tenant.
bool is_kid(std::string_view text) {
  std::array<std::byte, kKidBytes> kid{};
  return coefficient::lower_hex_decode_exact(text, kid);
}

Result<std::string> fresh_kid() {
  std::array<std::byte, kKidBytes> random{};
  if (auto drawn = coefficient::random_bytes(random); !drawn) return drawn.error();
  return coefficient::hex_encode(random);
}

Result<SecretBytes> fresh_key(std::size_t size) {
  SecretBytes key = SecretBytes::for_overwrite(size);
  if (auto drawn = coefficient::random_bytes(key.expose_for_writing()); !drawn)
    return drawn.error();
  return key;
}

Error wrong_length() {
  return Error{ErrorCode::kDataLoss,
               "a key of the audit log's subjects has not 32 bytes in the vault"};
}
Error no_key() {
  return Error{ErrorCode::kNotFound, "the subject has no key"};
}
Error erased() {
  return Error{ErrorCode::kNotFound, "there is no such subject key: it was erased, or never was"};
}

// Several processes may come first at once: one of them makes it, and all take that one.
Result<SecretBytes> index_key(vault::Vault& vault) {
  auto stored = vault.get(kIndexKey);
  if (!stored && stored.error().code == ErrorCode::kNotFound) {
    auto fresh = fresh_key(kIndexKeyBytes);
    if (!fresh) return fresh;
    auto put = vault.put(kIndexKey, fresh->expose(), 0);
    if (!put && put.error().code != ErrorCode::kFailedPrecondition) return put.error();
    stored = vault.get(kIndexKey);
  }
  if (!stored) return stored.error();
  if (stored->bytes.size() != kIndexKeyBytes) return wrong_length();
  return std::move(stored->bytes);
}

}  // namespace

VaultSubjectKeys::VaultSubjectKeys(vault::Vault& vault, SecretBytes index_key) noexcept
    : vault_(vault), index_key_(std::move(index_key)) {}
VaultSubjectKeys::~VaultSubjectKeys() = default;

Result<std::unique_ptr<VaultSubjectKeys>> VaultSubjectKeys::open(vault::Vault& vault) {
  auto key = index_key(vault);
  if (!key) return key.error();
  return std::unique_ptr<VaultSubjectKeys>(new VaultSubjectKeys(vault, *std::move(key)));
}

Result<std::string> VaultSubjectKeys::name_of(std::string_view subject) const {
  if (subject.empty() || subject.size() > audit::kMaxSubjectBytes)
    return Error{ErrorCode::kInvalidArgument, "a subject has 1 to 1024 bytes"};
  std::array<std::byte, 32> mac{};
  std::size_t size = 0;
  const auto key = index_key_.expose();
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                reinterpret_cast<const unsigned char*>(subject.data()), subject.size(),
                reinterpret_cast<unsigned char*>(mac.data()), mac.size(), &size) == nullptr ||
      size != mac.size())
    return Error{ErrorCode::kInternal, "OpenSSL made no HMAC"};
  return coefficient::hex_encode(mac);
}

Result<VaultSubjectKeys::Entry> VaultSubjectKeys::entry_of(const std::string& name) {
  auto stored = vault_.get(entry_ref(name));
  if (!stored && stored.error().code == ErrorCode::kNotFound) return Entry{};
  if (!stored) return stored.error();
  const auto bytes = stored->bytes.expose();
  Entry entry{.kid = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
              .version = stored->version};
  if (!entry.kid.empty() && !is_kid(entry.kid))
    return Error{ErrorCode::kDataLoss, "a subject's entry in the vault names no key"};
  return entry;
}

// The key of that id, made if whoever made the entry did not come so far; nothing if it was erased.
// Of those who make it at once one wins, since each expects that there never was one.
Result<std::optional<SecretBytes>> VaultSubjectKeys::key_under(const std::string& kid) {
  const std::string tenant = tenant_of(kid);
  auto stored = vault_.get(key_ref(tenant));
  if (!stored && stored.error().code == ErrorCode::kNotFound) {
    auto fresh = fresh_key(audit::kSubjectKeyBytes);
    if (!fresh) return fresh.error();
    auto put = vault_.put(key_ref(tenant), fresh->expose(), 0);
    if (!put && put.error().code != ErrorCode::kFailedPrecondition) return put.error();
    stored = vault_.get(key_ref(tenant));
  }
  // The tenant was shredded. That this is no child of fork() shows in the entry having been read.
  if (!stored && stored.error().code == ErrorCode::kFailedPrecondition)
    return std::optional<SecretBytes>();
  if (!stored) return stored.error();
  if (stored->bytes.size() != audit::kSubjectKeyBytes) return wrong_length();
  return std::optional<SecretBytes>(std::move(stored->bytes));
}

// The entry first and then its key, so that no interruption leaves a key that nothing names: such
// a one could never be erased.
Result<audit::SubjectKey> VaultSubjectKeys::key_of(std::string_view subject) {
  auto name = name_of(subject);
  if (!name) return name.error();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto entry = entry_of(*name);
    if (!entry) return entry.error();
    if (!entry->kid.empty()) {
      auto key = key_under(entry->kid);
      if (!key) return key.error();
      if (*key) return audit::SubjectKey{std::move(entry->kid), **std::move(key)};
    }
    auto kid = fresh_kid();
    if (!kid) return kid.error();
    auto put =
        vault_.put(entry_ref(*name), std::as_bytes(std::span<const char>(*kid)), entry->version);
    if (!put && put.error().code != ErrorCode::kFailedPrecondition) return put.error();
  }
  return Error{ErrorCode::kUnavailable, "the subject is erased as fast as it gets keys"};
}

Result<SecretBytes> VaultSubjectKeys::find(std::string_view kid) {
  if (!is_kid(kid)) return erased();
  const std::string tenant = tenant_of(kid);
  auto stored = vault_.get(key_ref(tenant));
  if (!stored && stored.error().code == ErrorCode::kNotFound) return erased();
  if (!stored && stored.error().code == ErrorCode::kFailedPrecondition) {
    // Shredded, unless nothing can be asked at all, as in a child of fork().
    auto usable = vault_.list({.tenant = kIndexTenant, .kind = {}, .name = {}}, 1);
    return usable ? erased() : usable.error();
  }
  if (!stored) return stored.error();
  if (stored->bytes.size() != audit::kSubjectKeyBytes) return wrong_length();
  return std::move(stored->bytes);
}

Result<std::string> VaultSubjectKeys::kid_of(std::string_view subject) {
  auto name = name_of(subject);
  if (!name) return name.error();
  auto entry = entry_of(*name);
  if (!entry) return entry.error();
  if (entry->kid.empty()) return no_key();
  return std::move(entry->kid);
}

// The key first: an entry that names a shredded one is an erasure that was interrupted, and the
// next call finishes it.
Result<std::string> VaultSubjectKeys::erase(std::string_view subject) {
  auto name = name_of(subject);
  if (!name) return name.error();
  auto entry = entry_of(*name);
  if (!entry) return entry.error();
  if (entry->kid.empty()) return no_key();
  if (auto shredded = vault_.shred(tenant_of(entry->kid)); !shredded) return shredded.error();
  auto put = vault_.put(entry_ref(*name), {}, entry->version);
  // Another version: another call finished this, or the subject came back and has a new key.
  if (!put && put.error().code != ErrorCode::kFailedPrecondition) return put.error();
  return std::move(entry->kid);
}

}  // namespace examples
