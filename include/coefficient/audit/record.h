#ifndef COEFFICIENT_AUDIT_RECORD_H_
#define COEFFICIENT_AUDIT_RECORD_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coefficient/audit/export.h"
#include "coefficient/audit/value.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// The longest record, in bytes of its canonical text.
inline constexpr std::size_t kMaxRecordBytes = 65'535;
/// How deep a record's details may be nested.
inline constexpr std::size_t kMaxDetailsDepth = 8;

enum class Outcome {
  kSuccess,
  kFailure,
  kDenied,
  kIntent,   ///< About to be tried. A second record with `intent` set to this one's id closes it.
  kUnknown,  ///< An intent that a crash left open.
};

/// Returns "success", "failure", "denied", "intent" or "unknown".
COEFFICIENT_AUDIT_EXPORT std::string_view to_string(Outcome outcome) noexcept;
/// Returns the outcome of that name; nothing for any other text.
COEFFICIENT_AUDIT_EXPORT std::optional<Outcome> parse_outcome(std::string_view name) noexcept;

struct Actor {
  std::string type;  ///< E.g. "user", "service". Required.
  Field id = {};     ///< Required.
  Field session = {};
  friend bool operator==(const Actor&, const Actor&) = default;
};
struct Target {
  std::string type = {};
  Field id = {};
  friend bool operator==(const Target&, const Target&) = default;
};
struct Source {
  Field ip = {};
  Field user_agent = {};
  friend bool operator==(const Source&, const Source&) = default;
};

/// Who did what, when, to what, with what outcome. An empty text, object or optional is left out of
/// the JSON. Log::append() fills in what says so.
///
/// Texts are UTF-8 of any length that fits in the whole; names (types, `action`, the members of
/// `details`) are of `[a-z0-9_.]`, 1 to 64 characters.
///
/// Thread safety: as a std::map.
struct Record {
  std::string id;                    ///< 1 to 64 of `[A-Za-z0-9_-]`; the log fills in a ULID.
  Timestamp time{};                  ///< From 1970 to 9999; the log fills it in if it is zero.
  std::optional<std::uint64_t> seq;  ///< The record's index; the log's own, always set anew.
  std::string boot;                  ///< Which run of the kernel; the log's own.
  /// Nanoseconds since that boot, modulo 2^53: begins anew each 104 days, seq is the order. The
  /// log's own.
  std::optional<std::uint64_t> mono;
  Actor actor;
  std::string action;  ///< E.g. "vault.secret.read". Required.
  Target target;
  Source src;
  std::string service;  ///< The log fills in that of its options.
  std::string host;     ///< The log fills in that of its options.
  Outcome outcome = Outcome::kSuccess;
  std::string intent;  ///< The id of the intent that this record closes.
  Field reason;
  std::string trace;
  Value::Object details;
  friend bool operator==(const Record&, const Record&) = default;
};

/// Returns the record as canonical JSON (RFC 8785): one line whatever the texts hold, since control
/// characters are escaped. Errors: kInvalidArgument names the member that is missing, is not a
/// name, is not UTF-8 or is out of its range; kResourceExhausted above kMaxRecordBytes or
/// kMaxDetailsDepth. No message holds a value.
///
/// Thread safety: pure function.
COEFFICIENT_AUDIT_EXPORT Result<std::string> to_canonical(const Record& record);

/// The inverse. Accepts exactly what to_canonical() writes, and nothing else. Errors:
/// kInvalidArgument, kResourceExhausted, as above. Time and memory are linear in the text.
///
/// Thread safety: pure function.
COEFFICIENT_AUDIT_EXPORT Result<Record> parse_record(std::string_view text);

/// Returns `time` as RFC 3339 in UTC with six digits of fraction, always 27 characters; the time
/// must be of the years 1970 to 9999.
COEFFICIENT_AUDIT_EXPORT std::string format_time(Timestamp time);
/// The inverse; nothing for any other text, a 30th of February included.
COEFFICIENT_AUDIT_EXPORT std::optional<Timestamp> parse_time(std::string_view text) noexcept;

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_RECORD_H_
