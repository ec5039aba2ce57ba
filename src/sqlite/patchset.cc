#include "sqlite/patchset.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "sqlite/replicated_tables.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

// "Changeset File Format" and "Patchset File Format" in sqlite3session.c.
constexpr std::byte kTable{'P'};
constexpr std::byte kUndefined{0};
constexpr std::byte kInteger{1};
constexpr std::byte kText{3};
constexpr std::byte kBlob{4};

class PatchsetReader {
 public:
  explicit PatchsetReader(std::span<const std::byte> in) noexcept : in_(in) {}
  [[nodiscard]] bool at_end() const noexcept { return in_.empty(); }
  [[nodiscard]] bool next_is(std::byte wanted) const noexcept {
    return !in_.empty() && in_.front() == wanted;
  }

  bool byte(std::byte& out) noexcept {
    if (in_.empty()) return false;
    out = in_.front();
    in_ = in_.subspan(1);
    return true;
  }
  bool skip(std::uint64_t count) noexcept {
    if (count > in_.size()) return false;
    in_ = in_.subspan(static_cast<std::size_t>(count));
    return true;
  }
  // A number below 2^31 in its shortest form, seven bits a byte, the most significant first.
  bool varint(std::uint64_t& out) noexcept {
    out = 0;
    for (int i = 0; i < 5; ++i) {
      std::byte b{};
      if (!byte(b) || (i == 0 && b == std::byte{0x80})) return false;
      out = out << 7 | static_cast<std::uint64_t>(b & std::byte{0x7f});
      if ((b & std::byte{0x80}) == std::byte{0}) {
        return out <= static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max());
      }
    }
    return false;
  }
  // Up to a NUL, which is consumed. Names of ours are short.
  bool name(std::string_view& out) noexcept {
    constexpr std::size_t kMaxName = 64;
    const auto window = in_.first(std::min(in_.size(), kMaxName));
    const auto end = std::ranges::find(window, std::byte{0});
    if (end == window.end()) return false;
    const auto size = static_cast<std::size_t>(end - window.begin());
    out = {reinterpret_cast<const char*>(window.data()), size};
    return skip(size + 1);
  }
  bool value(bool& defined) noexcept {
    std::byte type{};
    if (!byte(type)) return false;
    defined = type != kUndefined;
    if (!defined) return true;
    if (type == kInteger) return skip(8);
    std::uint64_t size = 0;
    return (type == kText || type == kBlob) && varint(size) && skip(size);
  }

 private:
  std::span<const std::byte> in_;
};

const ReplicatedTable* read_table(PatchsetReader& in) {
  std::byte mark{};
  std::uint64_t columns = 0;
  if (!in.byte(mark) || mark != kTable || !in.varint(columns) || columns > 64) return nullptr;
  int key_columns = 0;
  for (std::uint64_t i = 0; i < columns; ++i) {
    std::byte position{};
    if (!in.byte(position)) return nullptr;
    if (position == std::byte{0}) continue;
    // The key is the first columns in order: 1, 2, ...
    if (position != static_cast<std::byte>(i + 1)) return nullptr;
    ++key_columns;
  }
  std::string_view name;
  if (!in.name(name)) return nullptr;
  const auto* const found = std::ranges::find_if(
      kReplicatedTables, [&](const ReplicatedTable& table) { return name == table.name; });
  if (found == kReplicatedTables.end()) return nullptr;
  const bool fits =
      columns == static_cast<std::uint64_t>(found->columns) && key_columns == found->key_columns;
  return fits ? found : nullptr;
}

bool read_change(PatchsetReader& in, const ReplicatedTable& table) {
  std::byte operation{};
  std::byte indirect{};
  if (!in.byte(operation) || !in.byte(indirect) || indirect != std::byte{0}) return false;
  const bool update = operation == std::byte{SQLITE_UPDATE};
  const bool erase = operation == std::byte{SQLITE_DELETE};
  if (!update && !erase && operation != std::byte{SQLITE_INSERT}) return false;
  bool changes = !update;  // an update changes something
  for (int i = 0; i < (erase ? table.key_columns : table.columns); ++i) {
    bool defined = false;
    if (!in.value(defined)) return false;
    const bool key = i < table.key_columns;
    if (!defined && (key || !update)) return false;
    changes = changes || (defined && !key);
  }
  return changes;
}

bool read_patchset(PatchsetReader in) {
  while (!in.at_end()) {
    const ReplicatedTable* table = read_table(in);
    if (table == nullptr || in.at_end() || in.next_is(kTable)) return false;
    while (!in.at_end() && !in.next_is(kTable)) {
      if (!read_change(in, *table)) return false;
    }
  }
  return true;
}

int refuse(void* /*context*/, int /*conflict*/, sqlite3_changeset_iter* /*where*/) {
  return SQLITE_CHANGESET_ABORT;
}

}  // namespace

Result<> check_patchset(std::span<const std::byte> patchset) {
  if (patchset.empty() || !read_patchset(PatchsetReader(patchset)))
    return Error{ErrorCode::kDataLoss, "is not a patchset of a vault"};
  return {};
}

Result<> apply_patchset(Connection& connection, std::span<const std::byte> patchset) {
  // SQLite's signature lacks the const; it only reads.
  void* data = const_cast<std::byte*>(patchset.data());
  const int status = sqlite3changeset_apply(connection.handle(), static_cast<int>(patchset.size()),
                                            data, nullptr, &refuse, nullptr);
  if (status == SQLITE_OK) return {};
  if ((status & 0xff) == SQLITE_ABORT || (status & 0xff) == SQLITE_CONSTRAINT)
    return Error{ErrorCode::kDataLoss, "a change does not fit the rows that it changes"};
  return error_from(status, nullptr);
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
