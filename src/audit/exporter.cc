#include "coefficient/audit/exporter.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "audit/decimal.h"
#include "audit/directory.h"
#include "audit/export_cursor.h"
#include "audit/lines.h"
#include "audit/note_key.h"
#include "coefficient/core/encoding.h"
#include "core/bytes_of.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::string_view kHeader = "coefficient-audit-cursor-v1";
constexpr std::size_t kMaxCursorBytes = 4096;

/// The cursor's file.
class CursorFile {
 public:
  static Result<CursorFile> open(const std::string& path) {
    const std::filesystem::path whole(path);
    const std::string parent = whole.parent_path().string();
    Result<Directory> directory =
        Directory::open(parent.empty() ? "." : parent, system_file_calls());
    if (!directory) return directory.error();
    return CursorFile(std::move(*directory), whole.filename().string());
  }
  // Nothing if there is no file yet.
  [[nodiscard]] Result<std::optional<ExportCursor>> read() const {
    Result<std::string> text = directory_.read(name_, 0, kMaxCursorBytes);
    if (!text && text.error().code == ErrorCode::kNotFound) return std::optional<ExportCursor>{};
    if (!text) return text.error();
    Result<ExportCursor> cursor = parse_cursor(*text);
    if (!cursor) return cursor.error();
    return std::optional<ExportCursor>{std::move(*cursor)};
  }
  [[nodiscard]] Result<> write(const ExportCursor& cursor) const {
    const std::string text = format_cursor(cursor);
    return directory_.write(name_, {bytes_of(text)});
  }

 private:
  CursorFile(Directory directory, std::string name)
      : directory_(std::move(directory)), name_(std::move(name)) {}
  Directory directory_;
  std::string name_;
};

// Whether the log still is the one that was exported up to the cursor.
Result<> check(const ExportCursor& cursor, const LogReader& reader, bool skip_pruned) {
  const auto lost = [](const char* what) { return Error{ErrorCode::kDataLoss, what}; };
  if (cursor.origin != reader.checkpoint().origin)
    return lost("the export's cursor is of another log");
  if (cursor.next > reader.checkpoint().size)
    return lost("the log is shorter than what was exported");
  Result<Hash> root = tree_root(reader.tree(), cursor.next);
  if (!root) return root.error();
  if (*root != cursor.root) return lost("the log is not the one that was exported");
  if (cursor.next < reader.first_kept() && !skip_pruned)
    return Error{ErrorCode::kFailedPrecondition, "records were pruned before they were exported"};
  return {};
}

// The record's text, decrypted as far as that is asked for.
Result<std::string> readable(const StoredRecord& stored, SubjectKeys* keys) {
  if (keys == nullptr) return std::string(stored.payload);
  Result<Record> record = parse_record(stored.payload);
  if (!record) return record.error();
  if (Result<std::size_t> closed = open_in_place(*keys, *record); !closed) return closed.error();
  return to_canonical(*record);
}

/// Gathers messages, delivers them and moves the cursor behind them.
class Batch {
 public:
  Batch(const LogReader& reader, ExportSink& sink, const CursorFile& file, ExportCursor& cursor)
      : reader_(reader), sink_(sink), file_(file), cursor_(cursor) {}
  [[nodiscard]] std::size_t size() const { return messages_.size(); }
  void add(std::uint64_t index, const std::string& message) {
    messages_ += message;
    next_ = index + 1;
  }
  Result<> deliver() {
    if (messages_.empty()) return {};
    if (Result<> taken = sink_.deliver(messages_); !taken) return taken;
    messages_.clear();
    Result<Hash> root = tree_root(reader_.tree(), next_);
    if (!root) return root.error();
    cursor_.next = next_;
    cursor_.root = *root;
    return file_.write(cursor_);
  }

 private:
  const LogReader& reader_;
  ExportSink& sink_;
  const CursorFile& file_;
  ExportCursor& cursor_;
  std::string messages_;
  std::uint64_t next_ = 0;
};

}  // namespace

ExportSink::~ExportSink() = default;

std::string format_cursor(const ExportCursor& cursor) {
  return std::string(kHeader) + "\n" + cursor.origin + "\n" + std::to_string(cursor.next) + "\n" +
         base64_encode(cursor.root) + "\n";
}

Result<ExportCursor> parse_cursor(std::string_view text) {
  const Error damaged{ErrorCode::kDataLoss, "the export's cursor is damaged"};
  ExportCursor cursor;
  if (take_line(text) != kHeader) return damaged;
  cursor.origin = take_line(text).value_or("");
  const std::optional<std::uint64_t> next = parse_decimal(take_line(text).value_or(""));
  if (cursor.origin.empty() || !is_note_text(cursor.origin, false) || !next) return damaged;
  cursor.next = *next;
  if (!base64_decode_exact(take_line(text).value_or(""), cursor.root) || !text.empty())
    return damaged;
  return cursor;
}

Result<std::uint64_t> Exporter::run(LogReader& reader, ExportSink& sink) {
  Result<CursorFile> file = CursorFile::open(cursor_path_);
  if (!file) return file.error();
  Result<std::optional<ExportCursor>> kept = file->read();
  if (!kept) return kept.error();
  ExportCursor cursor =
      *kept ? std::move(**kept) : ExportCursor{reader.checkpoint().origin, 0, empty_root()};
  if (Result<> same = check(cursor, reader, options_.skip_pruned); !same) return same.error();
  std::uint64_t records = 0;
  Batch batch(reader, sink, *file, cursor);
  Result<> done = reader.read(
      cursor.next, reader.checkpoint().size, [&](const StoredRecord& record) -> Result<> {
        Result<std::string> text = readable(record, options_.open_with);
        if (!text) return text.error();
        Result<std::string> message = export_text(options_.format, *text);
        if (!message) return message.error();
        if (batch.size() != 0 && batch.size() + message->size() > options_.batch_bytes)
          if (Result<> delivered = batch.deliver(); !delivered) return delivered;
        batch.add(record.index, *message);
        ++records;
        return {};
      });
  if (!done) return done.error();
  if (Result<> delivered = batch.deliver(); !delivered) return delivered.error();
  return records;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
