#include "coefficient/diff/redaction.h"

#include <algorithm>
#include <utility>

#include "diff/redactor_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

Error refuse(const std::string& name, std::string_view why) {
  return Error{ErrorCode::kInvalidArgument, "redaction rule '" + name + "': " + std::string(why)};
}

bool is_rule_name(std::string_view name) {
  constexpr std::size_t kLongest = 32;
  return !name.empty() && name.size() <= kLongest &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

std::span<const std::string_view> builtin_redaction_rules() noexcept {
  return detail::kSecretRuleNames;
}

RedactionRules::RedactionRules(
    std::shared_ptr<const detail::CompiledRedactionRules> compiled) noexcept
    : compiled_(std::move(compiled)) {}

Result<RedactionRules> RedactionRules::create(const RedactionOptions& options) {
  auto made = std::make_shared<detail::CompiledRedactionRules>();
  const auto builtin = builtin_redaction_rules();
  made->enabled.fill(options.builtin);
  for (const std::string& name : options.disabled) {
    const auto found = std::find(builtin.begin(), builtin.end(), name);
    if (found == builtin.end()) {
      if (!is_rule_name(name))
        return Error{ErrorCode::kInvalidArgument, "a disabled redaction rule has a malformed name"};
      return refuse(name, "is disabled, but there is no such built-in rule");
    }
    made->enabled[static_cast<std::size_t>(found - builtin.begin())] = false;
  }
  made->any_builtin =
      std::find(made->enabled.begin(), made->enabled.end(), true) != made->enabled.end();
  if (options.rules.size() > kMaxHostRules)
    return Error{ErrorCode::kInvalidArgument, "more than 64 redaction rules of the host's own"};
  for (std::size_t i = 0; i < options.rules.size(); ++i) {
    const std::string& name = options.rules[i].name;
    if (!is_rule_name(name))
      return Error{ErrorCode::kInvalidArgument,
                   "redaction rule " + std::to_string(i + 1) +
                       " of the host's own: its name is not 1 to 32 of a-z, 0-9 and '-'"};
    if (std::find(builtin.begin(), builtin.end(), name) != builtin.end())
      return refuse(name, "a built-in rule has this name");
    if (std::find(made->host_names.begin(), made->host_names.end(), name) != made->host_names.end())
      return refuse(name, "the name is used twice");
    made->host_names.push_back(name);
  }
  auto host = detail::HostRules::create(options.rules);
  if (!host) return host.error();
  made->host = std::move(*host);
  return RedactionRules(std::move(made));
}

std::size_t RedactionRules::size() const noexcept {
  return detail::kSecretRules + compiled_->host_names.size();
}

std::string_view RedactionRules::name(std::size_t index) const noexcept {
  if (index < detail::kSecretRules) return detail::kSecretRuleNames[index];
  return compiled_->host_names[index - detail::kSecretRules];
}

Redactor::Redactor(std::unique_ptr<detail::RedactorState> state) noexcept
    : state_(std::move(state)) {}
Redactor::Redactor(Redactor&& other) noexcept = default;
Redactor& Redactor::operator=(Redactor&& other) noexcept = default;
Redactor::~Redactor() = default;

Result<Redactor> Redactor::create(const RedactionRules& rules, std::span<const std::byte> key) {
  if (!key.empty() && key.size() < kMinKeyBytes)
    return Error{ErrorCode::kInvalidArgument, "a correlation key has less than 16 bytes"};
  auto ids = detail::SecretIds::create(key, kMaxSecrets);
  if (!ids) return ids.error();
  return Redactor(std::make_unique<detail::RedactorState>(rules.compiled_, std::move(*ids)));
}

void Redactor::begin_input(std::string_view raw) {
  state_->begin_input(raw);
}
void Redactor::begin_file() {
  state_->begin_file();
}
void Redactor::begin_hunk(std::size_t columns) {
  state_->begin_hunk(columns);
}
void Redactor::context(std::string_view text) {
  state_->context(text);
}

std::string_view Redactor::changed(LineKind kind, std::string_view text, std::string& buffer) {
  return state_->changed(kind, text, buffer);
}

std::string_view Redactor::text(std::string_view whole, std::string& buffer) {
  return state_->text(whole, buffer);
}

std::span<const Redaction> Redactor::last() const noexcept {
  return state_->last();
}
std::span<const std::uint64_t> Redactor::counts() const noexcept {
  return state_->counts();
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
