#include "coefficient/vault/blob.h"

#include <algorithm>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

Blob::Blob(std::span<const std::byte> bytes) : Blob(for_overwrite(bytes.size())) {
  std::copy(bytes.begin(), bytes.end(), data_.get());
}

Blob Blob::for_overwrite(std::size_t size) {
  Blob out;
  if (size == 0) return out;
  out.data_ = std::make_unique_for_overwrite<std::byte[]>(size);
  out.size_ = size;
  return out;
}

Blob::Blob(const Blob& other) : Blob(std::span(other)) {}

Blob& Blob::operator=(const Blob& other) {
  if (this != &other) *this = Blob(other);
  return *this;
}

Blob::Blob(Blob&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

Blob& Blob::operator=(Blob&& other) noexcept {
  data_ = std::move(other.data_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

bool operator==(const Blob& a, const Blob& b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
