#ifndef COEFFICIENT_SRC_DIFF_WRITER_H_
#define COEFFICIENT_SRC_DIFF_WRITER_H_

#include <cstddef>

#include "diff/manifest_writer.h"
#include "diff/pack.h"
#include "diff/serializer.h"
#include "diff/walk.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// The pass that writes output and manifest, as far as the plan has room.
class Writer final : public LineSink {
 public:
  /// Without `plan` there is room for everything; without `manifest` none is written.
  Writer(Serializer& out, ManifestWriter* manifest, const PackPlan* plan, const Price& price)
      : out_(out), manifest_(manifest), plan_(plan), price_(price) {}

  void file(const ShapedFile& file) override;
  void hunk() override;
  void line(const Line& line, const Shaped& shaped) override;
  void end_file(const FileBooks& books) override;

  /// What was written, and what was left out for the budget.
  [[nodiscard]] const MinimizeReport& report() const noexcept { return report_; }

 private:
  bool take(const Line& line, const Shaped& shaped);

  Serializer& out_;
  ManifestWriter* manifest_;
  const PackPlan* plan_;
  const Price& price_;
  std::size_t files_ = 0;  // so far, the open one included
  std::size_t hunks_ = 0;
  bool listed_ = true;
  bool first_of_hunk_ = true;
  bool full_ = false;  // the open hunk has no more room
  Cost room_;          // of the open hunk
  KeptLines kept_;
  MinimizeReport report_;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_WRITER_H_
