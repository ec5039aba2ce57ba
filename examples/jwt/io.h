#ifndef EXAMPLES_JWT_IO_H_
#define EXAMPLES_JWT_IO_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"

namespace jwt_tool {

enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2 };

/// Says `message` on standard error and returns `code`.
int fail(ExitCode code, std::string_view message);

/// Reads standard input up to `limit` bytes and two more, so that a longer text is seen to be one.
/// Error: kUnavailable.
coefficient::Result<std::string> read_stdin(std::size_t limit);

/// Reads a whole file, which may hold a secret. Errors: kInvalidArgument if it cannot be read or
/// has more than 1 MiB.
coefficient::Result<coefficient::SecretBytes> read_file(const std::string& path);

/// Makes a file of mode 0600. Error: kInvalidArgument, also if there is one of that name.
coefficient::Result<> make_secret_file(const std::string& path,
                                       const coefficient::SecretBytes& content);

std::string_view text_of(const coefficient::SecretBytes& bytes);
/// Returns `text` without one line feed, or CR LF, at its end: the editor's.
std::string_view without_line_end(std::string_view text);

/// Returns a strict JSON text without the blanks outside of its strings.
std::string compact(std::string_view json);

}  // namespace jwt_tool

#endif  // EXAMPLES_JWT_IO_H_
