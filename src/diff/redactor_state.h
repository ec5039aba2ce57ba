#ifndef COEFFICIENT_SRC_DIFF_REDACTOR_STATE_H_
#define COEFFICIENT_SRC_DIFF_REDACTOR_STATE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/diff/redaction.h"
#include "diff/host_rules.h"
#include "diff/pem.h"
#include "diff/prefilter.h"
#include "diff/secret_ids.h"
#include "diff/secret_matcher.h"
#include "diff/secret_rules.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

struct CompiledRedactionRules {
  std::array<bool, kSecretRules> enabled{};
  bool any_builtin = false;
  std::vector<std::string> host_names;
  HostRules host;
};

/// What a Redactor knows; its members are documented there.
class RedactorState {
 public:
  RedactorState(std::shared_ptr<const CompiledRedactionRules> rules, SecretIds ids);

  void begin_input(std::string_view raw);
  void begin_file();
  void begin_hunk(std::size_t columns);
  void context(std::string_view text);
  std::string_view changed(LineKind kind, std::string_view text, std::string& buffer);
  std::string_view text(std::string_view whole, std::string& buffer);
  [[nodiscard]] std::span<const Redaction> last() const noexcept { return last_; }
  [[nodiscard]] std::span<const std::uint64_t> counts() const noexcept { return counts_; }
  [[nodiscard]] std::uint64_t steps() const noexcept { return matcher_.steps(); }

 private:
  // The text that is being rewritten. One match waits, since the next may overlap it.
  struct Rewrite {
    std::string_view text;
    std::string* out = nullptr;
    std::size_t line = 0;      // where the line begins that matches are of
    std::size_t written = 0;   // of text
    SecretMatch waiting = {};  // empty: none
    bool changed = false;
  };

  [[nodiscard]] bool has_pem() const noexcept {
    return rules_->enabled[static_cast<std::size_t>(SecretRule::kPem)];
  }
  // Returns whether there may be something in the line, which must be the candidates' line.
  bool is_suspicious(LineKind side, std::string_view line, PemSide& pem, std::size_t& candidate);
  void scan(Rewrite& rewrite, std::string_view line, PemSide& pem, std::size_t candidate);
  std::size_t scan_candidate(Rewrite& rewrite, std::string_view line, PemSide& pem, std::size_t at);
  std::size_t open_key(Rewrite& rewrite, std::string_view line, PemSide& pem, std::size_t begin,
                       std::size_t marker_end);
  void add_ordered(Rewrite& rewrite, std::size_t begin);
  void add(Rewrite& rewrite, SecretMatch match);
  void write(Rewrite& rewrite, const SecretMatch& match);
  std::string_view finish(Rewrite& rewrite);

  std::shared_ptr<const CompiledRedactionRules> rules_;
  SecretIds ids_;
  Candidates candidates_;
  SecretMatcher matcher_;
  PemSide old_;
  PemSide new_;
  PemLookAhead ahead_;
  std::string_view raw_;
  std::size_t columns_ = 1;
  // Of this line: the next end marker that is known, whether there is none any more, and up to
  // where it was searched for pieces of a key behind a marker, and whether there were some.
  std::optional<TextRange> next_end_;
  bool no_end_ = false;
  std::size_t searched_to_ = 0;
  bool searched_body_ = false;
  std::vector<TextRange> keys_;       // of this line, inside a key
  std::vector<TextRange> opened_;     // of this line, behind a marker
  std::vector<SecretMatch> ordered_;  // by beginning, to be merged with those of candidates
  std::size_t next_ordered_ = 0;
  std::vector<Redaction> last_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_REDACTOR_STATE_H_
