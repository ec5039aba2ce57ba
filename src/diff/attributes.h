#ifndef COEFFICIENT_SRC_DIFF_ATTRIBUTES_H_
#define COEFFICIENT_SRC_DIFF_ATTRIBUTES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/diff/exclusions.h"
#include "diff/attributes_line.h"
#include "diff/glob.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

struct LinguistStates {
  AttributeState generated = AttributeState::kUnspecified;
  AttributeState vendored = AttributeState::kUnspecified;
};

/// Compiled gitattributes, of which only what bears on `linguist-generated` and `linguist-vendored`
/// is kept. Rules are found by look-up where they can be: a million files meet the same rules.
///
/// Thread safety: const members may be called concurrently.
class Attributes {
 public:
  /// Errors and limits: see Exclusions::create.
  static Result<Attributes> parse(std::span<const AttributesFile> files);

  /// As `git check-attr linguist-generated linguist-vendored -- <path>` answers.
  [[nodiscard]] LinguistStates of(std::string_view path) const;

 private:
  // The two attributes, and macros that lead to them, by number: the two come first.
  static constexpr std::size_t kGenerated = 0;
  static constexpr std::size_t kVendored = 1;
  static constexpr std::size_t kMaxNumbers = 64;

  struct Set {
    std::uint8_t number;
    AttributeState state;
  };
  using Sets = std::vector<Set>;  // in the order in which git heeds them: a line's last one first

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class T>
  using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  // Rules by a name. Most names asked for are not there, often for their length alone.
  class NameIndex {
   public:
    void add(std::string_view name, std::uint32_t rule);
    [[nodiscard]] std::span<const std::uint32_t> find(std::string_view name) const;
    [[nodiscard]] bool empty() const noexcept { return rules_.empty(); }

   private:
    std::uint64_t lengths_ = 0;
    ByName<std::vector<std::uint32_t>> rules_;
  };

  struct Rule {
    std::uint32_t first_set = 0;  // in sets_
    std::uint8_t set_count = 0;
    bool of_directory_only = false;  // the pattern ends with a '/'
  };

  struct Wildcard {
    Glob glob;
    bool of_basename;  // the pattern has no '/'
    std::uint32_t rule;
  };

  // The rules of one directory, with the later ones after the earlier.
  struct RuleSet {
    std::vector<Rule> rules;
    NameIndex paths;
    NameIndex basenames;
    NameIndex directories;
    std::vector<Wildcard> suffixes;  // `*.min.js`
    NameIndex extensions;            // of suffixes: the last '.' and what follows, here ".js"
    std::vector<Wildcard> others;
  };

  struct Path {
    explicit Path(std::string_view path) noexcept;

    std::string_view text;      // without a '/' at the end
    std::string_view basename;  // its last part
    bool is_directory = false;
  };

  class Builder;
  struct Answer;

  Attributes() = default;

  void apply(const RuleSet& rules, const Path& path, std::string_view relative,
             Answer& answer) const;
  void assign(std::span<const Set> sets, Answer& answer) const;

  std::vector<Set> sets_;
  ByName<RuleSet> directories_;  // "" is the top
  bool has_deeper_ = false;
  std::vector<Sets> macros_;  // by number; empty: not a macro
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_ATTRIBUTES_H_
