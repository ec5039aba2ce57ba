#include "diff/host_rules.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::int64_t kMaxProgramBytes = std::int64_t{1} << 20;

RE2::Options options() {
  RE2::Options made;
  made.set_encoding(RE2::Options::EncodingLatin1);  // lines are bytes
  made.set_log_errors(false);
  made.set_never_capture(true);
  made.set_never_nl(true);
  made.set_max_mem(kMaxProgramBytes);
  return made;
}

Error refuse(const RedactionRule& rule, std::string_view why) {
  return Error{ErrorCode::kInvalidArgument,
               "redaction rule '" + rule.name + "': " + std::string(why)};
}

// Whether it does so where a line is empty or within one: `x*`, `\b`, `^`, `$`.
bool matches_empty(const RE2& program) {
  constexpr std::array<std::string_view, 5> kProbes = {"", "a", " a ", "0", "."};
  return std::any_of(kProbes.begin(), kProbes.end(), [&](std::string_view probe) {
    const re2::StringPiece text(probe.data(), probe.size());
    for (std::size_t from = 0; from <= probe.size(); ++from) {
      re2::StringPiece found;
      if (program.Match(text, from, probe.size(), RE2::UNANCHORED, &found, 1) && found.empty())
        return true;
    }
    return false;
  });
}

}  // namespace

struct HostRules::Programs {
  std::vector<std::unique_ptr<RE2>> single;
  // Says which of them match a line at all, in one pass. Only where there is more than one.
  std::unique_ptr<RE2::Set> set;
};

HostRules::HostRules() = default;
HostRules::HostRules(HostRules&& other) noexcept = default;
HostRules& HostRules::operator=(HostRules&& other) noexcept = default;
HostRules::~HostRules() = default;

bool HostRules::empty() const noexcept {
  return programs_ == nullptr;
}

Result<HostRules> HostRules::create(std::span<const RedactionRule> rules) {
  HostRules made;
  if (rules.empty()) return made;
  made.programs_ = std::make_unique<Programs>();
  RE2::Options for_set = options();
  for_set.set_max_mem(kMaxProgramBytes * 8);
  auto set = std::make_unique<RE2::Set>(for_set, RE2::UNANCHORED);
  for (const RedactionRule& rule : rules) {
    if (rule.pattern.empty()) return refuse(rule, "the pattern is empty");
    if (rule.pattern.size() > RedactionRules::kMaxPatternBytes)
      return refuse(rule, "the pattern is longer than 1024 bytes");
    auto program = std::make_unique<RE2>(rule.pattern, options());
    if (!program->ok()) return refuse(rule, "not an RE2 pattern: " + program->error());
    if (matches_empty(*program)) return refuse(rule, "the pattern matches the empty string");
    if (set->Add(rule.pattern, nullptr) < 0) return refuse(rule, "not an RE2 pattern");
    made.programs_->single.push_back(std::move(program));
  }
  // A set that does not fit its memory only costs time.
  if (rules.size() > 1 && set->Compile()) made.programs_->set = std::move(set);
  return made;
}

void HostRules::match(std::string_view line, std::size_t first, std::size_t most,
                      std::vector<SecretMatch>& found) const {
  if (programs_ == nullptr) return;
  const re2::StringPiece text(line.data(), line.size());
  std::vector<int> which;
  if (programs_->set != nullptr) {
    RE2::Set::ErrorInfo error{};
    if (!programs_->set->Match(text, &which, &error)) {
      if (error.kind == RE2::Set::kNoError) return;
      which.clear();  // it ran out of memory: ask each
    }
  }
  const auto all = static_cast<int>(programs_->single.size());
  if (which.empty())
    for (int i = 0; i < all; ++i) which.push_back(i);
  for (const int index : which) {
    const RE2& program = *programs_->single[static_cast<std::size_t>(index)];
    const std::size_t rule = first + static_cast<std::size_t>(index);
    re2::StringPiece match;
    std::size_t matches = 0;
    for (std::size_t from = 0; from <= line.size() && program.Match(text, from, line.size(),
                                                                    RE2::UNANCHORED, &match, 1);) {
      const auto begin = static_cast<std::size_t>(match.data() - line.data());
      if (++matches > most) {
        found.push_back({rule, begin, line.size()});
        break;
      }
      if (!match.empty()) found.push_back({rule, begin, begin + match.size()});
      from = begin + std::max<std::size_t>(match.size(), 1);
    }
  }
  std::sort(found.begin(), found.end(), [](const SecretMatch& a, const SecretMatch& b) {
    return std::pair(a.begin, a.rule) < std::pair(b.begin, b.rule);
  });
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
