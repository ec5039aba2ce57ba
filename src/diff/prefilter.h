#ifndef COEFFICIENT_SRC_DIFF_PREFILTER_H_
#define COEFFICIENT_SRC_DIFF_PREFILTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/version.h"
#include "diff/secret_rules.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// One anchor of one pattern, and the four of its bytes by which it is looked for.
struct Anchor {
  const SecretPattern* pattern = nullptr;
  std::string word;
  std::size_t window = 0;  // where in `word` the four bytes start
};

/// Finds the places where an anchor may be, as the Teddy algorithm of Hyperscan does: each anchor
/// has four neighbouring bytes (secret_rules.h), each group of anchors a bit; two 16-byte tables
/// per byte, looked up by its halves, say which groups can have it there, 32 bytes at a time. What
/// passes is looked up in a bit set of the hashes of three bytes. Both may say yes to too much,
/// never no to an anchor.
class Prefilter {
 public:
  enum class Isa : std::uint8_t { kPortable, kSsse3, kAvx2 };
  static constexpr std::size_t kBlock = 4096;
  static constexpr std::size_t kWidth = 4;
  using Bits = std::array<std::uint64_t, kBlock / 64>;

  /// Of the built-in rules.
  static const Prefilter& instance();
  explicit Prefilter(std::span<const SecretPattern> patterns);

  /// Returns the widest that this processor has.
  static Isa best() noexcept;
  /// Sets the bit of each place in `text` where an anchor's four bytes may start; those may reach
  /// into the `beyond` readable bytes behind `text`. text.size() <= kBlock. Returns whether any is.
  bool scan(std::string_view text, std::size_t beyond, Bits& bits, Isa isa = best()) const noexcept;
  /// Returns the anchors whose four bytes may start with `c`.
  [[nodiscard]] std::span<const Anchor> starting_with(char c) const noexcept {
    const auto index = static_cast<unsigned char>(c);
    return std::span(anchors_).subspan(first_[index], first_[index + 1U] - first_[index]);
  }

  struct alignas(16) Tables {
    std::array<std::array<std::uint8_t, 16>, kWidth> low{};   // by the low half of a byte
    std::array<std::array<std::uint8_t, 16>, kWidth> high{};  // by the high half
  };

 private:
  static constexpr std::uint32_t kHashBits = 15;
  using ByteSet = std::array<bool, 256>;
  using WindowSets = std::array<ByteSet, kWidth>;
  static WindowSets window_sets(const Anchor& anchor);
  void add_hashes(const WindowSets& sets);
  [[nodiscard]] std::uint64_t confirm(const char* at, std::size_t readable,
                                      std::uint64_t candidates) const noexcept;

  Tables tables_;
  std::array<std::uint64_t, (1U << kHashBits) / 64> hashes_{};
  std::vector<Anchor> anchors_;  // by the first of their four bytes
  std::array<std::uint16_t, 257> first_{};
};

/// Where candidates are, asked line by line; the text around is scanned a block at a time.
class Candidates {
 public:
  /// The lines to come are views of `raw`, or else are scanned by themselves.
  void set_input(std::string_view raw) noexcept;
  /// `text` is the next line.
  void set_line(std::string_view text) noexcept;
  /// Returns the first candidate in the line at or after `from`, kNone if there is none.
  std::size_t next(std::size_t from) noexcept;
  /// Returns the anchors that may be at a candidate of the line.
  [[nodiscard]] std::span<const Anchor> starting_at(std::size_t at) const noexcept {
    return filter_->starting_with(line_[at]);
  }

  static constexpr std::size_t kNone = std::string_view::npos;

 private:
  void load(const char* at) noexcept;

  const Prefilter* filter_ = &Prefilter::instance();
  Prefilter::Isa isa_ = Prefilter::best();
  std::string_view input_;   // what the host announced
  std::string_view source_;  // that, or the line itself
  std::string_view line_;
  std::string_view block_;  // what bits_ are of
  bool any_ = false;        // in block_
  Prefilter::Bits bits_{};
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_PREFILTER_H_
