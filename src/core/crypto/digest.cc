#include "core/crypto/digest.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

// Where a digest starts: fetching the algorithm anew costs more than hashing a small message. Made
// once, never freed (other threads may still hash while the process exits).
const MdStart& start_of(DigestAlgorithm algorithm) noexcept {
  const auto make = [](DigestAlgorithm which) noexcept -> MdStart {
    EVP_MD* const md = EVP_MD_fetch(nullptr, digest_name(which), nullptr);
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    if (md == nullptr || context == nullptr || EVP_DigestInit_ex2(context, md, nullptr) != 1)
      return {nullptr, new_md_start_id()};
    return {context, new_md_start_id()};
  };
  static const MdStart sha256 = make(DigestAlgorithm::kSha256);
  static const MdStart sha384 = make(DigestAlgorithm::kSha384);
  static const MdStart sha512 = make(DigestAlgorithm::kSha512);
  switch (algorithm) {
    case DigestAlgorithm::kSha256:
      return sha256;
    case DigestAlgorithm::kSha384:
      return sha384;
    case DigestAlgorithm::kSha512:
      break;
  }
  return sha512;
}

}  // namespace

Digest::Digest(DigestAlgorithm algorithm) noexcept
    : context_(start_of(algorithm)), algorithm_(algorithm), ok_(context_.started()) {}

void Digest::update(std::span<const std::byte> bytes) noexcept {
  ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

bool Digest::finish(std::span<std::byte> out) noexcept {
  if (!ok_ || out.size() != digest_bytes(algorithm_)) return false;
  ok_ = false;  // one finish per object
  const bool done = EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()),
                                       nullptr) == 1;
  context_.put_back(start_of(algorithm_));
  return done;
}

bool sha256(std::initializer_list<std::span<const std::byte>> parts,
            std::span<std::byte, kSha256Bytes> out) noexcept {
  Digest digest(DigestAlgorithm::kSha256);
  for (const auto part : parts) digest.update(part);
  const bool ok = digest.finish(out);
  if (!ok) std::fill(out.begin(), out.end(), std::byte{0});
  return ok;
}

Result<std::array<std::byte, kSha256Bytes>> sha256(
    std::initializer_list<std::span<const std::byte>> parts) {
  std::array<std::byte, kSha256Bytes> out{};
  if (!sha256(parts, out)) return Error{ErrorCode::kInternal, "SHA-256 failed"};
  return out;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
