#include "vault/record_blob.h"

#include <algorithm>
#include <array>
#include <utility>

#include "coefficient/core/random.h"
#include "core/bytes_of.h"
#include "vault/big_endian.h"
#include "vault/pae.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

// Magic, suite, flags and zeros: the one beginning that there is. Whatever else it says is from a
// later version or damaged, and is refused.
constexpr std::array<std::byte, 8> kPreamble{std::byte{'C'}, std::byte{'F'}, std::byte{'V'},
                                             std::byte{'1'}, std::byte{1},   std::byte{0},
                                             std::byte{0},   std::byte{0}};
constexpr std::size_t kIdOffset = 8;
constexpr std::size_t kVersionOffset = 24;

Pae context_of(std::span<const std::byte> header, const RecordRef& ref) {
  return Pae({bytes_of("coefficient.vault.record.v1"), header, bytes_of(ref.tenant),
              bytes_of(ref.kind), bytes_of(ref.name)});
}

RecordFault fault_of(crypto::CobblestoneFault fault) noexcept {
  switch (fault) {
    case crypto::CobblestoneFault::kLength:
      return RecordFault::kFormat;
    case crypto::CobblestoneFault::kCommitment:
      return RecordFault::kCommitment;
    case crypto::CobblestoneFault::kChunk:
      return RecordFault::kChunk;
    case crypto::CobblestoneFault::kInternal:
      break;
  }
  return RecordFault::kInternal;
}

}  // namespace

const char* describe(RecordFault fault) noexcept {
  switch (fault) {
    case RecordFault::kFormat:
      return "the blob is not of the form CFV1";
    case RecordFault::kHeader:
      return "the blob is of another data key or version than its row says";
    case RecordFault::kCommitment:
      return "the blob was sealed with another key, address or header";
    case RecordFault::kChunk:
      return "the content of the blob was changed";
    case RecordFault::kInternal:
      break;
  }
  return "opening the blob failed";
}

Result<RecordHeader, RecordFault> parse_record_header(std::span<const std::byte> blob) {
  if (blob.size() < kRecordHeaderBytes ||
      !std::equal(kPreamble.begin(), kPreamble.end(), blob.begin()))
    return RecordFault::kFormat;
  const auto size = crypto::cobblestone_plaintext_size(blob.size() - kRecordHeaderBytes);
  if (!size || *size > kMaxSecretBytes) return RecordFault::kFormat;
  RecordHeader header;
  std::copy_n(blob.begin() + kIdOffset, header.dek_id.size(), header.dek_id.begin());
  header.version = from_big_endian(blob.subspan<kVersionOffset, 8>());
  return header;
}

Result<Blob> seal_record(const DataKey& key, const RecordRef& ref, std::uint64_t version,
                         std::span<const std::byte> secret,
                         std::span<const std::byte, crypto::kCobblestoneSaltBytes> salt) {
  if (secret.size() > kMaxSecretBytes)
    return Error{ErrorCode::kResourceExhausted, "a secret has at most 16 MiB"};
  Blob blob =
      Blob::for_overwrite(kRecordHeaderBytes + crypto::cobblestone_sealed_size(secret.size()));
  const auto header = std::span(blob).first<kRecordHeaderBytes>();
  const auto number = big_endian(version);
  std::ranges::copy(kPreamble, header.begin());
  std::ranges::copy(key.id(), header.begin() + kIdOffset);
  std::ranges::copy(number, header.begin() + kVersionOffset);
  const auto sealed = crypto::cobblestone_seal(key.key(), salt, context_of(header, ref).bytes(),
                                               secret, std::span(blob).subspan(header.size()));
  if (!sealed) return sealed.error();
  return blob;
}

Result<Blob> seal_record(const DataKey& key, const RecordRef& ref, std::uint64_t version,
                         std::span<const std::byte> secret) {
  std::array<std::byte, crypto::kCobblestoneSaltBytes> salt{};
  if (const auto drawn = random_bytes(salt); !drawn) return drawn.error();
  return seal_record(key, ref, version, secret, salt);
}

Result<SecretBytes, RecordFault> open_record(const DataKey& key, const RecordRef& ref,
                                             std::uint64_t version,
                                             std::span<const std::byte> blob) {
  const auto header = parse_record_header(blob);
  if (!header) return header.error();
  if (header->dek_id != key.id() || header->version != version) return RecordFault::kHeader;
  const auto message = blob.subspan(kRecordHeaderBytes);
  SecretBytes out =
      SecretBytes::for_overwrite(crypto::cobblestone_plaintext_size(message.size()).value_or(0));
  const auto opened =
      crypto::cobblestone_open(key.key(), context_of(blob.first(kRecordHeaderBytes), ref).bytes(),
                               message, out.expose_for_writing());
  if (!opened) return fault_of(opened.error());
  return out;
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
