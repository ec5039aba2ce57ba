#ifndef COEFFICIENT_GATEWAY_INBOX_H_
#define COEFFICIENT_GATEWAY_INBOX_H_

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/webhook/verified.h"
#include "database.h"
#include "result.h"

namespace gateway {

/// A verified delivery on its way into the inbox.
struct Delivery {
  std::string endpoint;
  coefficient::webhook::ReplayKey replay_key{};
  std::optional<std::string> delivery_id;
  bool delivery_id_signed = false;
  std::optional<std::string> event;
  std::string key_name;
  std::string payload;  ///< The JSON document; the raw body if it holds none.
  /// Why there is no JSON document: such a delivery is a dead letter from the start.
  std::optional<std::string> defect;
};

enum class Admission { kAccepted, kDuplicate };

/// The right to work on one delivery until it expires or somebody else takes it over.
struct Lease {
  std::int64_t id = 0;
  std::int64_t fence = 0;  ///< Grows with every lease of the row; older ones can write nothing.
  std::string owner;
  std::uint32_t attempt = 0;  ///< 1 for the first.
  std::string endpoint;
  std::string delivery_id;
  std::string event;
  std::string payload;
};

/// What came of a delivery.
struct Outcome {
  enum class Status { kMinimized, kIgnored };
  Status status = Status::kIgnored;
  std::string reason;     ///< Why it was ignored.
  std::string minimized;  ///< The JSON that may leave the host.
  std::string report;     ///< JSON: the counts of what left and what stayed, and for which change.
  std::string receipt;    ///< The manifest of `minimized` (coefficient/diff/manifest.h).
};

struct InboxCounts {
  std::int64_t queued = 0, leased = 0, done = 0, dead = 0;
};

struct DeadLetter {
  std::int64_t id = 0;
  std::string endpoint, event, delivery_id, error;
  std::uint32_t attempts = 0;
};

/// What left, and the proof of it.
struct DiffReceipt {
  std::int64_t id = 0;  ///< Of the delivery.
  std::int64_t finished_ms = 0;
  std::string manifest;
  std::string minimized;
};

struct InboxOptions {
  std::chrono::milliseconds lease{60000};
  std::uint32_t max_attempts = 20;
};

/// The durable queue between the HTTP side and the worker. Every call that changes something
/// returns after the commit is on stable storage.
///
/// Duplicates: a delivery is one if its replay key (SHA-256 of endpoint and signed content) is
/// known, or if it carries a *signed* id that its endpoint has seen (Slack signs each retry anew,
/// with a new time). An unsigned id (GitHub's) decides nothing: with it a replayer could make a
/// second delivery of a first, or block one that is still to come, and two apps do see the same id.
///
/// Thread safety: all members may be called concurrently.
class Inbox {
 public:
  static constexpr int kSchemaVersion = 2;

  /// Makes a new database file. Errors: kAlreadyExists, kNotFound (no such directory).
  static Result<> create(const std::filesystem::path& path);
  /// Opens one, bringing an older schema up to date. `clock` must outlive the inbox. Errors:
  /// kNotFound, kDataLoss if it is not an inbox, kFailedPrecondition if its schema is newer than
  /// this program.
  static Result<std::unique_ptr<Inbox>> open(const std::filesystem::path& path, const Clock& clock,
                                             InboxOptions options = {});

  /// Deduplicates and enqueues `deliveries` in one transaction: all of them or, on an error, none.
  Result<std::vector<Admission>> admit(std::span<const Delivery> deliveries);

  /// Leases the oldest delivery that is due, or nothing. One that used up its attempts without
  /// ever being finished or failed (the process died each time) becomes a dead letter here.
  Result<std::optional<Lease>> lease(std::string_view owner);
  /// Stores the result, marks the delivery done and drops its payload, in one transaction.
  /// kFailedPrecondition if the lease was lost: then nothing is stored.
  Result<> complete(const Lease& lease, const Outcome& outcome);
  /// Gives the delivery back for a later attempt (2, 4, 8 ... up to 300 s), or makes it a dead
  /// letter: if `permanent`, or if it was the last attempt. Its claim on its replay key stays.
  /// Returns whether it is dead. kFailedPrecondition as above.
  Result<bool> fail(const Lease& lease, std::string_view error, bool permanent);
  /// Gives the delivery back for later as if it had not been leased: what stood in the way is not
  /// the delivery's, so it uses up no attempt. kFailedPrecondition as above.
  Result<> put_back(const Lease& lease, std::string_view error);

  /// Makes all leases expire now: at start, when the directory's lock shows that their owner died.
  Result<> expire_leases();
  /// Returns when the next delivery is due; nothing if none waits.
  Result<std::optional<std::chrono::system_clock::time_point>> next_due();

  Result<InboxCounts> counts();
  Result<std::vector<DeadLetter>> dead_letters();
  /// Puts a dead letter back in the queue with a fresh count of attempts. kNotFound.
  Result<> requeue(std::int64_t id);
  /// Returns every result that has something to leave, oldest first, or only the one of delivery
  /// `id` if it is not 0; kNotFound if there is no such one.
  Result<std::vector<DiffReceipt>> receipts(std::int64_t id = 0);

  /// Moves the write-ahead log into the database file and empties it.
  Result<> checkpoint();
  /// Returns "ok", or what SQLite found wrong.
  Result<std::string> check();
  /// Returns the journal mode and the synchronous level in effect, e.g. "wal" and "2" (FULL).
  Result<std::string> pragma(std::string_view name);

 private:
  Inbox(Database database, const Clock& clock, InboxOptions options);
  [[nodiscard]] std::int64_t now() const;
  Result<std::optional<Lease>> take_due(std::string_view owner);
  Result<> settle(Statement& update);

  std::mutex mutex_;
  Database database_;
  const Clock* clock_;
  InboxOptions options_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_INBOX_H_
