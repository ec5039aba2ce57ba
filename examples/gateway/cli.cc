#include "cli.h"

#include <unistd.h>

#include "log.h"

namespace gateway {

int complain(const Error& error, const std::string& hint) {
  std::string text = "gateway: " + error.message + "\n";
  if (!hint.empty()) text += "gateway: " + hint + "\n";
  (void)write_all(STDERR_FILENO, text);
  return kCannot;
}

int print(const std::string& text, int status) {
  return write_all(STDOUT_FILENO, text) ? status : kCannot;
}

}  // namespace gateway
