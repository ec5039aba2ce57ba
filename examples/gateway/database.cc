#include "database.h"

#include <sqlite3.h>

#include <utility>

namespace gateway {
namespace {

// SQLite's messages for these codes name tables and pragmas, never a bound value.
Error from_sqlite(int status, sqlite3* database) {
  ErrorCode code = ErrorCode::kInternal;
  switch (status & 0xff) {
    case SQLITE_CANTOPEN:
      code = ErrorCode::kNotFound;
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_FULL:
      code = ErrorCode::kUnavailable;
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      code = ErrorCode::kDataLoss;
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      code = ErrorCode::kPermissionDenied;
      break;
    case SQLITE_CONSTRAINT:
      code = ErrorCode::kFailedPrecondition;
      break;
    case SQLITE_TOOBIG:
      code = ErrorCode::kResourceExhausted;
      break;
    default:
      break;
  }
  return Error{code, std::string("sqlite: ") +
                         (database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(status))};
}

// sqlite3_bind_* takes a null pointer for NULL: an empty value still needs an address.
const char* address_of(std::string_view text) {
  return text.data() != nullptr ? text.data() : "";
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  (void)sqlite3_finalize(statement);  // repeats the error of the last step, already reported
}

Statement& Statement::bind(std::int64_t value) {
  bind_status_ |= sqlite3_bind_int64(statement_.get(), next_++, value);
  return *this;
}
Statement& Statement::bind(std::string_view text) {
  bind_status_ |= sqlite3_bind_text64(statement_.get(), next_++, address_of(text), text.size(),
                                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}
Statement& Statement::bind(std::span<const std::byte> blob) {
  const void* data = blob.data();
  bind_status_ |= sqlite3_bind_blob64(statement_.get(), next_++, data != nullptr ? data : "",
                                      blob.size(), SQLITE_TRANSIENT);
  return *this;
}
Statement& Statement::bind(std::nullopt_t) {
  bind_status_ |= sqlite3_bind_null(statement_.get(), next_++);
  return *this;
}
Statement& Statement::bind_optional(const std::optional<std::string>& text) {
  return text ? bind(std::string_view(*text)) : bind(std::nullopt);
}

Result<bool> Statement::step() {
  sqlite3* database = sqlite3_db_handle(statement_.get());
  if (bind_status_ != SQLITE_OK) return from_sqlite(bind_status_, database);
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return from_sqlite(status, database);
}

Result<std::int64_t> Statement::run() {
  auto stepped = step();
  const std::int64_t changes = sqlite3_changes64(sqlite3_db_handle(statement_.get()));
  (void)sqlite3_reset(statement_.get());  // repeats step()'s error
  (void)sqlite3_clear_bindings(statement_.get());
  next_ = 1;
  bind_status_ = SQLITE_OK;
  if (!stepped) return stepped.error();
  return changes;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}
std::string Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}
bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* database) const noexcept {
  (void)sqlite3_close_v2(database);
}

Result<Database> Database::open(const std::filesystem::path& path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int status = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (status != SQLITE_OK) return from_sqlite(status, handle);
  (void)sqlite3_busy_timeout(handle, 5000);
  // Untrusted content is stored, never run: no functions or tables from the schema's text.
  (void)sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  (void)sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (auto set = database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                  "PRAGMA foreign_keys=ON;");
      !set) {
    return set.error();
  }
  return database;
}

Result<> Database::execute(const char* sql) {
  const int status = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return from_sqlite(status, database_.get());
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int status = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        &statement, nullptr);
  if (status != SQLITE_OK) return from_sqlite(status, database_.get());
  return Statement(statement);
}

Result<std::string> Database::value(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kNotFound, "sqlite: no row"};
  return statement->text(0);
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}
Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}
Transaction::~Transaction() {
  // Fails only if SQLite has rolled back by itself (disk full, I/O error), which is the same.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}
Result<> Transaction::commit() {
  auto committed = database_->execute("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace gateway
