#ifndef COEFFICIENT_SRC_SQLITE_CONNECTION_H_
#define COEFFICIENT_SRC_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// Returns the error for a result code of SQLite, in the words of vault::Store: kUnavailable (busy,
/// I/O, disk full, out of memory, not accessible), kDataLoss (damaged, not a database),
/// kResourceExhausted (a value too big), kFailedPrecondition (a constraint), else kInternal.
/// SQLite's messages name tables and columns, never a bound value.
Error error_from(int status, sqlite3* database);

/// A prepared statement that is kept and run many times, each time by a Run.
///
/// Thread safety: that of its connection.
class Statement {
 public:
  Statement() = default;

 private:
  friend class Connection;
  friend class Run;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Statement(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One execution of a statement, which is reset at its end. What is bound must outlive it.
class Run {
 public:
  explicit Run(Statement& statement) noexcept : statement_(statement.statement_.get()) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  Run& bind(std::int64_t value);
  Run& bind(std::string_view text);
  Run& bind(std::span<const std::byte> blob);
  Run& bind_null();

  /// Runs to the next row: true with a row, false at the end. The errors of binding show here too.
  Result<bool> step();
  /// Runs a statement that gives no rows; returns the number of rows that it changed.
  Result<std::int64_t> change();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  /// Returns the bytes of a text or blob; valid until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::span<const std::byte> blob(int column) const;

 private:
  sqlite3_stmt* statement_;
  int next_ = 1;
  int bind_status_ = SQLITE_OK;
};

/// A connection to a database file with the settings on which the promises rest: WAL,
/// synchronous=FULL (a commit that returned survives a power cut), foreign keys, and nothing that
/// a file's schema could run.
///
/// Thread safety: none; the owner locks.
class COEFFICIENT_SQLITE_EXPORT Connection {
 public:
  enum class Mode { kReadWrite, kReadOnly };
  /// Opens an existing file; an empty one is an empty database. A lock that another connection or
  /// process holds is waited for as long as `busy`. Errors: those of error_from().
  static Result<Connection> open(const std::filesystem::path& path, Mode mode,
                                 std::chrono::milliseconds busy);

  Result<> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// Returns the first column of the first row of `sql`; kNotFound if there is none.
  Result<std::int64_t> integer(std::string_view sql);
  Result<std::string> text(std::string_view sql);

  [[nodiscard]] sqlite3* handle() const noexcept { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  explicit Connection(sqlite3* database) noexcept : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

/// A transaction, rolled back unless committed.
class Transaction {
 public:
  /// `sql` is how it begins: BEGIN IMMEDIATE takes the write lock, BEGIN a snapshot at the first
  /// read.
  static Result<Transaction> begin(Connection& connection, const char* sql = "BEGIN IMMEDIATE");
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  /// Returns once the changes are on stable storage.
  Result<> commit();
  void roll_back() noexcept;

 private:
  explicit Transaction(Connection& connection) noexcept : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_CONNECTION_H_
