#include "coefficient/diff/minimizer.h"

#include <utility>

#include "coefficient/diff/parser.h"
#include "diff/serializer.h"
#include "diff/submodule.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

// Decides what of the parser's events leaves, and keeps the books.
class Minimizer {
 public:
  explicit Minimizer(const MinimizeInput& input) : out_(input.title, input.description) {}

  // Passes on all of one diff. May be called again: the files of a change need not come in one.
  Result<> consume(Parser& parser) {
    while (true) {
      switch (parser.next()) {
        case Event::kFile:
          if (!parser.file().replaces_previous) ++report_.files;
          out_.file(parser.file());
          break;
        case Event::kHunk:
          out_.hunk();
          break;
        case Event::kLine:
          line(parser.file(), parser.line());
          break;
        case Event::kEnd:
          report_.withheld_other_lines += parser.other_lines();
          report_.withheld_bytes += parser.other_bytes();
          return {};
        case Event::kError:
          return to_error(parser.error());
      }
    }
  }

  Minimized finish() && {
    Minimized result{out_.finish(), report_};
    MinimizeReport& report = result.report;
    report.output_bytes = result.json.size();
    report.input_bytes = report.kept_bytes + report.withheld_bytes;
    report.input_lines = report.added_lines + report.removed_lines + report.withheld_context_lines +
                         report.withheld_other_lines;
    return result;
  }

 private:
  void line(const FileHeader& file, const Line& line) {
    if (line.kind == LineKind::kContext) {
      ++report_.withheld_context_lines;
      report_.withheld_bytes += line.size;
    } else if (detail::is_subproject_commit(file, line)) {
      ++report_.withheld_other_lines;
      report_.withheld_bytes += line.size;
    } else {
      ++(line.kind == LineKind::kAdded ? report_.added_lines : report_.removed_lines);
      report_.kept_bytes += line.size;
      if (out_.line(line)) ++report_.hunks;
    }
  }

  detail::Serializer out_;
  MinimizeReport report_;
};

}  // namespace

Result<Minimized> minimize(const MinimizeInput& input, const MinimizeOptions& /*options*/) {
  Parser parser(input.diff);
  Minimizer minimizer(input);
  const Result<> done = minimizer.consume(parser);
  if (!done) return done.error();
  return std::move(minimizer).finish();
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
