#ifndef COEFFICIENT_DIFF_REDACTION_H_
#define COEFFICIENT_DIFF_REDACTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/diff/parser.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace detail {
struct CompiledRedactionRules;
class RedactorState;
}  // namespace detail

/// A rule of the host's own. What the pattern matches within one line is replaced as a whole.
struct RedactionRule {
  std::string name;     ///< 1 to 32 of a-z, 0-9 and '-'; stands in the placeholder.
  std::string pattern;  ///< RE2 syntax over bytes (Latin-1), 1 to 1,024 bytes; never across lines.
};

struct RedactionOptions {
  bool builtin = true;                     ///< The rules of builtin_redaction_rules().
  std::vector<std::string> disabled = {};  ///< Names of built-in rules that are not to be used.
  std::vector<RedactionRule> rules = {};   ///< At most kMaxHostRules.
};

/// Returns the names of the built-in rules, in the order of their indices. docs/redaction.md says
/// what each covers.
COEFFICIENT_DIFF_EXPORT std::span<const std::string_view> builtin_redaction_rules() noexcept;

/// What counts as a secret: the built-in rules and the host's, compiled. A copy is a pointer.
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_DIFF_EXPORT RedactionRules {
 public:
  static constexpr std::size_t kMaxHostRules = 64;
  static constexpr std::size_t kMaxPatternBytes = 1024;

  /// Errors, all kInvalidArgument, with the name of the rule and what is wrong with it (but no
  /// more of a pattern than RE2 quotes in its own message): a name that is malformed, used twice or
  /// unknown in `disabled`; a pattern that is empty, too long, not RE2, needs more than 1 MiB when
  /// compiled, or matches the empty string; more than kMaxHostRules rules.
  static Result<RedactionRules> create(const RedactionOptions& options = {});

  /// Returns the number of rules. Indices below builtin_redaction_rules().size() are the built-in
  /// rules, whether enabled or not; then come the host's in their order.
  [[nodiscard]] std::size_t size() const noexcept;
  /// Precondition: index < size().
  [[nodiscard]] std::string_view name(std::size_t index) const noexcept;

 private:
  friend class Redactor;
  explicit RedactionRules(std::shared_ptr<const detail::CompiledRedactionRules> compiled) noexcept;
  std::shared_ptr<const detail::CompiledRedactionRules> compiled_;
};

/// One placeholder. Matches that overlap are one redaction, named after the rule of lowest index.
struct Redaction {
  std::size_t rule = 0;       ///< Index into RedactionRules.
  std::uint64_t ordinal = 0;  ///< The k of `#k`, from 1; 0 beyond Redactor::kMaxSecrets.
  std::size_t offset = 0;     ///< In the text as it was given.
  std::size_t length = 0;
  bool validated = false;  ///< A checksum within the token is right: this is no random text.
};

/// Replaces secrets in the lines of one change (one run). The lines are given in the order in which
/// the diff has them, context lines too, since the marker that begins a private key may be one:
///
///     redactor.begin_input(raw);            // optional, for speed and for look-ahead
///     redactor.begin_file();
///     redactor.begin_hunk(parents);
///     redactor.context(line.text);
///     out = redactor.changed(line.kind, line.text, buffer);
///
/// A secret is replaced by `[REDACTED:rule#k]`. k numbers the distinct secrets of the run by first
/// appearance, so equal secrets have equal placeholders. Equality is decided by HMAC-SHA-256 under
/// a key; neither secrets nor plain hashes of them are kept. Beyond kMaxSecrets distinct ones the
/// placeholder is `[REDACTED:rule]`. The output depends on the input alone, not on the key.
///
/// The number of lines never changes and what is not replaced is kept byte for byte, whatever the
/// bytes. Placeholders in the input are left alone; redacting the output again changes nothing
/// unless what stands around a placeholder looks like a secret of its own. Time is linear in the
/// input, memory beyond the output less than 64 KiB (the caches of RE2, which belong to the rules,
/// apart). A line in which one of the host's rules matches more than kMaxHostMatches times is
/// redacted from there to its end.
///
/// Thread safety: distinct objects only; they may share RedactionRules.
class COEFFICIENT_DIFF_EXPORT Redactor {
 public:
  static constexpr std::size_t kMaxSecrets = 1024;
  static constexpr std::size_t kMaxHostMatches = 16;
  static constexpr std::size_t kMaxReported = 128;
  static constexpr std::size_t kMinKeyBytes = 16;

  /// With an empty key a random one is made for this run. Errors: kInvalidArgument for a key of 1
  /// to 15 bytes, kInternal if OpenSSL failed.
  static Result<Redactor> create(const RedactionRules& rules, std::span<const std::byte> key = {});

  Redactor(Redactor&& other) noexcept;
  Redactor& operator=(Redactor&& other) noexcept;
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;
  ~Redactor();

  /// `raw` is the text of the diff from which the lines that follow are views: it is searched in
  /// blocks, and a line that may be of a private key whose beginning is not shown is judged by what
  /// follows it. Lines that are not views of it are redacted all the same. `raw` must stay valid
  /// until the next begin_input() or the last line. An empty `raw` forgets it.
  void begin_input(std::string_view raw);
  /// Forgets what is known of private keys that began in the file before.
  void begin_file();
  /// The lines that follow have `columns` columns before their text in `raw`: 1, in a combined diff
  /// the number of parents.
  void begin_hunk(std::size_t columns = 1);
  /// Reads a line that is not emitted.
  void context(std::string_view text);
  /// Returns `text` itself if there is nothing to replace, else a view of `buffer`, which is
  /// overwritten. `text` has no LF; kContext is as context() and returns an empty view.
  std::string_view changed(LineKind kind, std::string_view text, std::string& buffer);
  /// Likewise for a title, a description (of many lines) or a path, which stands for itself: no
  /// private key begins before it or ends after it.
  std::string_view text(std::string_view whole, std::string& buffer);

  /// What the last changed() or text() replaced, by offset; the first kMaxReported of them.
  [[nodiscard]] std::span<const Redaction> last() const noexcept;
  /// How often each rule was applied in this run, by index. Complete, unlike last().
  [[nodiscard]] std::span<const std::uint64_t> counts() const noexcept;

 private:
  explicit Redactor(std::unique_ptr<detail::RedactorState> state) noexcept;
  std::unique_ptr<detail::RedactorState> state_;
};

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_REDACTION_H_
