#ifndef COEFFICIENT_CORE_SECRET_BYTES_H_
#define COEFFICIENT_CORE_SECRET_BYTES_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "coefficient/core/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE

/// Bytes that must not leak: wiped on destruction, move-only, compared in constant time, with no
/// operator<<, no formatter, no implicit conversion. That printing, copying and comparing with ==
/// do not compile is a test (tests/compile_fail).
///
/// It protects against accidents (logs, copies, timing), not against a reader of this process's
/// memory: the bytes are in plain heap memory while the object lives.
///
/// Thread safety: const members may be called concurrently.
class COEFFICIENT_CORE_EXPORT SecretBytes {
 public:
  /// Makes an empty secret.
  SecretBytes() noexcept = default;
  /// Returns a copy of `bytes`; the caller's own copy is the caller's to wipe.
  static SecretBytes copy_of(std::span<const std::byte> bytes);
  static SecretBytes copy_of(std::string_view text);
  /// Returns `size` bytes that are not set yet: write all of them through expose_for_writing().
  static SecretBytes for_overwrite(std::size_t size);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  /// Returns the length in bytes, which is not secret.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// Returns the bytes: the only way to read them, greppable in review. Valid while this object
  /// lives.
  [[nodiscard]] std::span<const std::byte> expose() const noexcept { return {data_.get(), size_}; }

  /// Returns the same bytes for whoever makes the secret: decrypting in place leaves no copy.
  [[nodiscard]] std::span<std::byte> expose_for_writing() noexcept { return {data_.get(), size_}; }

  friend bool operator==(const SecretBytes&, const SecretBytes&) = delete;

 private:
  void wipe() noexcept;
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
};

/// Returns whether `a` and `b` are equal, in time that depends on the lengths only.
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool constant_time_equal(
    std::span<const std::byte> a, std::span<const std::byte> b) noexcept;
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool constant_time_equal(const SecretBytes& a,
                                                               const SecretBytes& b) noexcept;

/// Overwrites `bytes` with zeros in a way that the compiler does not remove.
COEFFICIENT_CORE_EXPORT void wipe(std::span<std::byte> bytes) noexcept;

COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_CORE_SECRET_BYTES_H_
