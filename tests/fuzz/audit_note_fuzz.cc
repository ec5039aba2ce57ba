// Signed notes, checkpoints, keys and key chains: no crash, what is read is written back the same,
// and nothing that the key did not sign is ever believed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/audit/checkpoint.h"
#include "coefficient/audit/key_chain.h"
#include "coefficient/audit/note.h"
#include "coefficient/audit/witness.h"

namespace audit = coefficient::audit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_checkpoint(std::string_view text) {
  const auto checkpoint = audit::parse_checkpoint_text(text);
  if (!checkpoint) return;
  const auto again = audit::checkpoint_text(*checkpoint);
  require(again && *again == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const audit::NoteSigner signer = *audit::NoteSigner::parse(
      "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
  if (const auto key = audit::NoteVerifier::parse(text)) require(key->text() == text);
  check_checkpoint(text);
  if (const auto note = audit::parse_note(text)) {
    check_checkpoint(note->text);
    const std::vector<audit::NoteVerifier> keys = {signer.verifier()};
    if (const auto opened = audit::open_note(text, keys)) {
      // Ed25519 signs deterministically: what verifies is what the signer writes.
      const auto line = signer.signature_line(opened->text);
      require(line && text.find(*line) != std::string_view::npos);
    }
    static_cast<void>(audit::add_cosignature(text, text, signer.verifier()).has_value());
  }
  if (const auto chain = audit::KeyChain::parse(signer.verifier(), text)) {
    require(chain->text() == text);
    static_cast<void>(chain->open_checkpoint(text).has_value());
  }
  return 0;
}
