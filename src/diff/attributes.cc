#include "diff/attributes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_directory_name(std::string_view name) noexcept {
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    name.remove_prefix(end);
    if (name == "/") return false;
    if (!name.empty()) name.remove_prefix(1);
  }
  return true;
}

template <class Use>
void for_each_line(const AttributesFile& file, const Use& use) {
  std::string_view text = file.text;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    auto line = read_attributes_line(take_attributes_line(text), file.directory.empty());
    if (line) use(*line);
  }
}

std::string_view extension(std::string_view name) noexcept {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot);
}

}  // namespace

// What git knows of a path so far. The first to say something of an attribute is right.
struct Attributes::Answer {
  std::uint64_t known = 0;
  LinguistStates states;

  [[nodiscard]] bool complete() const noexcept { return (known & 3U) == 3U; }
};

void Attributes::NameIndex::add(std::string_view name, std::uint32_t rule) {
  lengths_ |= std::uint64_t{1} << std::min<std::size_t>(name.size(), 63);
  rules_[std::string(name)].push_back(rule);
}

std::span<const std::uint32_t> Attributes::NameIndex::find(std::string_view name) const {
  if (((lengths_ >> std::min<std::size_t>(name.size(), 63)) & 1U) == 0) return {};
  const auto found = rules_.find(name);
  if (found == rules_.end()) return {};
  return found->second;
}

// Two passes: which attributes matter is known when all macros are.
class Attributes::Builder {
 public:
  Result<Attributes> build(std::span<const AttributesFile> files) {
    if (const Result<> checked = check(files); !checked) return checked.error();
    for (const AttributesFile& file : files) read_macros(file);
    if (!number_names())
      return Error{ErrorCode::kResourceExhausted, "too many gitattributes macros"};
    for (const AttributesFile& file : files) read_rules(file);
    for (auto& [directory, drafts] : drafts_) {
      drop_overridden(drafts);
      RuleSet& rules = result_.directories_[directory];
      if (!directory.empty()) result_.has_deeper_ = true;
      for (const Draft& draft : drafts)
        if (!draft.sets.empty()) add_rule(draft, rules);
    }
    if (wildcard_bytes_ > Exclusions::kMaxWildcardBytes)
      return Error{ErrorCode::kResourceExhausted,
                   "more than 65536 bytes of gitattributes patterns with wildcards"};
    return std::move(result_);
  }

 private:
  // A rule and the pattern that it was made of.
  struct Draft {
    std::string pattern;
    Sets sets;
  };

  static Result<> check(std::span<const AttributesFile> files) {
    std::size_t bytes = 0;
    for (const AttributesFile& file : files) {
      if (!is_directory_name(file.directory))
        return Error{ErrorCode::kInvalidArgument, "directory of a gitattributes file"};
      bytes += std::min(file.text.size(), Exclusions::kMaxTextBytes + 1);
      if (bytes > Exclusions::kMaxTextBytes)
        return Error{ErrorCode::kResourceExhausted, "more than 4 MiB of gitattributes"};
    }
    return {};
  }

  void read_macros(const AttributesFile& file) {
    if (!file.directory.empty()) return;
    for_each_line(file, [&](AttributesLine& line) {
      if (line.is_macro) macros_[line.subject] = std::move(line.assignments);
    });
  }

  // Gives numbers to the two attributes and to every macro that leads to them; false: too many.
  bool number_names() {
    ByName<std::vector<std::string_view>> users;
    for (const auto& [macro, assignments] : macros_)
      for (const Assignment& a : assignments) users[std::string(a.name)].push_back(macro);
    std::vector<std::string> names = {"linguist-generated", "linguist-vendored"};
    numbers_ = {{names[kGenerated], kGenerated}, {names[kVendored], kVendored}};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto found = users.find(names[i]);
      if (found == users.end()) continue;
      for (const std::string_view macro : found->second) {
        if (!numbers_.try_emplace(std::string(macro), static_cast<std::uint8_t>(names.size()))
                 .second)
          continue;
        if (names.size() == kMaxNumbers) return false;
        names.emplace_back(macro);
      }
    }
    for (const std::string& name : names) {
      const auto macro = macros_.find(name);
      result_.macros_.push_back(macro == macros_.end() ? Sets{} : relevant(macro->second));
    }
    return true;
  }

  // Of a line that names an attribute several times git heeds the last one.
  [[nodiscard]] Sets relevant(const std::vector<Assignment>& assignments) const {
    Sets sets;
    std::uint64_t seen = 0;
    for (auto a = assignments.rbegin(); a != assignments.rend(); ++a) {
      const auto number = numbers_.find(a->name);
      if (number == numbers_.end() || ((seen >> number->second) & 1U) != 0) continue;
      seen |= std::uint64_t{1} << number->second;
      sets.push_back({number->second, a->state});
    }
    return sets;
  }

  void read_rules(const AttributesFile& file) {
    for_each_line(file, [&](AttributesLine& line) {
      if (line.is_macro) return;
      Sets sets = relevant(line.assignments);
      if (!sets.empty())
        drafts_[std::string(file.directory)].push_back({std::move(line.subject), std::move(sets)});
    });
  }

  // What a later line with the same pattern says anyway: so a look-up never meets more rules of
  // one name than there are numbers, however often a file repeats it.
  static void drop_overridden(std::vector<Draft>& drafts) {
    ByName<std::uint64_t> said;
    for (auto draft = drafts.rbegin(); draft != drafts.rend(); ++draft) {
      std::uint64_t& numbers = said[draft->pattern];
      std::erase_if(draft->sets, [&](Set set) { return ((numbers >> set.number) & 1U) != 0; });
      for (const Set set : draft->sets) numbers |= std::uint64_t{1} << set.number;
    }
  }

  void add_rule(const Draft& draft, RuleSet& rules) {
    std::string_view pattern = draft.pattern;
    const bool of_directory_only = pattern.ends_with('/');
    if (of_directory_only) pattern.remove_suffix(1);
    const bool of_basename = pattern.find('/') == std::string_view::npos;
    if (pattern.starts_with('/')) pattern.remove_prefix(1);
    Glob glob(pattern);
    if (glob.shape() == Glob::Shape::kNever) return;

    const auto number = static_cast<std::uint32_t>(rules.rules.size());
    rules.rules.push_back({static_cast<std::uint32_t>(result_.sets_.size()),
                           static_cast<std::uint8_t>(draft.sets.size()), of_directory_only});
    result_.sets_.insert(result_.sets_.end(), draft.sets.begin(), draft.sets.end());
    index(std::move(glob), of_basename, number, rules);
  }

  void index(Glob glob, bool of_basename, std::uint32_t rule, RuleSet& rules) {
    const std::string& literal = glob.literal();
    switch (glob.shape()) {
      case Glob::Shape::kLiteral:
        return (of_basename ? rules.basenames : rules.paths).add(literal, rule);
      case Glob::Shape::kDirectory:
        return rules.directories.add(literal, rule);
      case Glob::Shape::kAnyDepth:
        if (literal.find('/') == std::string::npos) return rules.basenames.add(literal, rule);
        break;
      case Glob::Shape::kEndsWith:
        if (!of_basename || extension(literal).empty()) break;
        wildcard_bytes_ += literal.size() + 1;
        rules.extensions.add(extension(literal), static_cast<std::uint32_t>(rules.suffixes.size()));
        return rules.suffixes.push_back({std::move(glob), of_basename, rule});
      default:
        break;
    }
    wildcard_bytes_ += glob.size();
    rules.others.push_back({std::move(glob), of_basename, rule});
  }

  ByName<std::vector<Assignment>> macros_;
  ByName<std::uint8_t> numbers_;
  ByName<std::vector<Draft>> drafts_;
  std::size_t wildcard_bytes_ = 0;
  Attributes result_;
};

Result<Attributes> Attributes::parse(std::span<const AttributesFile> files) {
  return Builder().build(files);
}

Attributes::Path::Path(std::string_view path) noexcept : text(path) {
  is_directory = text.ends_with('/');
  if (is_directory) text.remove_suffix(1);
  const std::size_t slash = text.rfind('/');
  basename = slash == std::string_view::npos ? text : text.substr(slash + 1);
}

LinguistStates Attributes::of(std::string_view path_text) const {
  Answer answer;
  if (path_text.size() > Exclusions::kMaxPathBytes) return answer.states;
  const Path path(path_text);
  std::string_view directory = path.text.substr(0, path.text.size() - path.basename.size());
  while (true) {
    const std::string_view relative = path.text.substr(directory.size());
    if (directory.ends_with('/')) directory.remove_suffix(1);
    if (directory.empty() || has_deeper_) {
      const auto rules = directories_.find(directory);
      if (rules != directories_.end()) apply(rules->second, path, relative, answer);
    }
    if (directory.empty() || answer.complete()) return answer.states;
    directory = has_deeper_ ? directory.substr(0, directory.rfind('/') + 1) : std::string_view{};
  }
}

void Attributes::apply(const RuleSet& rules, const Path& path, std::string_view relative,
                       Answer& answer) const {
  std::vector<std::uint32_t> hits;
  const auto take = [&](std::span<const std::uint32_t> found) {
    hits.insert(hits.end(), found.begin(), found.end());
  };
  const auto matches = [&](const Wildcard& rule) {
    return rule.glob.matches(rule.of_basename ? path.basename : relative);
  };
  take(rules.paths.find(relative));
  take(rules.basenames.find(path.basename));
  if (!rules.directories.empty()) {
    std::size_t start = 0;
    for (std::size_t slash = relative.find('/'); slash != std::string_view::npos;
         start = slash + 1, slash = relative.find('/', start))
      take(rules.directories.find(relative.substr(start, slash - start)));
  }
  for (const std::uint32_t i : rules.extensions.find(extension(path.basename)))
    if (matches(rules.suffixes[i])) hits.push_back(rules.suffixes[i].rule);
  for (const Wildcard& rule : rules.others)
    if (matches(rule)) hits.push_back(rule.rule);

  std::sort(hits.begin(), hits.end(), std::greater<>());
  for (const std::uint32_t hit : hits) {
    const Rule& rule = rules.rules[hit];
    if (answer.complete()) return;
    if (rule.of_directory_only && !path.is_directory) continue;
    assign(std::span(sets_).subspan(rule.first_set, rule.set_count), answer);
  }
}

// A macro is expanded where it is set, and only if nothing was said of it before; so no deeper than
// there are numbers.
void Attributes::assign(std::span<const Set> sets, Answer& answer) const {
  for (const auto [number, state] : sets) {
    const std::uint64_t bit = std::uint64_t{1} << number;
    if ((answer.known & bit) != 0) continue;
    answer.known |= bit;
    if (number == kGenerated) answer.states.generated = state;
    if (number == kVendored) answer.states.vendored = state;
    if (state == AttributeState::kSet) assign(macros_[number], answer);
  }
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
