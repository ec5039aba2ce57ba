#include "sqlite/segment.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/crypto/digest.h"
#include "sqlite/big_endian.h"
#include "sqlite/patchset.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

constexpr std::string_view kSegmentMagic = "CFC1";
constexpr std::string_view kBaseMagic = "CFB1";
constexpr std::string_view kStartMagic = "CFS1";
constexpr std::size_t kSegmentHeader = 72;
constexpr std::size_t kChangeHeader = 12;
constexpr std::size_t kHashBytes = 32;
constexpr auto kLastTime = static_cast<std::uint64_t>(kMaxTimeMs);
// Far beyond any history; keeps sums from overflowing.
constexpr std::uint64_t kMaxSeq = std::uint64_t{1} << 62;

Error damaged(const char* what) {
  return Error{ErrorCode::kDataLoss, what};
}

void append(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
void append(std::vector<std::byte>& out, std::uint64_t value, std::size_t size) {
  std::array<std::byte, 8> bytes{};
  const auto used = std::span(bytes).first(size);
  put_big_endian(used, value);
  append(out, used);
}
void append(std::vector<std::byte>& out, std::string_view text) {
  append(out, std::as_bytes(std::span(text)));
}

Result<std::vector<std::byte>> sealed(std::vector<std::byte> bytes) {
  auto hash = crypto::sha256({bytes});
  if (!hash) return hash.error();
  append(bytes, *hash);
  return bytes;
}

/// Takes fields from the front of bytes whose number was checked before.
class Fields {
 public:
  explicit Fields(std::span<const std::byte> in) noexcept : in_(in) {}
  std::span<const std::byte> take(std::size_t size) noexcept {
    const auto out = in_.first(size);
    in_ = in_.subspan(size);
    return out;
  }
  std::uint64_t number(std::size_t size) noexcept { return get_big_endian(take(size)); }
  template <std::size_t N>
  std::array<std::byte, N> fixed() noexcept {
    std::array<std::byte, N> out{};
    std::ranges::copy(take(N), out.begin());
    return out;
  }
  [[nodiscard]] std::size_t left() const noexcept { return in_.size(); }

 private:
  std::span<const std::byte> in_;
};

// Checks the magic and the hash at the end; returns what stands between.
Result<std::span<const std::byte>> unsealed(std::span<const std::byte> bytes,
                                            std::string_view magic, std::size_t least) {
  if (bytes.size() < least) return damaged("is too short");
  if (!std::ranges::equal(bytes.first(magic.size()), std::as_bytes(std::span(magic))))
    return damaged("does not begin with its mark");
  const auto content = bytes.first(bytes.size() - kHashBytes);
  auto hash = crypto::sha256({content});
  if (!hash) return hash.error();
  if (!std::ranges::equal(*hash, bytes.last(kHashBytes))) return damaged("does not have its hash");
  return content.subspan(magic.size());
}

Result<> read_changes(Fields& in, Segment& segment, Change change, std::uint64_t count) {
  segment.last = segment.previous;
  for (std::uint64_t i = 0; i < count; ++i, ++change.seq) {
    if (in.left() < kChangeHeader) return damaged("ends within a change");
    const std::uint64_t time = in.number(8);
    const std::uint64_t size = in.number(4);
    if (time > kLastTime || static_cast<std::int64_t>(time) < change.time_ms)
      return damaged("has a time out of order");
    if (size > kMaxChangesetBytes || size > in.left()) return damaged("has a length out of range");
    change.time_ms = static_cast<std::int64_t>(time);
    change.changeset = in.take(static_cast<std::size_t>(size));
    if (auto checked = check_patchset(change.changeset); !checked) return checked;
    auto hash = chain_hash(segment.last, change);
    if (!hash) return hash.error();
    segment.last = *hash;
    segment.changes.push_back(change);
  }
  if (in.left() != 0) return damaged("goes on after its last change");
  return {};
}

}  // namespace

Result<std::vector<std::byte>> write_segment(const Segment& segment) {
  std::vector<std::byte> out;
  append(out, kSegmentMagic);
  append(out, static_cast<std::uint64_t>(segment.changes.front().schema), 4);
  append(out, segment.database);
  append(out, static_cast<std::uint64_t>(segment.first_seq()), 8);
  append(out, segment.changes.size(), 4);
  append(out, 0, 4);
  append(out, segment.previous);
  for (const Change& change : segment.changes) {
    append(out, static_cast<std::uint64_t>(change.time_ms), 8);
    append(out, change.changeset.size(), 4);
    append(out, change.changeset);
  }
  return sealed(std::move(out));
}

Result<Segment> read_segment(std::span<const std::byte> bytes) {
  auto content = unsealed(bytes, kSegmentMagic, kSegmentHeader + kHashBytes);
  if (!content) return content.error();
  Fields in(*content);
  Segment segment;
  Change first;
  first.schema = static_cast<std::int64_t>(in.number(4));
  segment.database = in.fixed<16>();
  const std::uint64_t seq = in.number(8);
  const std::uint64_t count = in.number(4);
  const std::uint64_t zero = in.number(4);
  segment.previous = in.fixed<kHashBytes>();
  if (first.schema < 1 || seq < 1 || seq > kMaxSeq || zero != 0)
    return damaged("has a header field out of range");
  if (count < 1 || count > kMaxSegmentChanges)
    return damaged("has a number of changes out of range");
  first.seq = static_cast<std::int64_t>(seq);
  if (auto read = read_changes(in, segment, first, count); !read) return read.error();
  return segment;
}

Result<std::vector<std::byte>> write_base(const Base& base) {
  std::vector<std::byte> out;
  append(out, kBaseMagic);
  append(out, static_cast<std::uint64_t>(base.schema), 4);
  append(out, base.database);
  append(out, static_cast<std::uint64_t>(base.seq), 8);
  append(out, static_cast<std::uint64_t>(base.time_ms), 8);
  append(out, base.size, 8);
  append(out, base.chain);
  append(out, base.content);
  return sealed(std::move(out));
}

Result<Base> read_base(std::span<const std::byte> bytes) {
  if (bytes.size() != kBaseBytes) return damaged("is not 144 bytes long");
  auto content = unsealed(bytes, kBaseMagic, kBaseBytes);
  if (!content) return content.error();
  Fields in(*content);
  Base base;
  base.schema = static_cast<std::int64_t>(in.number(4));
  base.database = in.fixed<16>();
  const std::uint64_t seq = in.number(8);
  const std::uint64_t time = in.number(8);
  base.size = in.number(8);
  base.chain = in.fixed<kHashBytes>();
  base.content = in.fixed<kHashBytes>();
  if (base.schema < 1 || seq > kMaxSeq || time > kLastTime || base.size > kMaxSeq)
    return damaged("has a field out of range");
  base.seq = static_cast<std::int64_t>(seq);
  base.time_ms = static_cast<std::int64_t>(time);
  return base;
}

Result<std::vector<std::byte>> write_start(const Start& start) {
  std::vector<std::byte> out;
  append(out, kStartMagic);
  append(out, start.pruned ? 1 : 0, 4);
  append(out, start.database);
  append(out, static_cast<std::uint64_t>(start.seq), 8);
  append(out, static_cast<std::uint64_t>(start.time_ms), 8);
  append(out, start.chain);
  return sealed(std::move(out));
}

Result<Start> read_start(std::span<const std::byte> bytes) {
  if (bytes.size() != kStartBytes) return damaged("is not 104 bytes long");
  auto content = unsealed(bytes, kStartMagic, kStartBytes);
  if (!content) return content.error();
  Fields in(*content);
  Start start;
  const std::uint64_t pruned = in.number(4);
  start.database = in.fixed<16>();
  const std::uint64_t seq = in.number(8);
  const std::uint64_t time = in.number(8);
  start.chain = in.fixed<kHashBytes>();
  if (pruned > 1 || seq > kMaxSeq || time > kLastTime) return damaged("has a field out of range");
  start.pruned = pruned == 1;
  start.seq = static_cast<std::int64_t>(seq);
  start.time_ms = static_cast<std::int64_t>(time);
  return start;
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
