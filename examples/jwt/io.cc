#include "io.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <memory>
#include <system_error>

namespace jwt_tool {

using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using coefficient::SecretBytes;

namespace {

Error of_errno(const std::string& path) {
  return Error{ErrorCode::kInvalidArgument, path + ": " + std::generic_category().message(errno)};
}

}  // namespace

int fail(ExitCode code, std::string_view message) {
  std::cerr << "jwt: " << message << '\n';
  return code;
}

Result<std::string> read_stdin(std::size_t limit) {
  std::string text(limit + 2, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stdin));
  if (std::ferror(stdin) != 0)
    return Error{ErrorCode::kUnavailable, "standard input cannot be read"};
  return text;
}

Result<SecretBytes> read_file(const std::string& path) {
  constexpr std::size_t kMax = std::size_t{1} << 20U;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr) return of_errno(path);
  if (std::setvbuf(file.get(), nullptr, _IONBF, 0) != 0) return of_errno(path);  // no copy there
  SecretBytes room = SecretBytes::for_overwrite(kMax + 1);
  const std::size_t size = std::fread(room.expose_for_writing().data(), 1, kMax + 1, file.get());
  if (std::ferror(file.get()) != 0) return of_errno(path);
  if (size > kMax) return Error{ErrorCode::kInvalidArgument, path + " is larger than 1 MiB"};
  return SecretBytes::copy_of(room.expose().first(size));
}

Result<> make_secret_file(const std::string& path, const SecretBytes& content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return of_errno(path);
  auto rest = content.expose();
  bool ok = true;
  while (ok && !rest.empty()) {
    const ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    ok = written > 0;
    if (ok) rest = rest.subspan(static_cast<std::size_t>(written));
  }
  ok = ok && ::fsync(fd) == 0;
  const Error error = of_errno(path);
  if (::close(fd) == 0 && ok) return {};
  (void)::unlink(path.c_str());  // half a key is none
  return error;
}

std::string_view text_of(const SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.expose().data()), bytes.size()};
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
  }
  return text;
}

std::string compact(std::string_view json) {
  std::string out;
  bool quoted = false;
  bool escaped = false;
  for (const char c : json) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!quoted && blank) continue;
    out += c;
    if (c == '"' && !escaped) quoted = !quoted;
    escaped = quoted && c == '\\' && !escaped;
  }
  return out;
}

}  // namespace jwt_tool
