#include <chrono>
#include <utility>

#include "audit/log_state.h"
#include "audit/own_records.h"
#include "audit/record_id.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

// An integer of a record goes up to 2^53, which are 104 days.
constexpr std::uint64_t kMonoRange = std::uint64_t{1} << 53;

}  // namespace

Result<Draft> Log::State::draft(Record record) const {
  if (record.time == Timestamp{}) record.time = now();
  if (record.id.empty()) {
    auto id = new_record_id(record.time);
    if (!id) return id.error();
    record.id = *std::move(id);
  }
  if (record.service.empty()) record.service = options.service;
  if (record.host.empty()) record.host = options.host;
  record.boot = boot;
  record.mono = static_cast<std::uint64_t>(since_boot().count()) % kMonoRange;
  record.seq = 0;
  auto text = to_canonical(record);
  if (!text) return text.error();
  // The last one is the record's own: behind it there are texts only, in which a '"' has a
  // backslash before it.
  constexpr std::string_view kSeq = R"(,"seq":0)";
  const std::size_t seq_at = text->rfind(kSeq) + kSeq.size() - 1;
  constexpr std::size_t kMoreDigits = 15;  // of 2^53
  if (text->size() + kMoreDigits > kMaxRecordBytes)
    return Error{ErrorCode::kResourceExhausted, "a record is longer than 65,535 bytes"};
  return Draft{*std::move(text), seq_at};
}

Record Log::State::own_record(std::string_view action, Value::Object details) {
  Record record;
  record.actor = {
      .type = std::string(kLogActorType), .id = std::string(kLogActorId), .session = {}};
  record.action = action;
  record.details = std::move(details);
  return record;
}

Result<Receipt> Log::State::write_own(std::string_view action, Value::Object details) {
  return write(own_record(action, std::move(details)));
}

Result<Receipt> Log::State::write(Record record) {
  if (auto settled = settle_dropped(); !settled) return settled.error();
  return write_first(std::move(record));
}

Result<Receipt> Log::State::write_first(Record record) {
  auto text = draft(std::move(record));
  if (!text) return text.error();
  auto appended = journal->append(*std::move(text));
  if (!appended) return appended.error();
  return Receipt{.index = appended->index, .leaf = appended->leaf, .dropped = false};
}

Result<> Log::State::settle_dropped() {
  const std::uint64_t count = dropped.exchange(0);
  if (count == 0) return {};
  auto written =
      write_first(own_record("audit.dropped", {{"count", static_cast<std::int64_t>(count)}}));
  if (written) return {};
  dropped += count;
  return written.error();
}

Result<Receipt> Log::append(Record record) {
  State& s = *state_;
  const bool drop = s.options.on_failure == OnFailure::kFailOpenCounted;
  if (is_reserved(record))
    return Error{ErrorCode::kInvalidArgument, "the record has the log's own actor or action"};
  auto text = s.draft(std::move(record));
  if (!text) return text.error();  // the caller's mistake, not the log's failure
  Result<Appended> appended = Appended{};
  if (auto usable = s.usable(); !usable) {
    appended = usable.error();
  } else if (auto settled = s.settle_dropped(); !settled) {
    appended = settled.error();
  } else {
    appended = s.journal->append(*std::move(text));
  }
  if (appended) return Receipt{.index = appended->index, .leaf = appended->leaf, .dropped = false};
  if (!drop) return appended.error();
  ++s.dropped;
  return Receipt{.index = 0, .leaf = {}, .dropped = true};
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
