#ifndef COEFFICIENT_VAULT_BLOB_H_
#define COEFFICIENT_VAULT_BLOB_H_

#include <cstddef>
#include <memory>
#include <span>

#include "coefficient/vault/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// The sealed bytes of a record: a contiguous range that owns its bytes and, unlike a std::vector,
/// can be made without clearing them first, which for a large secret costs a twentieth of sealing.
/// Its size is fixed when it is made; what was moved from is empty. Nothing in it is secret, so it
/// is not wiped.
///
/// Thread safety: const members may be called concurrently.
class COEFFICIENT_VAULT_EXPORT Blob {
 public:
  Blob() noexcept = default;
  /// A copy of `bytes`.
  explicit Blob(std::span<const std::byte> bytes);
  /// Returns `size` bytes that are not set yet: write all of them.
  static Blob for_overwrite(std::size_t size);

  Blob(const Blob& other);
  Blob& operator=(const Blob& other);
  Blob(Blob&& other) noexcept;
  Blob& operator=(Blob&& other) noexcept;
  ~Blob() = default;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::byte* data() noexcept { return data_.get(); }
  [[nodiscard]] const std::byte* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::byte* begin() noexcept { return data_.get(); }
  [[nodiscard]] const std::byte* begin() const noexcept { return data_.get(); }
  [[nodiscard]] std::byte* end() noexcept { return data_.get() + size_; }
  [[nodiscard]] const std::byte* end() const noexcept { return data_.get() + size_; }

  /// Compares the bytes, in time that depends on them.
  friend COEFFICIENT_VAULT_EXPORT bool operator==(const Blob& a, const Blob& b) noexcept;

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_BLOB_H_
