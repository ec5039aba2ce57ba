#ifndef COEFFICIENT_SRC_DIFF_PACK_H_
#define COEFFICIENT_SRC_DIFF_PACK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "diff/file_class.h"
#include "diff/json_writer.h"
#include "diff/walk.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// What a piece of the output takes of a budget.
struct Cost {
  std::uint64_t bytes = 0;
  std::uint64_t tokens = 0;

  [[nodiscard]] bool fits(const Cost& room) const noexcept {
    return bytes <= room.bytes && tokens <= room.tokens;
  }
  Cost& operator+=(const Cost& more) noexcept;
  Cost& operator-=(const Cost& less) noexcept;
};

/// Says what a piece of JSON costs, the comma before it included.
class Price {
 public:
  explicit Price(const TokenEstimator& estimate) : estimate_(estimate) {}
  [[nodiscard]] Cost of(std::string_view piece) const;

 private:
  const TokenEstimator& estimate_;
};

/// Returns the budget of `policy` in both units, a missing bound being the largest number. Without
/// estimator the bound on tokens is one on bytes.
Cost budget_of(const Policy& policy, bool has_estimator);

/// What may be written: of each file whether it is listed, of each hunk of the diff (those of
/// excluded files not counted) how much room its lines have.
struct PackPlan {
  std::vector<bool> listed;
  std::vector<Cost> room;
  std::uint64_t omitted = 0;
};

/// The first pass over a change with a budget: what each piece of the output would cost.
class Measurer final : public LineSink {
 public:
  explicit Measurer(const Price& price) : price_(price) {}

  void file(const ShapedFile& file) override;
  void hunk() override;
  void line(const Line& line, const Shaped& shaped) override;
  void end_file(const FileBooks& books) override;

  /// Divides `budget`, from which `frame` is taken first. kResourceExhausted if it holds no more.
  [[nodiscard]] Result<PackPlan> plan(const Cost& budget, const Cost& frame) const;

 private:
  struct File {
    FileClass kind;
    std::string path;
    std::size_t first_hunk;
    Cost cost;  // of its entry without any line
  };

  [[nodiscard]] std::vector<std::size_t> packing_order() const;
  [[nodiscard]] std::size_t end_of_hunks(std::size_t file) const;
  void give_whole_hunks(const std::vector<std::size_t>& order, PackPlan& plan, Cost& room) const;

  const Price& price_;
  std::vector<File> files_;
  std::vector<Cost> hunks_;
  JsonWriter scratch_;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_PACK_H_
