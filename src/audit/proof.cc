#include "coefficient/audit/proof.h"

#include <optional>
#include <utility>

#include "audit/decimal.h"
#include "audit/hash_lines.h"
#include "audit/lines.h"
#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

Error not_a_proof(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("not a log proof: ") + what};
}

Error too_much() {
  return Error{ErrorCode::kResourceExhausted,
               "a log proof has at most 64 hashes and 2,000,000 bytes"};
}

}  // namespace

Result<std::string> format_proof(const LogProof& proof) {
  std::string text = std::string(kFirstLine) + "\n";
  if (!proof.extra.empty()) {
    if (proof.extra.size() > kMaxProofBytes) return too_much();
    text += std::string(kExtra) + base64_encode(proof.extra) + "\n";
  }
  text += std::string(kIndex) + std::to_string(proof.index) + "\n";
  if (proof.path.size() > kMaxProofHashes) return too_much();
  append_hash_lines(proof.path, text);
  text += "\n" + proof.checkpoint;
  if (text.size() > kMaxProofBytes) return too_much();
  return text;
}

Result<LogProof> parse_proof(std::string_view text) {
  if (text.size() > kMaxProofBytes) return too_much();
  LogProof proof;
  if (take_line(text) != kFirstLine) return not_a_proof("its first line is c2sp.org/tlog-proof@v1");
  std::string_view line = take_line(text).value_or("");
  if (line.starts_with(kExtra)) {
    Result<std::vector<std::byte>> extra = base64_decode(line.substr(kExtra.size()));
    if (!extra || extra->empty()) return not_a_proof("its extra data is not base64");
    proof.extra = std::move(*extra);
    line = take_line(text).value_or("");
  }
  const std::optional<std::uint64_t> index =
      line.starts_with(kIndex) ? parse_decimal(line.substr(kIndex.size())) : std::nullopt;
  if (!index) return not_a_proof("it has no index");
  proof.index = *index;
  for (;;) {
    const std::optional<std::string_view> next = take_line(text);
    if (!next) return not_a_proof("no empty line ends its hashes");
    if (next->empty()) break;
    if (proof.path.size() == kMaxProofHashes) return too_much();
    if (!base64_decode_exact(*next, proof.path.emplace_back()))
      return not_a_proof("a line is no hash in base64");
  }
  proof.checkpoint = text;
  return proof;
}

Result<Checkpoint> verify_proof(const LogProof& proof, const Hash& leaf, const KeyChain& keys) {
  Result<Checkpoint> checkpoint = keys.open_checkpoint(proof.checkpoint);
  if (!checkpoint) return checkpoint;
  if (Result<> included =
          verify_inclusion(leaf, proof.index, checkpoint->size, proof.path, checkpoint->root);
      !included)
    return included.error();
  return checkpoint;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
