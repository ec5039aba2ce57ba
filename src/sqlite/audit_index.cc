#include "coefficient/sqlite/audit_index.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "sqlite/connection.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x43464149;  // "CFAI"
constexpr std::int64_t kVersion = 1;
constexpr std::chrono::seconds kBusy{5};

// Integers are signed in SQLite. A log never has 2^63 records.
constexpr const char* kSchema = R"sql(
CREATE TABLE position (
  id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL, next INTEGER NOT NULL,
  root BLOB NOT NULL) STRICT;
CREATE TABLE entry (
  idx INTEGER PRIMARY KEY, time INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  target TEXT NOT NULL, outcome INTEGER NOT NULL) STRICT;
CREATE INDEX entry_actor ON entry (actor, idx);
CREATE INDEX entry_action ON entry (action, idx);
CREATE INDEX entry_target ON entry (target, idx);
CREATE INDEX entry_time ON entry (time);
PRAGMA application_id = 1128677705;
PRAGMA user_version = 1;
)sql";
static_assert(kApplicationId == 1128677705);

Result<> make_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Error{ErrorCode::kUnavailable, "the index cannot be opened"};
  ::close(fd);
  return {};
}

Result<> prepare_schema(Connection& connection) {
  Result<std::int64_t> tables = connection.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables == 0) {
    Result<Transaction> transaction = Transaction::begin(connection);
    if (!transaction) return transaction.error();
    if (Result<> made = connection.execute(kSchema); !made) return made;
    return transaction->commit();
  }
  Result<std::int64_t> application = connection.integer("PRAGMA application_id");
  Result<std::int64_t> version = connection.integer("PRAGMA user_version");
  if (!application) return application.error();
  if (!version) return version.error();
  if (*application != kApplicationId || *version != kVersion)
    return Error{ErrorCode::kFailedPrecondition, "the file is not an index of an audit log"};
  return {};
}

// The smallest text that is larger than all that begin with `prefix`, for a range that an index
// serves; LIKE and GLOB would give the prefix's characters a meaning. An action is ASCII.
std::string after_prefix(std::string prefix) {
  prefix += '\x7F';
  return prefix;
}

std::int64_t clamp(std::uint64_t value) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(value, kMax));
}

/// The WHERE clause of a query, and what is bound to it in the same order.
class Conditions {
 public:
  explicit Conditions(const audit::Query& query) {
    number("idx >= ?", clamp(query.begin));
    if (query.actor) text("actor = ?", *query.actor);
    if (query.target) text("target = ?", *query.target);
    if (query.action && !query.action->ends_with('*')) text("action = ?", *query.action);
    if (query.action && query.action->ends_with('*')) {
      std::string prefix = query.action->substr(0, query.action->size() - 1);
      text("action >= ?", prefix);
      text("action < ?", after_prefix(std::move(prefix)));
    }
    if (query.outcome) number("outcome = ?", static_cast<std::int64_t>(*query.outcome));
    if (query.from) number("time >= ?", query.from->time_since_epoch().count());
    if (query.until) number("time < ?", query.until->time_since_epoch().count());
  }
  [[nodiscard]] std::string sql() const {
    return "SELECT idx FROM entry WHERE " + where_ + " ORDER BY idx LIMIT ?";
  }
  void bind(Run& run) const {
    for (const Value& value : values_) {
      if (value.is_text) {
        run.bind(std::string_view(value.text));
      } else {
        run.bind(value.number);
      }
    }
  }

 private:
  struct Value {
    bool is_text;
    std::string text;
    std::int64_t number;
  };
  void condition(const char* sql, Value value) {
    where_ += (where_.empty() ? "" : " AND ") + std::string(sql);
    values_.push_back(std::move(value));
  }
  void text(const char* sql, std::string value) { condition(sql, {true, std::move(value), 0}); }
  void number(const char* sql, std::int64_t value) { condition(sql, {false, {}, value}); }

  std::string where_;
  std::vector<Value> values_;
};

}  // namespace

struct AuditIndex::State {
  explicit State(Connection opened) : connection(std::move(opened)) {}
  Connection connection;
  Statement insert;
  Statement move;
  Statement position;
  Statement prune;
};

AuditIndex::AuditIndex(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
AuditIndex::~AuditIndex() = default;

Result<std::unique_ptr<AuditIndex>> AuditIndex::open(const std::filesystem::path& path) {
  if (Result<> made = make_file(path); !made) return made.error();
  Result<Connection> connection = Connection::open(path, Connection::Mode::kReadWrite, kBusy);
  if (!connection) return connection.error();
  if (Result<> set = connection->execute("PRAGMA secure_delete=ON"); !set) return set.error();
  if (Result<> ready = prepare_schema(*connection); !ready) return ready.error();
  auto state = std::make_unique<State>(std::move(*connection));
  const auto prepare = [&state](Statement& out, const char* sql) -> Result<> {
    Result<Statement> prepared = state->connection.prepare(sql);
    if (!prepared) return prepared.error();
    out = std::move(*prepared);
    return {};
  };
  if (Result<> done = prepare(state->insert, "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)"); !done)
    return done.error();
  if (Result<> done = prepare(state->move, "INSERT OR REPLACE INTO position VALUES (1, ?, ?, ?)");
      !done)
    return done.error();
  if (Result<> done = prepare(state->position, "SELECT origin, next, root FROM position"); !done)
    return done.error();
  if (Result<> done = prepare(state->prune, "DELETE FROM entry WHERE idx < ?"); !done)
    return done.error();
  return std::unique_ptr<AuditIndex>(new AuditIndex(std::move(state)));
}

Result<audit::IndexPosition> AuditIndex::position() {
  Run run(state_->position);
  Result<bool> row = run.step();
  if (!row) return row.error();
  audit::IndexPosition position;
  if (!*row) return position;
  const std::span<const std::byte> root = run.blob(2);
  if (root.size() != audit::kHashBytes || run.integer(1) < 0)
    return Error{ErrorCode::kDataLoss, "the index is damaged"};
  position.origin = run.text(0);
  position.next = static_cast<std::uint64_t>(run.integer(1));
  std::copy(root.begin(), root.end(), position.root.begin());
  return position;
}

Result<> AuditIndex::add(std::span<const audit::IndexEntry> entries,
                         const audit::IndexPosition& after) {
  Result<Transaction> transaction = Transaction::begin(state_->connection);
  if (!transaction) return transaction.error();
  for (const audit::IndexEntry& entry : entries) {
    Run run(state_->insert);
    run.bind(clamp(entry.index)).bind(std::int64_t{entry.time.time_since_epoch().count()});
    run.bind(std::string_view(entry.actor)).bind(std::string_view(entry.action));
    run.bind(std::string_view(entry.target)).bind(static_cast<std::int64_t>(entry.outcome));
    if (Result<std::int64_t> changed = run.change(); !changed) return changed.error();
  }
  {
    Run run(state_->move);
    run.bind(std::string_view(after.origin)).bind(clamp(after.next));
    run.bind(std::span<const std::byte>(after.root));
    if (Result<std::int64_t> changed = run.change(); !changed) return changed.error();
  }
  return transaction->commit();
}

Result<std::vector<std::uint64_t>> AuditIndex::find(const audit::Query& query) {
  const Conditions conditions(query);
  Result<Statement> statement = state_->connection.prepare(conditions.sql());
  if (!statement) return statement.error();
  Run run(*statement);
  conditions.bind(run);
  run.bind(clamp(query.limit));
  std::vector<std::uint64_t> found;
  for (;;) {
    Result<bool> row = run.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(static_cast<std::uint64_t>(run.integer(0)));
  }
}

Result<> AuditIndex::prune(std::uint64_t first_kept) {
  Run run(state_->prune);
  run.bind(clamp(first_kept));
  if (Result<std::int64_t> changed = run.change(); !changed) return changed.error();
  return {};
}

Result<> AuditIndex::clear() {
  Result<Transaction> transaction = Transaction::begin(state_->connection);
  if (!transaction) return transaction.error();
  if (Result<> done = state_->connection.execute("DELETE FROM entry; DELETE FROM position"); !done)
    return done;
  return transaction->commit();
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
