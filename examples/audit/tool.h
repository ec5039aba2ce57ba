#ifndef EXAMPLES_AUDIT_TOOL_H_
#define EXAMPLES_AUDIT_TOOL_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "coefficient/audit/log.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/personal.h"
#include "coefficient/audit/record.h"
#include "coefficient/core/result.h"

namespace audit_tool {

enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2 };

/// Opens the keys of the subjects whose fields are encrypted.
using KeyOpener =
    std::function<coefficient::Result<std::unique_ptr<coefficient::audit::SubjectKeys>>()>;

/// The command line in the making. A file for each command defines it: its options, and in
/// `command` what main() calls once all is parsed.
struct Tool {
  CLI::App& app;
  const std::string& directory;  ///< DIR, once all is parsed.
  /// The directory of the log that gets the records of what was read: DIR, or another one if DIR
  /// has a writer of its own.
  const std::string& readings;
  std::function<int()>& command;
  /// Where the keys are, if the program that has this tool in it knows: commands then have
  /// --decrypt in place of --keys.
  KeyOpener own_keys = {};
};

/// The directory of a log, and how a command treats it.
struct LogArguments {
  const std::string* directory = nullptr;
  const std::string* readings = nullptr;
  std::string root_key;       ///< Empty: the one in the directory.
  bool unrecorded = false;    ///< Do not write into the log that it was read.
  std::string actor = "cli";  ///< Who the record says it was.
};
/// Binds DIR and adds --root-key; the arguments must live as long as the application.
void add_log(const Tool& tool, CLI::App& sub, LogArguments& arguments);
/// Adds --actor and, for commands that only read, --unrecorded.
void add_recording(CLI::App& sub, LogArguments& arguments, bool may_be_left_out);

/// Which subjects' keys a command is to have.
struct KeyArguments {
  std::string directory;  ///< Of files, by --keys.
  bool decrypt = false;   ///< The tool's own, by --decrypt.
  KeyOpener own = {};
};
/// Adds --keys, or --decrypt where the tool has its own.
CLI::Option* add_keys(const Tool& tool, CLI::App& sub, KeyArguments& keys, const std::string& what);
/// Opens them; null if none were asked for.
coefficient::Result<std::unique_ptr<coefficient::audit::SubjectKeys>> open_keys(
    const KeyArguments& keys);

/// Says `message` on standard error and returns `code`.
int fail(ExitCode code, std::string_view message);
/// For an error of an operation: kUsage if the arguments or the environment are at fault, kRefused
/// if the log says no.
int refuse(const coefficient::Error& error);

/// Opens the log to write; the message of an error says what recovery found.
coefficient::Result<std::unique_ptr<coefficient::audit::Log>> open_log(
    const LogArguments& arguments);
/// Returns the arguments for the log of readings.
LogArguments readings_of(const LogArguments& arguments);
/// Opens the log of readings, appends the record, with the arguments' actor, and closes it.
coefficient::Result<> append_record(const LogArguments& arguments,
                                    coefficient::audit::Record record);
/// Opens the log to read.
coefficient::Result<coefficient::audit::LogReader> open_reader(const LogArguments& arguments);

/// Returns a file's bytes, at most 64 MiB; "-" is standard input.
coefficient::Result<std::string> read_file(const std::string& path);
/// Writes to standard output; kUnavailable if it is closed.
coefficient::Result<> print(std::string_view text);

/// All of these but init and append, which are not for a log that a program keeps for itself.
void define_reading(const Tool& tool);
void define_append(Tool tool);
void define_check_proof(Tool tool);
void define_checkpoint(Tool tool);
void define_erase(Tool tool);
void define_export(Tool tool);
void define_init(Tool tool);
void define_prove(Tool tool);
void define_prune(Tool tool);
void define_rotate(Tool tool);
void define_search(Tool tool);
void define_tail(Tool tool);
void define_verify(Tool tool);

}  // namespace audit_tool

#endif  // EXAMPLES_AUDIT_TOOL_H_
