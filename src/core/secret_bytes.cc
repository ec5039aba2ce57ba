#include "coefficient/core/secret_bytes.h"

#include <openssl/crypto.h>
#include <string.h>

#include <algorithm>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE

SecretBytes SecretBytes::copy_of(std::span<const std::byte> bytes) {
  SecretBytes out = for_overwrite(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.data_.get());
  return out;
}

SecretBytes SecretBytes::for_overwrite(std::size_t size) {
  SecretBytes out;
  if (size == 0) return out;
  out.data_ = std::make_unique_for_overwrite<std::byte[]>(size);
  out.size_ = size;
  return out;
}

SecretBytes SecretBytes::copy_of(std::string_view text) {
  return copy_of(std::as_bytes(std::span(text)));
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() {
  wipe();
}

void SecretBytes::wipe() noexcept {
  coefficient::wipe({data_.get(), size_});
}

bool constant_time_equal(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
  if (a.size() != b.size()) return false;
  // OpenSSL goes byte by byte, but on x86-64 not where the size is 16. All pieces are compared,
  // whatever the first ones say.
  constexpr std::size_t kPiece = 16;
  int differ = 0;
  std::size_t at = 0;
  for (; a.size() - at >= kPiece; at += kPiece)
    differ |= CRYPTO_memcmp(a.data() + at, b.data() + at, kPiece);
  if (at < a.size()) differ |= CRYPTO_memcmp(a.data() + at, b.data() + at, a.size() - at);
  return differ == 0;
}

bool constant_time_equal(const SecretBytes& a, const SecretBytes& b) noexcept {
  return constant_time_equal(a.expose(), b.expose());
}

void wipe(std::span<std::byte> bytes) noexcept {
  // Unlike OPENSSL_cleanse it is as fast as memset, which shows on a secret of a megabyte.
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

COEFFICIENT_END_NAMESPACE
