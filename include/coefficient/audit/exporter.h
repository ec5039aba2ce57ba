#ifndef COEFFICIENT_AUDIT_EXPORTER_H_
#define COEFFICIENT_AUDIT_EXPORTER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "coefficient/audit/export.h"
#include "coefficient/audit/export_format.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/personal.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Where exported messages go: a TLS connection to a collector, a pipe, a queue.
///
/// Thread safety: called by one thread at a time.
class COEFFICIENT_AUDIT_EXPORT ExportSink {
 public:
  ExportSink() = default;
  ExportSink(const ExportSink&) = delete;
  ExportSink& operator=(const ExportSink&) = delete;
  virtual ~ExportSink();
  /// Returns nothing once the other side has taken all of `messages`, whole ones, for good: they
  /// are not sent again.
  virtual Result<> deliver(std::string_view messages) = 0;
};

struct ExportOptions {
  ExportFormat format = ExportFormat::kJsonLines;
  std::size_t batch_bytes = std::size_t{256} << 10;  ///< At least one message goes at a time.
  bool skip_pruned = false;  ///< Go on behind records that were pruned before they were exported.
  /// Decrypts what these keys open (see open_in_place()); must outlive the exporter. What the sink
  /// has then no erasure reaches, and a line is no longer the one that was hashed.
  SubjectKeys* open_with = nullptr;
};

/// Exports a log's new records, each at least once: where it stands is kept in a file, durably,
/// each time the sink has taken a batch. A crash in between repeats that batch; a record's id says
/// that it is the same. With the place the root of the tree up to there is kept: a log that was
/// rewritten or cut back behind it is found out.
///
/// Thread safety: distinct objects and files only.
class COEFFICIENT_AUDIT_EXPORT Exporter {
 public:
  /// `cursor_path` names the file, in a directory that is there; made by the first run().
  Exporter(std::string cursor_path, ExportOptions options)
      : cursor_path_(std::move(cursor_path)), options_(options) {}

  /// Sends what the reader's checkpoint covers and was not sent yet; returns how many records.
  /// Errors: those of the sink and of LogReader::read(); kDataLoss if the cursor's file is damaged
  /// or the log is not the one that was exported; those of open_in_place(); kFailedPrecondition if
  /// records were pruned before they were exported; as the system says for the file. What was
  /// delivered before stays so.
  Result<std::uint64_t> run(LogReader& reader, ExportSink& sink);

 private:
  std::string cursor_path_;
  ExportOptions options_;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_EXPORTER_H_
