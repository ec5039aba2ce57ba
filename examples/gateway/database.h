#ifndef COEFFICIENT_GATEWAY_DATABASE_H_
#define COEFFICIENT_GATEWAY_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gateway {

/// A prepared statement of a Database, which must outlive it. Parameters and columns count from 0.
///
/// Thread safety: that of its database.
class Statement {
 public:
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(std::span<const std::byte> blob);
  Statement& bind(std::nullopt_t);
  Statement& bind_optional(const std::optional<std::string>& text);

  /// Runs to the next row: true with a row, false at the end. The errors of binding show here too.
  Result<bool> step();
  /// Runs a statement that gives no rows and makes it ready for the next binds. Returns the number
  /// of rows it changed.
  Result<std::int64_t> run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Statement(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_ = 1;
  int bind_status_ = 0;
};

/// A SQLite connection with the settings that the gateway's promises need: WAL, synchronous=FULL
/// (a commit that returned survives a power cut), foreign keys, a busy timeout.
///
/// Thread safety: none; the owner locks.
class Database {
 public:
  /// Opens an existing file; an empty one is an empty database. Errors: kNotFound, kDataLoss if it
  /// is not a database, kUnavailable.
  static Result<Database> open(const std::filesystem::path& path);

  Result<> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// Returns the first column of the first row of `sql` as text.
  Result<std::string> value(std::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  explicit Database(sqlite3* database) noexcept : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

/// A transaction that holds the write lock from its start; rolled back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  /// Returns once the changes are on stable storage. On an error nothing of them remains.
  Result<> commit();

 private:
  explicit Transaction(Database& database) noexcept : database_(&database) {}
  Database* database_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DATABASE_H_
