#ifndef EXAMPLES_VAULT_ARGUMENTS_H_
#define EXAMPLES_VAULT_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vault_tool {

/// What the command line says. Only the members of the command that was given are set; an empty
/// text is an option that was not given.
struct Arguments {
  std::string directory;
  bool json = false;
  bool require_locked = false;

  std::string tenant;
  std::string kind;
  std::string name;
  std::optional<std::uint64_t> expected_version;
  std::string in_file;
  std::string out_file;
  bool strip_newline = false;
  bool all = false;  ///< list: tombstones, too
  bool yes = false;

  std::vector<std::string> kek_files;  ///< init and rewrap take one
  bool kek_environment = false;
  std::string kek_id;
  std::string ledger;
  std::string archive;

  bool base = false;
  bool dry_run = false;
  std::string into;
  std::string to_time;
  std::optional<std::uint64_t> to_seq;
  std::string keep_since;
  std::optional<std::uint64_t> keep_seq;
  std::uint64_t max_archive_age_hours = 24;
};

}  // namespace vault_tool

#endif  // EXAMPLES_VAULT_ARGUMENTS_H_
