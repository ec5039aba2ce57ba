#include "line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace gateway {

// Pieces of PIPE_BUF, as that many fit a pipe that poll(2) finds writable.
bool LineWriter::write_some(std::string_view bytes, std::size_t& written) noexcept {
  for (written = 0; written < bytes.size();) {
    const auto wait = stalled_ ? 0 : static_cast<int>(patience_.count());
    pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&writable, 1, wait);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const std::size_t size = std::min<std::size_t>(bytes.size() - written, PIPE_BUF);
    const ssize_t n = ::write(fd_, bytes.data() + written, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    written += static_cast<std::size_t>(n);
  }
  return true;
}

bool LineWriter::write(std::string_view line) noexcept {
  std::size_t written = 0;
  if (cut_ && !write_some("\n", written)) return false;
  cut_ = false;
  const bool whole = write_some(line, written);
  stalled_ = !whole;
  cut_ = !whole && written > 0;
  return whole;
}

}  // namespace gateway
