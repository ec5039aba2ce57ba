#include "sqlite/connection.h"

#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

ErrorCode code_from(int status) {
  switch (status & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kDataLoss;
    case SQLITE_TOOBIG:
      return ErrorCode::kResourceExhausted;
    case SQLITE_CONSTRAINT:
      return ErrorCode::kFailedPrecondition;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

// A null pointer binds NULL: an empty value still needs an address.
template <class T>
const void* address_of(std::span<const T> bytes) {
  return bytes.data() != nullptr ? static_cast<const void*>(bytes.data()) : "";
}

}  // namespace

Error error_from(int status, sqlite3* database) {
  const char* said = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(status);
  std::string message = std::string("sqlite: ") + said;
  // The general message ("disk I/O error") leaves out which call failed.
  if ((status & 0xff) == SQLITE_IOERR) message += " (" + std::to_string(status) + ")";
  return Error{code_from(status), std::move(message)};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  (void)sqlite3_finalize(statement);  // repeats the error of the last step, already reported
}

Run::~Run() {
  (void)sqlite3_reset(statement_);  // repeats step()'s error
  (void)sqlite3_clear_bindings(statement_);
}

Run& Run::bind(std::int64_t value) {
  bind_status_ |= sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}
Run& Run::bind(std::string_view text) {
  const void* data = address_of(std::span(text.data(), text.size()));
  bind_status_ |= sqlite3_bind_text64(statement_, next_++, static_cast<const char*>(data),
                                      text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}
Run& Run::bind(std::span<const std::byte> blob) {
  bind_status_ |=
      sqlite3_bind_blob64(statement_, next_++, address_of(blob), blob.size(), SQLITE_STATIC);
  return *this;
}
Run& Run::bind_null() {
  bind_status_ |= sqlite3_bind_null(statement_, next_++);
  return *this;
}

Result<bool> Run::step() {
  if (bind_status_ != SQLITE_OK) return error_from(bind_status_, sqlite3_db_handle(statement_));
  const int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return error_from(status, sqlite3_db_handle(statement_));
}

Result<std::int64_t> Run::change() {
  auto stepped = step();
  if (!stepped) return stepped.error();
  if (*stepped) return Error{ErrorCode::kInternal, "sqlite: rows from a change"};
  return std::int64_t{sqlite3_changes64(sqlite3_db_handle(statement_))};
}

std::int64_t Run::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
bool Run::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::string_view Run::text(int column) const {
  const auto bytes = blob(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::span<const std::byte> Run::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

void Connection::Close::operator()(sqlite3* database) const noexcept {
  (void)sqlite3_close_v2(database);
}

Result<Connection> Connection::open(const std::filesystem::path& path, Mode mode,
                                    std::chrono::milliseconds busy) {
  sqlite3* handle = nullptr;
  const int access = mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  const int status = sqlite3_open_v2(
      path.c_str(), &handle,
      access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW, nullptr);
  Connection connection(handle);
  if (status != SQLITE_OK) return error_from(status, handle);
  (void)sqlite3_busy_timeout(handle, static_cast<int>(busy.count()));
  // A file from elsewhere may hold triggers, views and functions: nothing of them runs.
  for (const auto& [option, value] :
       {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        std::pair{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, std::pair{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        std::pair{SQLITE_DBCONFIG_ENABLE_FKEY, 1}}) {
    const int set = sqlite3_db_config(handle, option, value, nullptr);
    if (set != SQLITE_OK) return error_from(set, handle);
  }
  if (auto set = connection.execute("PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON;"); !set)
    return set.error();
  return connection;
}

Result<> Connection::execute(const char* sql) {
  const int status = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return error_from(status, database_.get());
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int status = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (status != SQLITE_OK) return error_from(status, database_.get());
  return Statement(statement);
}

Result<std::int64_t> Connection::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  Run run(*statement);
  auto row = run.step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kNotFound, "sqlite: no row"};
  return run.integer(0);
}

Result<std::string> Connection::text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  Run run(*statement);
  auto row = run.step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kNotFound, "sqlite: no row"};
  return std::string(run.text(0));
}

Result<Transaction> Transaction::begin(Connection& connection, const char* sql) {
  if (auto begun = connection.execute(sql); !begun) return begun.error();
  return Transaction(connection);
}
Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}
Transaction::~Transaction() {
  roll_back();
}
void Transaction::roll_back() noexcept {
  // Fails only if SQLite has rolled back by itself (disk full, I/O error), which is the same.
  if (connection_ != nullptr) (void)connection_->execute("ROLLBACK");
  connection_ = nullptr;
}
Result<> Transaction::commit() {
  auto committed = connection_->execute("COMMIT");
  if (committed) connection_ = nullptr;
  return committed;
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
