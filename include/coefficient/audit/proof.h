#ifndef COEFFICIENT_AUDIT_PROOF_H_
#define COEFFICIENT_AUDIT_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/audit/checkpoint.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/key_chain.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// Proofs that fit in a file (C2SP tlog-proof): that a record is in a log, for somebody who has the
/// record and the log's root key and nothing else.
///
/// Thread safety: pure functions.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::size_t kMaxProofBytes = 2'000'000;
inline constexpr std::size_t kMaxProofHashes = 64;

struct LogProof {
  std::uint64_t index = 0;       ///< Of the record.
  std::vector<Hash> path;        ///< As prove_inclusion() gives it.
  std::string checkpoint;        ///< The signed checkpoint, whole.
  std::vector<std::byte> extra;  ///< Whatever the application wants; nothing vouches for it.
  friend bool operator==(const LogProof&, const LogProof&) = default;
};

/// Returns the proof as text ("c2sp.org/tlog-proof@v1"). Errors: kResourceExhausted above the
/// limits.
COEFFICIENT_AUDIT_EXPORT Result<std::string> format_proof(const LogProof& proof);

/// The inverse. The checkpoint is not looked into. Errors: kInvalidArgument says what is malformed,
/// kResourceExhausted above the limits.
COEFFICIENT_AUDIT_EXPORT Result<LogProof> parse_proof(std::string_view text);

/// Returns the checkpoint of `proof`, if a key of the log signed it and the record with the hash
/// `leaf` is in its tree at the proof's index. Whoever has a key can sign a tree in which records
/// from before that key's term are others: that it is none of those, verify_consistency() shows
/// from the tree at which the term began (Epoch::first_size and first_root). Errors: those of
/// KeyChain::open_checkpoint() and verify_inclusion().
COEFFICIENT_AUDIT_EXPORT Result<Checkpoint> verify_proof(const LogProof& proof, const Hash& leaf,
                                                         const KeyChain& keys);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_PROOF_H_
