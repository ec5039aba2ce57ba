#include <algorithm>
#include <string>
#include <utility>

#include "coefficient/sqlite/archive.h"
#include "sqlite/archive_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

using Kind = VerifyReport::Kind;

constexpr std::size_t kMaxFindings = 1000;

// What a file's trouble is called; any other error means that it could not be looked at.
bool is_damage(const Error& error) {
  return error.code == ErrorCode::kDataLoss || error.code == ErrorCode::kNotFound;
}

/// Walks over the changes in order and looks at each base when its place in the chain is reached.
class Verification {
 public:
  Verification(const Directory& directory, const ArchiveIndex& index,
               const ProgressCallback& progress)
      : directory_(directory), index_(index), progress_(progress) {}

  Result<VerifyReport> run() {
    for (const std::int64_t seq : index_.bases) {
      if (auto checked = check_base(seq); !checked) return checked.error();
    }
    for (const std::int64_t seq : index_.changes) {
      if (auto checked = check_changes(seq); !checked) return checked.error();
    }
    if (auto checked = check_starts(); !checked) return checked.error();
    if (bases_.empty()) add(Kind::kMissing, "", "there is no base snapshot that is whole");
    check_names();
    report_.bases = bases_.size();
    find_range();
    std::ranges::stable_sort(report_.findings, {}, &VerifyReport::Finding::file);
    return std::move(report_);
  }

 private:
  void add(Kind kind, std::string file, std::string what) {
    if (report_.findings.size() < kMaxFindings)
      report_.findings.push_back({kind, std::move(file), std::move(what)});
  }

  // Whether the file is of the same database as those before; the first decides.
  bool same_database(const DatabaseId& database, const std::string& name) {
    if (!database_) database_ = database;
    if (*database_ == database) return true;
    add(Kind::kDamaged, name, "is of another store or history");
    return false;
  }

  Result<> check_base(std::int64_t seq) {
    const std::string name = base_name(seq);
    auto base = load_base(directory_, seq);
    if (!base) return damaged(base.error(), name);
    const std::string snapshot = snapshot_name(*base);
    described_.push_back(snapshot);
    if (!same_database(base->database, name)) return {};
    const BytesDone reporter = bytes_reporter(progress_, Progress::Step::kVerify, base->size);
    auto content = directory_.hash(snapshot, reporter);
    if (!content) {
      if (content.error().code != ErrorCode::kNotFound) return damaged(content.error(), snapshot);
      add(Kind::kMissing, name, "its database " + snapshot + " is missing");
      return {};
    }
    if (content->hash != base->content || content->size != base->size) {
      add(Kind::kDamaged, snapshot, "does not have the hash that " + name + " says");
      return {};
    }
    bases_.push_back(*base);
    return {};
  }

  Result<> check_changes(std::int64_t seq) {
    const std::string name = changes_name(seq);
    std::vector<std::byte> bytes;
    auto segment = load_segment(directory_, seq, bytes);
    if (auto go_on = report(progress_, Progress::Step::kVerify, bytes.size(), 0); !go_on)
      return go_on;
    if (!segment) {
      broken_ = true;
      return damaged(segment.error(), name);
    }
    if (!same_database(segment->database, name)) {
      broken_ = true;
      return {};
    }
    check_place(*segment, name);
    if (auto checked = check_bases_within(*segment); !checked) return checked;
    report_.transactions += segment->changes.size();
    runs_.back().last = point_of(segment->last_seq(), segment->changes.back().time_ms);
    runs_.back().last_seq = segment->last_seq();
    last_hash_ = segment->last;
    broken_ = false;
    return {};
  }

  // Whether the segment goes on where the one before it ended. After a damaged one that cannot be
  // known, and the damage has been reported.
  void check_place(const Segment& segment, const std::string& name) {
    const bool known = !runs_.empty() && !broken_;
    if (known && segment.first_seq() == runs_.back().last_seq + 1) {
      if (segment.previous == last_hash_) return;
      add(Kind::kDamaged, name, "does not continue the chain of the file before it");
    } else if (known && segment.first_seq() <= runs_.back().last_seq) {
      add(Kind::kDamaged, name, "repeats changes of the file before it");
    } else if (known) {
      add(Kind::kMissing, name,
          "changes " + std::to_string(runs_.back().last_seq + 1) + " to " +
              std::to_string(segment.first_seq() - 1) + " before it are missing");
    } else if (runs_.empty() && !broken_ && !bases_.empty() &&
               segment.first_seq() > bases_.front().seq + 1) {
      add(Kind::kMissing, name,
          "changes " + std::to_string(bases_.front().seq + 1) + " to " +
              std::to_string(segment.first_seq() - 1) + " before it are missing");
    }
    runs_.push_back({.before_seq = segment.first_seq() - 1, .last_seq = 0, .last = {}});
  }

  Result<> check_bases_within(const Segment& segment) {
    for (const Base& base : bases_) {
      if (base.seq < segment.first_seq() - 1 || base.seq > segment.last_seq()) continue;
      // The hash at base.seq: that before the next change.
      Hash hash = segment.previous;
      for (const Change& change : segment.changes) {
        if (change.seq > base.seq) break;
        auto next = chain_hash(hash, change);
        if (!next) return next.error();
        hash = *next;
      }
      if (hash != base.chain)
        add(Kind::kDamaged, base_name(base.seq), "does not fit the chain of changes");
    }
    return {};
  }

  Result<> check_starts() {
    for (const std::int64_t seq : index_.starts) {
      const std::string name = start_name(seq);
      auto start = load_start(directory_, seq);
      if (!start) {
        if (auto reported = damaged(start.error(), name); !reported) return reported;
      } else if (!index_.start && index_.empty()) {
        add(Kind::kLeftover, name, "is of a base that was not finished");
      } else if (!index_.start || seq > index_.start->seq) {
        add(Kind::kMissing, name,
            "the archive begins with " + base_name(seq) + ", which is not there");
      } else if (seq == index_.start->seq) {
        check_beginning(*start, name);
      }
    }
    // Without it nobody can know whether something was before the oldest base.
    if (index_.starts.empty() && !index_.empty())
      add(Kind::kMissing, "", "nothing says where the archive begins");
    return {};
  }

  void check_beginning(const Start& start, const std::string& name) {
    if (!same_database(start.database, name) || bases_.empty() ||
        bases_.front().seq != start.seq)  // then the base is damaged, which was reported
      return;
    const Base& base = bases_.front();
    if (base.time_ms != start.time_ms || base.chain != start.chain)
      add(Kind::kDamaged, name, "does not fit " + base_name(base.seq));
  }

  void check_names() {
    for (const std::string& name : index_.pruned) {
      add(Kind::kLeftover, name, "is before the archive's beginning: prune() did not end");
    }
    for (const std::string& name : index_.snapshots) {
      if (std::ranges::find(described_, name) == described_.end())
        add(Kind::kLeftover, name,
            "is a database that no base describes: of an interrupted call, or its .base is gone");
    }
    for (const std::string& name : index_.temporary) {
      add(Kind::kLeftover, name, "was not finished");
    }
    for (const std::string& name : index_.unknown) {
      add(Kind::kUnknown, name, "is not a file of an archive");
    }
  }

  [[nodiscard]] ArchivePoint reach_of(const Base& base) const {
    for (const RunOfChanges& run : runs_) {
      if (run.before_seq <= base.seq && run.last_seq > base.seq) return run.last;
    }
    return point_of(base.seq, base.time_ms);
  }

  // The end is what the newest base reaches; it begins with the oldest base that reaches it too.
  void find_range() {
    for (auto base = bases_.rbegin(); base != bases_.rend(); ++base) {
      const ArchivePoint reach = reach_of(*base);
      if (!report_.last) report_.last = reach;
      if (reach.seq < report_.last->seq) break;
      report_.first = point_of(base->seq, base->time_ms);
    }
  }

  Result<> damaged(const Error& error, const std::string& name) {
    if (!is_damage(error)) return error;
    std::string what = error.message;
    // The message begins with the file; the finding names it already.
    if (const std::size_t at = what.find(name + ": "); at != std::string::npos)
      what.erase(0, at + name.size() + 2);
    add(Kind::kDamaged, name, std::move(what));
    return {};
  }

  struct RunOfChanges {
    std::int64_t before_seq = 0;
    std::int64_t last_seq = 0;
    ArchivePoint last;
  };

  const Directory& directory_;
  const ArchiveIndex& index_;
  const ProgressCallback& progress_;
  VerifyReport report_;
  std::optional<DatabaseId> database_;
  std::vector<Base> bases_;  // whole ones
  std::vector<std::string> described_;
  std::vector<RunOfChanges> runs_;
  Hash last_hash_{};
  bool broken_ = false;
};

}  // namespace

bool VerifyReport::intact() const noexcept {
  return std::ranges::none_of(findings, [](const Finding& finding) {
    return finding.kind == Kind::kDamaged || finding.kind == Kind::kMissing;
  });
}

Result<VerifyReport> verify_files(const Directory& directory, const ArchiveIndex& index,
                                  const ProgressCallback& progress) {
  return Verification(directory, index, progress).run();
}

Result<VerifyReport> Archive::verify(const ProgressCallback& progress) const {
  for (;;) {
    auto index = index_of(state_->directory);
    if (!index) return index.error();
    auto report = verify_files(state_->directory, *index, progress);
    if (!report || report->intact()) return report;
    auto now = index_of(state_->directory);
    if (!now) return now.error();
    // Else prune() has removed meanwhile what was looked for; each time it is another start.
    if (now->starts == index->starts) return report;
  }
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
