#include "coefficient/diff/summary.h"

#include <string_view>
#include <utility>

#include "core/crypto/digest.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

// Collects one side of a file. The hash starts with the first line: most sides have none.
class SideCollector {
 public:
  void add(const Line& line, std::uint64_t number) {
    if (!digest_) digest_.emplace(crypto::DigestAlgorithm::kSha256);
    digest_->update(std::as_bytes(std::span(line.text.data(), line.text.size())));
    if (line.ends_with_newline) {
      constexpr std::array<std::byte, 1> kNewline{std::byte{'\n'}};
      digest_->update(kNewline);
    } else {
      side_.ends_with_newline = false;
    }
    ++side_.lines;
    if (number == 0) return;  // combined: removed lines are numbered by parent
    if (side_.ranges.empty() || side_.ranges.back().start + side_.ranges.back().count != number)
      side_.ranges.push_back({number, 0});
    ++side_.ranges.back().count;
  }

  Result<SideSummary> finish() {
    if (!digest_) digest_.emplace(crypto::DigestAlgorithm::kSha256);
    const bool ok = digest_->finish(side_.sha256);
    digest_.reset();
    if (!ok) return Error{ErrorCode::kInternal, "SHA-256 failed"};
    return std::exchange(side_, {});
  }

 private:
  std::optional<crypto::Digest> digest_;
  SideSummary side_;
};

std::optional<std::string> copy(const std::optional<std::string_view>& path) {
  if (!path) return std::nullopt;
  return std::string(*path);
}

void describe(const FileHeader& header, FileSummary& file) {
  file.status = header.status;
  file.old_path = copy(header.old_path);
  file.new_path = copy(header.new_path);
  file.old_mode = header.old_mode;
  file.new_mode = header.new_mode;
  file.binary = header.binary || (header.replaces_previous && file.binary);
  file.parents = header.parents;
}

class Collector {
 public:
  // Reads a whole diff.
  Result<> consume(Parser& parser) {
    while (true) {
      switch (parser.next()) {
        case Event::kFile:
          if (Result<> begun = file(parser.file()); !begun) return begun;
          break;
        case Event::kLine:
          line(parser.line());
          break;
        case Event::kHunk:
          break;
        case Event::kEnd:
          return {};
        case Event::kError:
          return to_error(parser.error());
      }
    }
  }

  Result<std::vector<FileSummary>> finish() {
    if (Result<> done = close(); !done) return done.error();
    return std::move(files_);
  }

 private:
  Result<> file(const FileHeader& header) {
    if (header.replaces_previous) {
      describe(header, files_.back());
      return {};
    }
    if (Result<> done = close(); !done) return done;
    describe(header, files_.emplace_back());
    return {};
  }

  void line(const Line& line) {
    const bool combined = !line.columns.empty();
    if (line.kind == LineKind::kAdded) added_.add(line, combined ? 0 : line.new_line);
    if (line.kind == LineKind::kRemoved) removed_.add(line, combined ? 0 : line.old_line);
  }

  Result<> close() {
    if (files_.empty()) return {};
    Result<SideSummary> added = added_.finish();
    Result<SideSummary> removed = removed_.finish();
    if (!added) return added.error();
    if (!removed) return removed.error();
    files_.back().added = *std::move(added);
    files_.back().removed = *std::move(removed);
    return {};
  }

  std::vector<FileSummary> files_;
  SideCollector added_;
  SideCollector removed_;
};

}  // namespace

Result<std::vector<FileSummary>> summarize(std::span<const std::byte> diff) {
  Parser parser(diff);
  Collector collector;
  if (const Result<> read = collector.consume(parser); !read) return read.error();
  return collector.finish();
}

Result<std::vector<FileSummary>> summarize(const GithubFiles& list) {
  Collector collector;
  for (const GithubFile& file : list.files) {
    const std::string_view patch = file.patch ? std::string_view(*file.patch) : std::string_view();
    Parser parser(std::as_bytes(std::span(patch.data(), patch.size())), file.header());
    if (const Result<> read = collector.consume(parser); !read) return read.error();
  }
  Result<std::vector<FileSummary>> files = collector.finish();
  if (!files) return files;
  for (std::size_t i = 0; i < list.files.size(); ++i)
    (*files)[i].truncated = list.files[i].truncated;
  return files;
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
