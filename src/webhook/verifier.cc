#include "coefficient/webhook/verifier.h"

#include <utility>

#include "webhook/scheme_check.h"
#include "webhook/session_state.h"
#include "webhook/state_handles.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

Verifier::Verifier(std::shared_ptr<const detail::StateHandles> state) noexcept
    : state_(std::move(state)) {}

// The keys are taken by value to end here: their secrets are wiped.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Result<Verifier> Verifier::create(Scheme scheme, std::vector<Key> keys, const Clock& clock,
                                  VerifierOptions options) {
  if (options.tolerance) scheme.tolerance = *options.tolerance;
  auto content = detail::check_scheme(scheme);
  if (!content) return Error{content.error().code, "scheme: " + content.error().message};
  auto state = std::make_shared<detail::VerifierState>();
  for (const Key& key : keys) state->key_names.push_back(key.name);
  if (const auto ok = detail::check_key_names(state->key_names); !ok) return ok.error();
  for (const Key& key : keys) {
    auto compiled = detail::compile_key(scheme, key, options.min_secret_bytes);
    if (!compiled) return compiled.error();
    state->keys.push_back(*std::move(compiled));
  }
  state->endpoint = std::move(options.endpoint);
  state->id_in_body = scheme.id_in_body;
  state->event_type_in_body = scheme.event_type_in_body;
  state->content = *std::move(content);
  state->clock = &clock;
  state->max_body_bytes = options.max_body_bytes.value_or(scheme.max_body_bytes);
  state->tolerance = scheme.tolerance;
  state->scheme = std::move(scheme);
  return Verifier(std::make_shared<const detail::StateHandles>(std::move(state)));
}

Result<Verified, Refusal> Verifier::verify(const Request& request, std::string body) const {
  // Two kilobytes that its constructor leaves mostly unwritten on purpose: without the attribute,
  // -ftrivial-auto-var-init would zero them for each request. In the one spelling that g++ and
  // clang share.
  __attribute__((uninitialized)) detail::SessionState session(state_->of_this_thread(), {});
  if (const auto ok = session.start(request); !ok) return ok.error();
  if (const auto ok = session.absorb_all(std::move(body)); !ok) return ok.error();
  return session.finish();
}

Result<Session, Refusal> Verifier::begin(const Request& request, StreamOptions options) const {
  auto session = std::make_unique<detail::SessionState>(state_->of_this_thread(), options);
  if (const auto ok = session->start(request); !ok) return ok.error();
  return Session(std::move(session));
}

std::size_t Verifier::max_body_bytes() const noexcept {
  return state_->state().max_body_bytes;
}
const Scheme& Verifier::scheme() const noexcept {
  return state_->state().scheme;
}

Session::Session(std::unique_ptr<detail::SessionState> state) noexcept : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<void, Refusal> Session::update(std::span<const std::byte> chunk) {
  if (state_ == nullptr) return Refusal{Reason::kUnavailable};  // moved from
  return state_->absorb(chunk);
}

Result<void, Refusal> Session::update(std::string_view chunk) {
  return update(std::as_bytes(std::span(chunk)));
}

Result<Verified, Refusal> Session::finish() && {
  const auto state = std::move(state_);
  if (state == nullptr) return Refusal{Reason::kUnavailable};
  return state->finish();
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
