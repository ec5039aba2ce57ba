// Where a LocalKey's text comes from.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "coefficient/core/random.h"
#include "coefficient/vault/local_kek.h"
#include "vault/key_text.h"
#include "vault/owned_file.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

constexpr std::size_t kRoomBytes = 256;  // more than any key text has

class File {
 public:
  explicit File(const std::string& path) noexcept
      // O_NONBLOCK: opening a FIFO must not wait for a writer; regular files ignore it.
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

// Fills `out` as far as the file reaches.
Result<std::size_t> read_up_to(int fd, std::span<std::byte> out) {
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t n = read(fd, out.data() + have, out.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error{ErrorCode::kUnavailable, "the key file cannot be read"};
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  return have;
}

}  // namespace

LocalKey::LocalKey(std::string id, ArenaBytes key) noexcept
    : id_(std::move(id)), key_(std::move(key)) {}

Result<LocalKey> LocalKey::from_text(std::span<const std::byte> text, SecretArena& arena) {
  auto key = arena.allocate(32);
  if (!key) return key.error();
  auto id = parse_key_text(text, key->expose().first<32>());
  if (!id) return id.error();
  return LocalKey(*std::move(id), *std::move(key));
}

Result<LocalKey> LocalKey::from_file(const std::string& path, SecretArena& arena) {
  const File file(path);
  if (file.fd() < 0 && (errno == ENOENT || errno == ENOTDIR))
    return Error{ErrorCode::kNotFound, "there is no key file " + path};
  if (file.fd() < 0)
    return Error{ErrorCode::kPermissionDenied, "the key file " + path + " cannot be opened"};
  if (auto checked = check_owner_and_mode(file.fd(), "the key file"); !checked)
    return checked.error();
  return from_callback(
      [&file](std::span<std::byte> out) -> Result<std::size_t> {
        auto size = read_up_to(file.fd(), out);
        if (size && *size > 0 && out[*size - 1] == std::byte{'\n'}) --*size;
        return size;
      },
      arena);
}

Result<LocalKey> LocalKey::from_environment(const std::string& variable, SecretArena& arena) {
  // The header asks for a single thread at this point.
  char* const value = std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr)
    return Error{ErrorCode::kNotFound, "the environment has no variable " + variable};
  const auto text = std::as_writable_bytes(std::span(value, std::strlen(value)));
  auto key = from_text(text, arena);
  wipe(text);
  unsetenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe)
  return key;
}

Result<LocalKey> LocalKey::from_callback(
    const std::function<Result<std::size_t>(std::span<std::byte>)>& write, SecretArena& arena) {
  const auto room = arena.allocate(kRoomBytes);
  if (!room) return room.error();
  const auto size = write(room->expose());
  if (!size) return size.error();
  if (*size > kRoomBytes)
    return Error{ErrorCode::kInvalidArgument, "a key text is at most 256 bytes"};
  return from_text(room->expose().first(*size), arena);
}

Result<SecretBytes> LocalKey::generate(std::string_view id) {
  SecretBytes key = SecretBytes::for_overwrite(32);
  if (const auto drawn = random_bytes(key.expose_for_writing()); !drawn) return drawn.error();
  return format_key_text(id, key.expose().first<32>());
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
