#include "coefficient/redis/ratelimit_backend.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <utility>

#include "redis/address.h"
#include "redis/gcra_script.h"
#include "redis/gcra_wire.h"
#include "redis/session_pool.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace redis {
namespace {

using ratelimit::Ask;
using ratelimit::Grant;
using ratelimit::Policy;

// So that neither side has to hold much, and an answer is never above what a Link reads.
constexpr std::size_t kMostInOneExchange = 256;

Error bad_option(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("redis: ") + what};
}

Result<> check_options(const RatelimitOptions& options) {
  using namespace std::chrono_literals;
  if (options.prefix.size() > 64) return bad_option("the prefix is above 64 bytes");
  if (options.deadline < 1ms || options.deadline > 60s)
    return bad_option("deadline is not 1 ms to 60 s");
  if (options.connections == 0 || options.connections > 256)
    return bad_option("connections is not 1 to 256");
  if (options.database > 1'000'000) return bad_option("there is no such database");
  return {};
}

// An ask that is on its way, when it is decided, and where its answer goes.
struct Sent {
  const Ask* ask;
  std::string_view now;
  std::optional<Result<Grant>>* answer;
};

}  // namespace

struct RatelimitBackend::State {
  State(RatelimitOptions options_, SecretBytes password_, const Address& address_)
      : options(std::move(options_)),
        password(std::move(password_)),
        address(address_),
        pool(options.connections, [this](Deadline deadline) { return open(deadline); }) {}

  Result<Session> open(Deadline deadline);
  Result<> exchange(Session& session, std::span<const Sent> sent, Deadline deadline);
  Result<std::vector<Reply>> call(Session& session, std::span<const Sent> sent, bool with_text,
                                  Deadline deadline);

  const RatelimitOptions options;
  const SecretBytes password;
  const Address address;
  std::atomic<std::uint64_t> decisions = 0;
  std::atomic<std::uint64_t> exchanges = 0;
  std::atomic<std::uint64_t> connections = 0;
  SessionPool pool;
};

// One exchange, whatever there is to say first.
Result<Session> RatelimitBackend::State::open(Deadline deadline) {
  auto link = Link::open(address, deadline);
  if (!link) return link.error();
  connections.fetch_add(1, std::memory_order_relaxed);
  std::string commands;
  std::size_t count = 0;
  if (!password.empty()) {
    const auto bytes = password.expose();
    const std::string_view secret(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::vector<std::string_view> words{"AUTH"};
    if (!options.username.empty()) words.push_back(options.username);
    words.push_back(secret);
    commands.reserve(bytes.size() + options.username.size() + 8192);  // it is wiped in one place
    append_command(commands, words);
    ++count;
  }
  const std::string database = std::to_string(options.database);
  if (options.database != 0) {
    append_command(commands, std::array<std::string_view, 2>{"SELECT", database});
    ++count;
  }
  append_command(commands, std::array<std::string_view, 3>{"SCRIPT", "LOAD", kGcraScript});
  ++count;
  auto replies = link->exchange(commands, count, deadline);
  wipe(std::as_writable_bytes(std::span(commands)));
  if (!replies) return replies.error();
  for (std::size_t i = 0; i < replies->size(); ++i) {
    auto error = error_of(*(*replies)[i]);
    if (!error) continue;
    if (i == 0 && !password.empty()) error->code = ErrorCode::kUnauthenticated;
    return *std::move(error);
  }
  const redisReply& id = *replies->back();
  if (id.type != REDIS_REPLY_STRING || id.len != 40)
    return Error{ErrorCode::kInternal, "redis: SCRIPT LOAD answered no digest"};
  return Session{*std::move(link), std::string(id.str, id.len)};
}

Result<std::vector<Reply>> RatelimitBackend::State::call(Session& session,
                                                         std::span<const Sent> sent, bool with_text,
                                                         Deadline deadline) {
  std::string commands;
  for (const Sent& one : sent) {
    append_ask(
        commands,
        with_text ? ScriptCall{"EVAL", kGcraScript} : ScriptCall{"EVALSHA", session.script_id},
        options.prefix, *one.ask, one.now);
    with_text = false;  // the first one makes it known to those behind it
  }
  exchanges.fetch_add(1, std::memory_order_relaxed);
  return session.link.exchange(commands, sent.size(), deadline);
}

Result<> RatelimitBackend::State::exchange(Session& session, std::span<const Sent> sent,
                                           Deadline deadline) {
  std::vector<Sent> again;
  for (const bool with_text : {false, true}) {
    auto replies = call(session, sent, with_text, deadline);
    if (!replies) return replies.error();
    std::vector<Sent> unknown;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const redisReply& reply = *(*replies)[i];
      if (is_replica_refusal(reply)) return *error_of(reply);
      if (is_unknown_script(reply) && !with_text)
        unknown.push_back(sent[i]);
      else
        *sent[i].answer = read_grant(reply, *sent[i].ask);
    }
    if (unknown.empty()) break;
    again = std::move(unknown);
    sent = again;
  }
  return {};
}

RatelimitBackend::RatelimitBackend(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
RatelimitBackend::~RatelimitBackend() = default;

Result<std::unique_ptr<RatelimitBackend>> RatelimitBackend::create(RatelimitOptions options,
                                                                   SecretBytes password) {
  if (auto checked = check_options(options); !checked) return checked.error();
  const auto address = parse_address(options.server);
  if (!address) return address.error();
  if (!options.username.empty() && password.empty())
    return bad_option("a user name needs a password");
  return std::unique_ptr<RatelimitBackend>(new RatelimitBackend(
      std::make_unique<State>(std::move(options), std::move(password), *address)));
}

Result<> RatelimitBackend::check(std::span<const Policy> policies) const {
  if (policies.empty() || policies.size() > kMaxPolicies) return bad_option("1 to 8 policies");
  for (std::size_t i = 0; i < policies.size(); ++i) {
    if (auto checked = check_countable(policies[i]); !checked) return checked;
    for (std::size_t j = 0; j < i; ++j)
      if (policies[i].name == policies[j].name) return bad_option("two policies have one name");
  }
  return {};
}

std::vector<Result<Grant>> RatelimitBackend::decide(std::span<const Ask> asks) {
  const Deadline deadline = std::chrono::steady_clock::now() + state_->options.deadline;
  std::vector<std::optional<Result<Grant>>> answers(asks.size());
  const auto now = now_text(state_->options.clock);
  std::vector<Sent> sent;
  sent.reserve(asks.size());
  for (std::size_t i = 0; i < asks.size(); ++i) {
    if (auto checked = check_ask(asks[i]); !checked)
      answers[i] = checked.error();
    else if (!now)
      answers[i] = now.error();
    else
      sent.push_back({&asks[i], *now, &answers[i]});
  }
  state_->decisions.fetch_add(sent.size(), std::memory_order_relaxed);
  for (std::size_t at = 0; at < sent.size(); at += kMostInOneExchange) {
    const auto part = std::span(sent).subspan(at, std::min(kMostInOneExchange, sent.size() - at));
    auto done = state_->pool.with_session(
        deadline, [&](Session& session) { return state_->exchange(session, part, deadline); });
    if (done) continue;
    for (const Sent& one : part)
      if (!*one.answer) *one.answer = done.error();
  }
  std::vector<Result<Grant>> out;
  out.reserve(answers.size());
  for (auto& answer : answers) out.push_back(*std::move(answer));
  return out;
}

RatelimitStats RatelimitBackend::stats() const noexcept {
  return {state_->decisions.load(std::memory_order_relaxed),
          state_->exchanges.load(std::memory_order_relaxed),
          state_->connections.load(std::memory_order_relaxed)};
}

}  // namespace redis
COEFFICIENT_END_NAMESPACE
