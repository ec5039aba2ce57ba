#include "admin_store.h"

#include <utility>

namespace gateway {

Result<AdminStore> AdminStore::open(const std::filesystem::path& path) {
  auto database = Database::open(path);
  if (!database) return database.error();
  return AdminStore(*std::move(database));
}

Result<std::vector<DeliverySummary>> AdminStore::deliveries(std::int64_t before,
                                                            std::size_t limit) {
  auto query = database_.prepare(
      "SELECT id, received_ms, endpoint, event, delivery_id, state, attempts,"
      " (SELECT status FROM results WHERE inbox_id = id)"
      " FROM inbox WHERE id < ? ORDER BY id DESC LIMIT ?");
  if (!query) return query.error();
  query->bind(before).bind(static_cast<std::int64_t>(limit));
  std::vector<DeliverySummary> out;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back({.id = query->integer(0),
                   .received_ms = query->integer(1),
                   .endpoint = query->text(2),
                   .event = query->text(3),
                   .delivery_id = query->text(4),
                   .state = query->text(5),
                   .result = query->text(7),
                   .attempts = query->integer(6)});
  }
}

Result<StoredReceipt> AdminStore::receipt(std::int64_t id) {
  auto query = database_.prepare(
      "SELECT finished_ms, receipt FROM results WHERE inbox_id = ? AND status = 'minimized'");
  if (!query) return query.error();
  query->bind(id);
  auto row = query->step();
  if (!row) return row.error();
  if (!*row) {
    return Error{ErrorCode::kNotFound, "nothing left for delivery " + std::to_string(id)};
  }
  return StoredReceipt{.finished_ms = query->integer(0), .manifest = query->text(1)};
}

}  // namespace gateway
