#include "vault/ledger_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "coefficient/core/encoding.h"
#include "core/bytes_of.h"
#include "core/crypto/digest.h"
#include "vault/names.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

constexpr std::size_t kHashChars = 64;

Result<LedgerHash> chain(const LedgerHash& last, std::string_view body) {
  return crypto::sha256({bytes_of("coefficient.vault.shred-ledger.v1"), last, bytes_of(body)});
}

std::string body_of(const ShredEntry& entry) {
  return std::to_string(entry.shredded_at.time_since_epoch().count()) + " " +
         base64url_encode(bytes_of(entry.tenant));
}

std::optional<ShredEntry> parse_body(std::string_view body) {
  const std::size_t blank = body.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + blank, seconds);
  const auto tenant = base64url_decode(body.substr(blank + 1));
  if (error != std::errc() || end != body.data() + blank || !tenant) return std::nullopt;
  ShredEntry entry{std::string(reinterpret_cast<const char*>(tenant->data()), tenant->size()),
                   Timestamp(std::chrono::seconds(seconds))};
  // One text for each entry: no leading zeros, no "+1".
  if (!is_name(entry.tenant) || body_of(entry) != body) return std::nullopt;
  return entry;
}

// Nullopt if this is not the line that follows one with the hash `last`.
Result<std::optional<ShredEntry>> parse_line(std::string_view line, LedgerHash& last) {
  LedgerHash given{};
  if (line.size() <= kHashChars + 1 || line[line.size() - kHashChars - 1] != ' ' ||
      !lower_hex_decode_exact(line.substr(line.size() - kHashChars), given))
    return std::optional<ShredEntry>();
  const std::string_view body = line.substr(0, line.size() - kHashChars - 1);
  const auto hash = chain(last, body);
  if (!hash) return hash.error();
  if (*hash != given) return std::optional<ShredEntry>();
  last = given;
  return parse_body(body);
}

}  // namespace

Result<LedgerText> parse_ledger(std::string_view text) {
  if (!text.starts_with(kLedgerHeader))
    return Error{ErrorCode::kDataLoss, "the shred ledger does not begin with CFL1"};
  LedgerText out;
  out.complete = kLedgerHeader.size();
  for (std::size_t line_number = 2; out.complete < text.size(); ++line_number) {
    const std::size_t end = text.find('\n', out.complete);
    const bool whole = end != std::string_view::npos;
    auto entry = parse_line(text.substr(out.complete, whole ? end - out.complete : end), out.last);
    if (!entry) return entry.error();
    if (!*entry && !whole) return out;
    if (!*entry)
      return Error{ErrorCode::kDataLoss,
                   "the shred ledger is damaged in line " + std::to_string(line_number)};
    out.entries.push_back(**std::move(entry));
    out.complete = whole ? end + 1 : text.size();
  }
  return out;
}

Result<std::string> format_ledger_line(const ShredEntry& entry, LedgerHash& last) {
  const std::string body = body_of(entry);
  const auto hash = chain(last, body);
  if (!hash) return hash.error();
  last = *hash;
  return body + " " + hex_encode(*hash) + "\n";
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
