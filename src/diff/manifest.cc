#include "coefficient/diff/manifest.h"

#include <array>
#include <span>
#include <string>

#include "coefficient/core/encoding.h"
#include "core/crypto/digest.h"
#include "core/json.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

constexpr json::Limits kLimits{.max_bytes = std::size_t{256} << 20U, .max_depth = 8};

struct Expected {
  ManifestMismatch mismatch;
  const char* pointer;
  std::string text;
};

Result<std::string> sha256_hex(std::span<const std::byte> bytes) {
  const auto digest = crypto::sha256({bytes});
  if (!digest) return digest.error();
  return hex_encode(*digest);
}

// Returns the first of `expected` that the manifest does not have.
Result<ManifestMismatch> compare(std::string_view manifest, std::span<const Expected> expected) {
  for (const auto& [mismatch, pointer, text] : expected) {
    const auto found = json::scalar_at(manifest, pointer, kLimits);
    if (!found) return Error{found.error().code, "manifest: " + found.error().message};
    if (!*found)
      return Error{ErrorCode::kInvalidArgument, std::string("manifest: there is no ") + pointer};
    if (**found != text) return mismatch;
  }
  return ManifestMismatch::kNone;
}

}  // namespace

std::string_view to_string(ManifestMismatch mismatch) noexcept {
  switch (mismatch) {
    case ManifestMismatch::kNone:
      return "none";
    case ManifestMismatch::kVersion:
      return "version";
    case ManifestMismatch::kInput:
      return "input";
    case ManifestMismatch::kPolicy:
      return "policy";
    case ManifestMismatch::kOutput:
      return "output";
    case ManifestMismatch::kContent:
      return "content";
  }
  return "unknown";
}

Result<ManifestMismatch> verify_manifest(std::string_view manifest, const Minimizer& minimizer,
                                         const Change& change,
                                         std::optional<std::string_view> output) {
  const Result<std::string> diff = sha256_hex(change.diff);
  const Result<std::string> title = sha256_hex(std::as_bytes(std::span(change.title)));
  const Result<std::string> description = sha256_hex(std::as_bytes(std::span(change.description)));
  for (const Result<std::string>* hash : {&diff, &title, &description})
    if (!*hash) return hash->error();
  const std::array<Expected, 6> before{
      {{ManifestMismatch::kVersion, "/schema", "coefficient-diff-manifest/1"},
       {ManifestMismatch::kVersion, "/version", COEFFICIENT_VERSION_STRING},
       {ManifestMismatch::kInput, "/input/sha256", *diff},
       {ManifestMismatch::kInput, "/change/title/sha256", *title},
       {ManifestMismatch::kInput, "/change/description/sha256", *description},
       {ManifestMismatch::kPolicy, "/policy/sha256", minimizer.policy_sha256()}}};
  Result<ManifestMismatch> found = compare(manifest, before);
  if (!found || *found != ManifestMismatch::kNone) return found;

  // The change is the one of then, so the work can be done again.
  const Result<Minimized> again = minimizer.minimize_with_manifest(change);
  if (!again) return again.error();
  const Result<std::string> json = sha256_hex(std::as_bytes(std::span(again->json)));
  if (!json) return json.error();
  found =
      compare(manifest, std::array{Expected{ManifestMismatch::kOutput, "/output/sha256", *json}});
  if (!found || *found != ManifestMismatch::kNone) return found;
  if (output && *output != again->json) return ManifestMismatch::kOutput;
  return manifest == again->manifest ? ManifestMismatch::kNone : ManifestMismatch::kContent;
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
