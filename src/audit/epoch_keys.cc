#include "audit/epoch_keys.h"

#include <string>
#include <utility>

#include "audit/destroy_file.h"
#include "coefficient/core/secret_bytes.h"
#include "core/bytes_of.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

// The private key in a file; nothing if there is no file, or it holds none (it was overwritten).
Result<std::optional<NoteSigner>> read_signer(const Directory& directory, const char* name) {
  Result<std::string> text = directory.read(name, 0, kMaxKeyFileBytes);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::optional<NoteSigner>{};
  if (!text) return text.error();
  Result<NoteSigner> signer = NoteSigner::parse(*text);
  wipe(std::as_writable_bytes(std::span<char>(*text)));
  if (!signer) return std::optional<NoteSigner>{};
  return std::optional<NoteSigner>{std::move(*signer)};
}

bool is_key_of(const std::optional<NoteSigner>& signer, const Epoch& epoch) {
  return signer && signer->verifier().text() == epoch.key.text();
}

Result<KeyChain> read_chain(const Directory& directory) {
  Result<std::string> root_text = directory.read(kRootKeyFile, 0, kMaxKeyFileBytes);
  if (!root_text) return root_text.error();
  std::string_view line = *root_text;
  if (line.ends_with('\n')) line.remove_suffix(1);
  Result<NoteVerifier> root = NoteVerifier::parse(line);
  if (!root)
    return Error{ErrorCode::kDataLoss, directory.path() + "/" + kRootKeyFile + ": holds no key"};
  Result<std::string> text = directory.read(kKeyChainFile, 0, kMaxKeyChainBytes);
  if (!text) return text.error();
  Result<KeyChain> chain = KeyChain::parse(std::move(*root), *text);
  if (!chain) return Error{ErrorCode::kDataLoss, directory.path() + ": " + chain.error().message};
  return chain;
}

}  // namespace

Result<EpochKeys> EpochKeys::create(const Directory& directory, std::string_view origin) {
  const Result<Descriptor> there = directory.open_to_read(kRootKeyFile);
  if (there) return Error{ErrorCode::kAlreadyExists, directory.path() + ": has a key already"};
  if (there.error().code != ErrorCode::kNotFound) return there.error();
  Result<NoteSigner> signer = NoteSigner::generate(origin);
  if (!signer) return signer.error();
  const SecretBytes secret = signer->private_text();
  if (Result<> done = directory.write(kSigningKeyFile, {secret.expose()}); !done)
    return done.error();
  if (Result<> done = directory.write(kKeyChainFile, {}); !done) return done.error();
  // Last: with it there is a log.
  const std::string root = signer->verifier().text() + "\n";
  if (Result<> done = directory.write(kRootKeyFile, {bytes_of(root)}); !done) return done.error();
  KeyChain chain(signer->verifier());
  return EpochKeys(directory, std::move(chain), std::move(*signer));
}

Result<EpochKeys> EpochKeys::open(const Directory& directory) {
  Result<KeyChain> chain = read_chain(directory);
  if (!chain) return chain.error();
  const Epoch& last = chain->epochs().back();
  Result<std::optional<NoteSigner>> current = read_signer(directory, kSigningKeyFile);
  if (!current) return current.error();
  Result<std::optional<NoteSigner>> next = read_signer(directory, kNextKeyFile);
  if (!next) return next.error();
  if (is_key_of(*current, last)) {
    // Its successor, if there is one, was never named.
    if (Result<> done = destroy_file(directory, kNextKeyFile); !done) return done.error();
    return EpochKeys(directory, std::move(*chain), std::move(**current));
  }
  if (is_key_of(*next, last)) {
    if (Result<> done = replace(directory); !done) return done.error();
    return EpochKeys(directory, std::move(*chain), std::move(**next));
  }
  return Error{ErrorCode::kDataLoss,
               directory.path() + ": the private key of the key chain's last epoch is missing"};
}

Result<> EpochKeys::replace(const Directory& directory) {
  if (Result<> done = overwrite_file(directory, kSigningKeyFile); !done) return done;
  Result<Descriptor> next = directory.open_to_write(kNextKeyFile);
  if (!next) return next.error();
  return directory.publish(*next, kNextKeyFile, kSigningKeyFile);
}

Result<> EpochKeys::advance(std::uint64_t size, const Hash& root) {
  if (failed_)
    return Error{ErrorCode::kFailedPrecondition, "an earlier change of keys was interrupted"};
  Result<NoteSigner> next = NoteSigner::generate(chain_.origin());
  if (!next) return next.error();
  Result<std::string> entry = chain_.hand_over(signer_, next->verifier(), size, root);
  if (!entry) return entry.error();
  KeyChain longer = chain_;
  if (Result<> added = longer.append(*entry); !added) return added;
  failed_ = true;
  const SecretBytes secret = next->private_text();
  if (Result<> done = directory_->write(kNextKeyFile, {secret.expose()}); !done) return done;
  if (Result<> done = directory_->write(kKeyChainFile, {bytes_of(longer.text())}); !done)
    return done;
  if (Result<> done = replace(*directory_); !done) return done;
  signer_ = std::move(*next);
  chain_ = std::move(longer);
  failed_ = false;
  return {};
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
