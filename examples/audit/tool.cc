#include "tool.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "coefficient/core/clock.h"

namespace audit_tool {

namespace audit = coefficient::audit;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

}  // namespace

void add_log(const Tool& tool, CLI::App& sub, LogArguments& arguments) {
  arguments.directory = &tool.directory;
  arguments.readings = &tool.readings;
  sub.add_option(
         "--root-key", arguments.root_key,
         "The log's first verifier key, as it was noted down elsewhere. Without it the one\n"
         "in DIR is taken, which whoever wrote DIR may have made")
      ->type_name("VKEY");
}

void add_recording(CLI::App& sub, LogArguments& arguments, bool may_be_left_out) {
  sub.add_option("--actor", arguments.actor, "Who does this, for the record of it")
      ->capture_default_str();
  if (may_be_left_out)
    sub.add_flag("--unrecorded", arguments.unrecorded,
                 "Do not write into the log that it was read: needed while another process\n"
                 "writes to it");
}

CLI::Option* add_keys(const Tool& tool, CLI::App& sub, KeyArguments& keys,
                      const std::string& what) {
  keys.own = tool.own_keys;
  if (keys.own) return sub.add_flag("--decrypt", keys.decrypt, what);
  return sub.add_option("--keys", keys.directory, "The directory of the subjects' keys.\n" + what)
      ->type_name("KEYDIR");
}

Result<std::unique_ptr<audit::SubjectKeys>> open_keys(const KeyArguments& keys) {
  if (keys.decrypt) return keys.own();
  if (keys.directory.empty()) return std::unique_ptr<audit::SubjectKeys>();
  auto files = audit::FileSubjectKeys::open(keys.directory);
  if (!files) return files.error();
  return std::unique_ptr<audit::SubjectKeys>(std::move(*files));
}

int fail(ExitCode code, std::string_view message) {
  std::cerr << "audit: " << message << '\n';
  return code;
}

int refuse(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kUnavailable:
      return fail(kUsage, error.message);
    default:
      return fail(kRefused, error.message);
  }
}

Result<std::unique_ptr<audit::Log>> open_log(const LogArguments& arguments) {
  audit::LogOptions options;
  options.root_key = arguments.root_key;
  auto log = audit::Log::open(*arguments.directory, coefficient::system_clock(), options);
  if (!log) return log.error().error;
  const auto now =
      std::chrono::floor<audit::Timestamp::duration>(coefficient::system_clock().now());
  // Nobody else calls it between two runs: the key is changed, and a segment ended, when it is due.
  if (Result<> ticked = (*log)->tick(now); !ticked) return ticked.error();
  return std::move(*log);
}

LogArguments readings_of(const LogArguments& arguments) {
  LogArguments readings = arguments;
  if (*arguments.readings != *arguments.directory) {
    readings.directory = arguments.readings;
    readings.root_key.clear();  // that is the other log's
  }
  return readings;
}

Result<> append_record(const LogArguments& arguments, audit::Record record) {
  if (*arguments.readings != *arguments.directory)
    record.details.insert_or_assign("log", *arguments.directory);
  Result<std::unique_ptr<audit::Log>> log = open_log(readings_of(arguments));
  if (!log) return log.error();
  record.actor = {"operator", arguments.actor, {}};
  if (Result<audit::Receipt> receipt = (*log)->append(std::move(record)); !receipt)
    return receipt.error();
  return (*log)->close();
}

Result<audit::LogReader> open_reader(const LogArguments& arguments) {
  return audit::LogReader::open(*arguments.directory, arguments.root_key);
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string bytes;
  while (in && bytes.size() <= kMaxFileBytes) {
    std::string part(std::size_t{1} << 16, '\0');
    in.read(part.data(), static_cast<std::streamsize>(part.size()));
    bytes.append(part, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (bytes.size() > kMaxFileBytes)
    return Error{ErrorCode::kInvalidArgument, path + ": is over 64 MiB"};
  if (in.bad() || (path != "-" && !file.is_open()))
    return Error{ErrorCode::kUnavailable, path + ": cannot be read"};
  return bytes;
}

Result<> print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return Error{ErrorCode::kUnavailable, "standard output cannot be written"};
  return {};
}

void define_reading(const Tool& tool) {
  define_tail(tool);
  define_verify(tool);
  define_prune(tool);
  define_rotate(tool);
  define_search(tool);
  define_prove(tool);
  define_check_proof(tool);
  define_checkpoint(tool);
  define_export(tool);
  define_erase(tool);
}

}  // namespace audit_tool
