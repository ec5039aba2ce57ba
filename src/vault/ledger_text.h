#ifndef COEFFICIENT_SRC_VAULT_LEDGER_TEXT_H_
#define COEFFICIENT_SRC_VAULT_LEDGER_TEXT_H_

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/shred_ledger.h"
#include "coefficient/version.h"

// Exported for tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

inline constexpr std::string_view kLedgerHeader = "CFL1\n";
inline constexpr std::size_t kMaxLedgerBytes = std::size_t{64} << 20;

using LedgerHash = std::array<std::byte, 32>;

struct LedgerText {
  std::vector<ShredEntry> entries;
  LedgerHash last{};         ///< Of the last entry; zeros if there is none.
  std::size_t complete = 0;  ///< How many bytes are whole lines; the rest was never acknowledged.
};

/// Reads the text of a ledger (shred_ledger.h has the form). An unfinished last line is no error,
/// unless it is whole but for its newline: then the file was tampered with or truncated by one
/// byte, and the entry counts. Errors: kDataLoss names the line; kInternal if OpenSSL failed.
COEFFICIENT_VAULT_EXPORT Result<LedgerText> parse_ledger(std::string_view text);

/// Returns the line of an entry after one with the hash `last`, which becomes this one's. Error:
/// kInternal if OpenSSL failed.
COEFFICIENT_VAULT_EXPORT Result<std::string> format_ledger_line(const ShredEntry& entry,
                                                                LedgerHash& last);

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_LEDGER_TEXT_H_
