#ifndef COEFFICIENT_AUDIT_ANCHOR_H_
#define COEFFICIENT_AUDIT_ANCHOR_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "coefficient/audit/checkpoint.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// Checkpoints kept where the log's own machine cannot change them. Without one, whoever has the
/// machine and the key in office can rewrite what came since the last change of keys, and cut the
/// log back to any checkpoint.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// A place outside to which signed checkpoints are given.
///
/// Thread safety: implementations are called by one thread at a time.
class COEFFICIENT_AUDIT_EXPORT AnchorSink {
 public:
  AnchorSink() = default;
  AnchorSink(const AnchorSink&) = delete;
  AnchorSink& operator=(const AnchorSink&) = delete;
  virtual ~AnchorSink();
  /// Returns nothing once the checkpoint is kept there. May take long: it is called away from the
  /// writer. Errors: kUnavailable to be tried again; kFailedPrecondition if the place holds one
  /// that this one contradicts, which is an alarm.
  virtual Result<> publish(std::string_view checkpoint) = 0;
};

/// Whatever the host does with it: a webhook, a queue, a printer.
class COEFFICIENT_AUDIT_EXPORT CallbackAnchor final : public AnchorSink {
 public:
  explicit CallbackAnchor(std::function<Result<>(std::string_view checkpoint)> callback)
      : callback_(std::move(callback)) {}
  Result<> publish(std::string_view checkpoint) override { return callback_(checkpoint); }

 private:
  std::function<Result<>(std::string_view)> callback_;
};

/// The newest checkpoint in a file, best on another machine's disk. It is replaced as a whole, and
/// only by one of the same origin whose tree has the kept one's as its prefix: the roots at both
/// sizes must be those of `source`. Another log, or one that was rewritten or cut back, has others.
/// Signatures are not checked.
class COEFFICIENT_AUDIT_EXPORT FileAnchor final : public AnchorSink {
 public:
  /// `path` names the file, in a directory that is there. `source`, as LogReader::tree(), must
  /// outlive the anchor, hold the trees of all checkpoints that it is given and be safe to read
  /// while run_once() runs.
  FileAnchor(std::string path, const HashSource& source)
      : path_(std::move(path)), source_(&source) {}
  /// Errors: kInvalidArgument if `checkpoint` is none, kFailedPrecondition as above; kDataLoss if
  /// the file holds something else; those of the source; kUnavailable, kPermissionDenied,
  /// kResourceExhausted.
  Result<> publish(std::string_view checkpoint) override;
  /// Returns the checkpoint that is kept, for recovery to insist on; its signature is not checked.
  /// Errors: kNotFound if there is none yet, kDataLoss, kUnavailable.
  static Result<std::string> read(const std::string& path);

 private:
  std::string path_;
  const HashSource* source_;
};

/// How far an anchor is behind.
struct AnchorLag {
  std::uint64_t anchored_size = 0;  ///< The tree that the anchor last took.
  std::uint64_t records = 0;        ///< By how many leaves the newest offered one is larger.
  std::chrono::system_clock::duration time{};  ///< Since the first offer that it has not taken.
  std::uint64_t failures = 0;                  ///< In a row.
  Error last_error;                            ///< Of the last failure, if there are any.
};

/// Hands the newest checkpoint to one anchor, away from the writer: the writer calls offer(), which
/// never waits for the anchor; a thread or timer of the host's calls run_once().
///
/// Thread safety: may be called concurrently; run_once() by one thread at a time.
class COEFFICIENT_AUDIT_EXPORT Anchoring {
 public:
  /// Both must outlive it.
  Anchoring(AnchorSink& anchor, const Clock& clock);
  Anchoring(const Anchoring&) = delete;
  Anchoring& operator=(const Anchoring&) = delete;
  ~Anchoring();
  /// Puts a checkpoint in place of the one that still waits: the newest speaks for all before it.
  void offer(std::uint64_t size, std::string checkpoint);
  /// Publishes the one that waits, if there is one, and returns whether there was. Errors: those
  /// of the anchor; the checkpoint then waits on, unless a newer one came.
  Result<bool> run_once();
  [[nodiscard]] AnchorLag lag() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_ANCHOR_H_
