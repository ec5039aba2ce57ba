// Any bytes as a shred ledger: an answer or kDataLoss, and what is accepted is exactly what a
// writer of the same entries would have written. A ledger made of the input's lines and cut
// anywhere gives back a prefix of its entries.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "vault/ledger_text.h"
#include "vault/names.h"

using namespace coefficient;
using namespace coefficient::vault;

namespace {

std::string text_of(const std::vector<ShredEntry>& entries) {
  std::string out(kLedgerHeader);
  LedgerHash last{};
  for (const ShredEntry& entry : entries) out += format_ledger_line(entry, last).value();
  return out;
}

void check_accepted(std::string_view text, const LedgerText& ledger) {
  if (ledger.complete > text.size()) std::abort();
  std::string read(text.substr(0, ledger.complete));
  if (!read.ends_with('\n')) read += '\n';
  if (read != text_of(ledger.entries)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto ledger = parse_ledger(text))
    check_accepted(text, *ledger);
  else if (ledger.error().code != ErrorCode::kDataLoss)
    std::abort();

  std::vector<ShredEntry> entries;
  for (std::size_t at = 0; at < size;) {
    const std::size_t end = std::min(text.find('\n', at), size);
    const std::string tenant(text.substr(at, end - at));
    if (is_name(tenant))
      entries.push_back({tenant, Timestamp(std::chrono::seconds(tenant.size() * 1000))});
    at = end + 1;
  }
  const std::string whole = text_of(entries);
  const std::size_t cut = size == 0 ? 0 : data[size - 1] * whole.size() / 255;
  const std::string_view part = std::string_view(whole).substr(0, cut);
  const auto ledger = parse_ledger(part);
  if (!ledger) {
    if (cut >= kLedgerHeader.size()) std::abort();
    return 0;
  }
  check_accepted(part, *ledger);
  if (ledger->entries.size() > entries.size()) std::abort();
  for (std::size_t i = 0; i < ledger->entries.size(); ++i)
    if (ledger->entries[i].tenant != entries[i].tenant) std::abort();
  return 0;
}
