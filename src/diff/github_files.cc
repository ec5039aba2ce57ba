#include "coefficient/diff/github_files.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <span>
#include <utility>

#include "core/json_visitor.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

// A change that the parser can hold is smaller, and the sum over all files fits.
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 31U;
constexpr std::size_t kMaxDepth = 16;

enum Member : std::uint8_t {
  kFilename,
  kStatus,
  kAdditions,
  kDeletions,
  kChanges,
  kPatch,
  kPreviousFilename,
  kUnused
};
constexpr std::array<std::string_view, kUnused> kMembers{
    "filename", "status", "additions", "deletions", "changes", "patch", "previous_filename"};
constexpr std::size_t kRequired = kPatch;  // the members before it

constexpr std::array<std::pair<std::string_view, FileStatus>, 7> kStatuses{{
    {"added", FileStatus::kAdded},
    {"removed", FileStatus::kDeleted},
    {"modified", FileStatus::kModified},
    {"renamed", FileStatus::kRenamed},
    {"copied", FileStatus::kCopied},
    {"changed", FileStatus::kTypeChanged},
    {"unchanged", FileStatus::kModified},
}};

bool has_previous_path(FileStatus status) {
  return status == FileStatus::kRenamed || status == FileStatus::kCopied;
}

std::string describe_fault(std::size_t file, Member member, std::string_view fault) {
  std::string message = "files[" + std::to_string(file) + "].";
  message += kMembers[member];
  message += ": ";
  message += fault;
  return message;
}

// Reads the patch for its counts.
Result<ChangeCounts> count_lines(const GithubFile& file) {
  ChangeCounts counts{.files = 1};
  Parser parser(std::as_bytes(std::span(file.patch->data(), file.patch->size())), file.header());
  for (Event event = parser.next(); event != Event::kEnd; event = parser.next()) {
    if (event == Event::kError) return to_error(parser.error());
    if (event != Event::kLine) continue;
    if (parser.line().kind == LineKind::kAdded) ++counts.additions;
    if (parser.line().kind == LineKind::kRemoved) ++counts.deletions;
  }
  return counts;
}

// Takes the files out of the pages as they are read.
class Reader final : public json::Visitor {
 public:
  explicit Reader(const GithubFilesOptions& options) : options_(options) {}

  [[nodiscard]] GithubFiles take() { return std::move(list_); }

  bool open(bool object) override {
    if (in_file_ ? !accept_unused("must not be an array or object") : !open_list(object))
      return false;
    ++depth_;
    return true;
  }
  bool close() override {
    --depth_;
    if (!in_file_ || depth_ != file_depth_) return true;
    in_file_ = false;
    return end_file();
  }
  bool name(std::string_view name) override {
    if (depth_ != file_depth_ + 1) return true;  // of something within a member that is not used
    const auto* const found = std::find(kMembers.begin(), kMembers.end(), name);
    member_ = static_cast<Member>(found - kMembers.begin());
    if (member_ != kUnused) seen_.set(member_);
    return true;
  }
  bool text(std::string_view value) override {
    if (!in_file_) return misplaced();
    GithubFile& file = list_.files.back();
    switch (used_member()) {
      case kFilename:
        file.path = value;
        return check_path(file.path);
      case kPreviousFilename:
        file.previous_path = value;
        return check_path(*file.previous_path);
      case kStatus:
        return read_status(value, file.status);
      case kPatch:
        file.patch = value;
        return true;
      default:
        return accept_unused("must be an integer from 0 to 2^31");
    }
  }
  bool integer(std::uint64_t value) override {
    if (!in_file_) return misplaced();
    const Member member = used_member();
    if (member < kAdditions || member > kChanges) return accept_unused("must be a string");
    if (value > kMaxCount) return refuse("must be an integer from 0 to 2^31");
    GithubFile& file = list_.files.back();
    (member == kAdditions   ? file.additions
     : member == kDeletions ? file.deletions
                            : changes_) = value;
    return true;
  }
  bool other() override {
    if (!in_file_) return misplaced();
    return accept_unused(member_ >= kAdditions && member_ <= kChanges
                             ? "must be an integer from 0 to 2^31"
                             : "must be a string");
  }

 private:
  // Above the files there are arrays: a page, or around pages one more.
  bool open_list(bool object) {
    if (!object) {
      if (depth_ == 0) elements_ = Elements::kUnknown;
      if (depth_ > 1 || (depth_ == 1 && elements_ == Elements::kFiles)) return misplaced();
      if (depth_ == 1) elements_ = Elements::kPages;
      return true;
    }
    if (depth_ == 0 || (depth_ == 1 && elements_ == Elements::kPages)) return misplaced();
    if (depth_ == 1) elements_ = Elements::kFiles;
    if (list_.files.size() == options_.max_files)
      return fail(ErrorCode::kResourceExhausted,
                  "the list has more than " + std::to_string(options_.max_files) + " files");
    list_.files.emplace_back();
    seen_.reset();
    file_depth_ = depth_;
    in_file_ = true;
    return true;
  }
  bool misplaced() {
    return fail(ErrorCode::kInvalidArgument,
                depth_ == 0 ? "the list of files must be an array"
                            : "files[" + std::to_string(list_.files.size()) +
                                  "]: must be an object, as the others on its page");
  }

  // The member of the file that is being read; not what lies within it.
  [[nodiscard]] Member used_member() const { return depth_ == file_depth_ + 1 ? member_ : kUnused; }
  bool accept_unused(const char* fault) { return used_member() == kUnused || refuse(fault); }
  bool refuse(const char* fault) { return refuse(member_, fault); }
  bool refuse(Member member, std::string_view fault, ErrorCode code = ErrorCode::kInvalidArgument) {
    return fail(code, describe_fault(list_.files.size() - 1, member, fault));
  }

  bool check_path(std::string_view path) {
    if (path.empty()) return refuse("must not be empty");
    if (path.find('\0') != std::string::npos) return refuse("must not have a NUL");
    return true;
  }
  bool read_status(std::string_view text, FileStatus& status) {
    for (const auto& [spelling, value] : kStatuses) {
      if (text != spelling) continue;
      status = value;
      return true;
    }
    return refuse("unknown status");
  }

  bool end_file() {
    for (std::size_t i = 0; i < kRequired; ++i)
      if (!seen_.test(i)) return refuse(static_cast<Member>(i), "missing");
    GithubFile& file = list_.files.back();
    if (has_previous_path(file.status) && !file.previous_path)
      return refuse(kPreviousFilename, "missing in a renamed or copied file");
    if (!has_previous_path(file.status) && file.previous_path)
      return refuse(kPreviousFilename, "only a renamed or copied file has one");
    ChangeCounts counts;
    if (file.patch) {
      const Result<ChangeCounts> read = count_lines(file);
      if (!read) return refuse(kPatch, read.error().message, read.error().code);
      counts = *read;
    }
    file.truncated = counts.additions != file.additions || counts.deletions != file.deletions ||
                     changes_ != file.additions + file.deletions;
    list_.truncated = list_.truncated || file.truncated;
    ++list_.counts.files;
    list_.counts.additions += file.additions;
    list_.counts.deletions += file.deletions;
    return true;
  }

  enum class Elements : std::uint8_t { kUnknown, kFiles, kPages };

  const GithubFilesOptions& options_;
  GithubFiles list_;
  std::size_t depth_ = 0;  // of open arrays and objects
  Elements elements_ = Elements::kUnknown;
  bool in_file_ = false;
  std::size_t file_depth_ = 0;  // outside of the file's object
  Member member_ = kUnused;
  std::uint64_t changes_ = 0;  // required, so that no file has that of the one before
  std::bitset<kUnused> seen_;
};

bool is_replacement(const GithubFile& one, const GithubFile& other) {
  return (one.status == FileStatus::kDeleted && other.status == FileStatus::kAdded) ||
         (one.status == FileStatus::kAdded && other.status == FileStatus::kDeleted);
}

// Refuses a path that is listed twice: the pull request changed between two pages, so that another
// file may be on neither.
Result<> check_unique(const std::vector<GithubFile>& files) {
  std::vector<std::size_t> order(files.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair<std::string_view, std::size_t>(files[a].path, a) <
           std::pair<std::string_view, std::size_t>(files[b].path, b);
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const GithubFile& file = files[order[i]];
    const GithubFile& before = files[order[i - 1]];
    if (file.path != before.path) continue;
    const bool third = i > 1 && file.path == files[order[i - 2]].path;
    if (third || !is_replacement(before, file))
      return Error{ErrorCode::kDataLoss, describe_fault(order[i], kFilename, "listed before")};
  }
  return {};
}

}  // namespace

FileHeader GithubFile::header() const {
  FileHeader header{.status = status};
  if (status != FileStatus::kAdded) header.old_path = previous_path ? *previous_path : path;
  if (status != FileStatus::kDeleted) header.new_path = path;
  return header;
}

Result<GithubFiles> parse_github_files(std::string_view text, const GithubFilesOptions& options) {
  Reader reader(options);
  const json::Limits limits{.max_bytes = options.max_bytes, .max_depth = kMaxDepth};
  if (const Result<> read = json::visit_sequence(text, reader, limits); !read) return read.error();
  GithubFiles list = reader.take();
  if (const Result<> unique = check_unique(list.files); !unique) return unique.error();
  if (const Result<> whole = check_counts(options.announced, list.counts); !whole)
    return whole.error();
  return list;
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
