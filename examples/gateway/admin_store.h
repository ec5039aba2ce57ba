#ifndef COEFFICIENT_GATEWAY_ADMIN_STORE_H_
#define COEFFICIENT_GATEWAY_ADMIN_STORE_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "database.h"
#include "result.h"

namespace gateway {

/// A delivery as a list shows it: nothing of its payload or of what left.
struct DeliverySummary {
  std::int64_t id = 0;
  std::int64_t received_ms = 0;
  std::string endpoint, event, delivery_id;
  std::string state;   ///< queued, leased, done, dead.
  std::string result;  ///< minimized, ignored; empty before it is done.
  std::int64_t attempts = 0;
};

struct StoredReceipt {
  std::int64_t finished_ms = 0;
  std::string manifest;  ///< Empty for a result of before there were receipts.
};

/// What the admin side reads of the inbox, over a connection of its own: under WAL a reader holds
/// up neither the committer nor the worker.
///
/// Thread safety: distinct objects only.
class AdminStore {
 public:
  /// Opens an inbox that Inbox::open() has brought up to date. Errors: those of Database::open.
  static Result<AdminStore> open(const std::filesystem::path& path);
  /// Returns up to `limit` deliveries with ids under `before`, the newest first.
  Result<std::vector<DeliverySummary>> deliveries(std::int64_t before, std::size_t limit);
  /// Returns the receipt of what left for delivery `id`. Error: kNotFound if nothing did.
  Result<StoredReceipt> receipt(std::int64_t id);

 private:
  explicit AdminStore(Database database) noexcept : database_(std::move(database)) {}
  Database database_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ADMIN_STORE_H_
