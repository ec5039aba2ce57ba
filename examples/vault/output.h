#ifndef EXAMPLES_VAULT_OUTPUT_H_
#define EXAMPLES_VAULT_OUTPUT_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "arguments.h"
#include "coefficient/core/result.h"
#include "coefficient/sqlite/archive.h"

namespace vault_tool {

using Json = nlohmann::ordered_json;

enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2 };

/// Says `message` on standard error and returns `code`.
int fail(ExitCode code, std::string_view message);
/// For an error of an operation: kUsage if the arguments or the environment are at fault, kRefused
/// if the vault says no.
int refuse(const coefficient::Error& error);
void warn(std::string_view message);

/// Writes one line of JSON if the arguments ask for it, else `text`, which ends with a newline.
int print(const Arguments& arguments, const Json& json, std::string_view text);
/// Returns `json` as one line, without a newline; bytes that are not UTF-8 are replaced.
std::string one_line(const Json& json);

/// Returns a name as people can read it, on one line and without anything that moves a terminal's
/// cursor: as a JSON string if it has more than plain characters. Names in a list come from whoever
/// wrote the database.
std::string printable(std::string_view name);
/// Returns a message as it is, unless it has control characters, which may be of a name in the
/// database and move a terminal's cursor: then as a JSON string.
std::string harmless(std::string_view text);

Json point_json(const coefficient::sqlite::ArchivePoint& point);
std::string point_text(const coefficient::sqlite::ArchivePoint& point);

/// Shows how far a call of Archive is, if standard error is a terminal.
coefficient::sqlite::ProgressCallback archive_progress();

}  // namespace vault_tool

#endif  // EXAMPLES_VAULT_OUTPUT_H_
