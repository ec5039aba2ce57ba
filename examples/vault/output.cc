#include "output.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "rfc3339.h"

namespace vault_tool {

using coefficient::Error;
using coefficient::ErrorCode;
namespace sqlite = coefficient::sqlite;

int fail(ExitCode code, std::string_view message) {
  std::cerr << "vault: " << harmless(message) << '\n';
  return code;
}

int refuse(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kDataLoss:
      return fail(kRefused, error.message);
    default:
      return fail(kUsage, error.message);
  }
}

void warn(std::string_view message) {
  std::cerr << "vault: warning: " << harmless(message) << '\n';
}

int print(const Arguments& arguments, const Json& json, std::string_view text) {
  if (arguments.json) {
    std::cout << one_line(json) << '\n';
  } else {
    std::cout << text;
  }
  std::cout.flush();
  return std::cout ? kDone : fail(kUsage, "cannot write to standard output");
}

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string printable(std::string_view name) {
  const auto plain = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!name.empty() && std::all_of(name.begin(), name.end(), plain)) return std::string(name);
  return Json(name).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

std::string harmless(std::string_view text) {
  bool controls = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F, which some terminals obey, are 0xc2 and 0x80 to 0x9f in UTF-8.
    const bool c1 =
        c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    controls = controls || c < ' ' || c == 0x7f || c1;
  }
  if (!controls) return std::string(text);
  return Json(text).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

Json point_json(const sqlite::ArchivePoint& point) {
  return {{"seq", point.seq}, {"time", examples::rfc3339(point.time)}};
}

std::string point_text(const sqlite::ArchivePoint& point) {
  return "transaction " + std::to_string(point.seq) + " of " + examples::rfc3339(point.time);
}

sqlite::ProgressCallback archive_progress() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](const sqlite::Progress& progress) {
    std::cerr << "\rvault: " << progress.done;
    if (progress.total != 0) std::cerr << " of " << progress.total;
    std::cerr << "\x1b[K" << (progress.done == progress.total ? "\r\x1b[K" : "") << std::flush;
    return true;
  };
}

}  // namespace vault_tool
