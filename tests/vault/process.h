#ifndef COEFFICIENT_TESTS_VAULT_PROCESS_H_
#define COEFFICIENT_TESTS_VAULT_PROCESS_H_

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "support/sanitizer.h"

namespace test {

/// Runs `body` in a child of fork() and returns its exit status; -1 if it died of a signal.
inline int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -2;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// From now on, in this process, these system calls fail with EPERM. False if that is not possible.
inline bool refuse_system_calls(std::initializer_list<unsigned> numbers) {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};  // offsetof(seccomp_data, nr)
  for (const unsigned number : numbers) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// A secret that this process holds in masked form only, so that looking for it finds no needle.
struct Masked {
  static constexpr std::byte kMask{0x5a};
  explicit Masked(std::span<const std::byte> secret) {
    for (const std::byte b : secret) bytes.push_back(b ^ kMask);
  }
  void write_to(std::span<std::byte> out) const {
    for (std::size_t i = 0; i < bytes.size(); ++i) out[i] = bytes[i] ^ kMask;
  }
  [[nodiscard]] bool at(const std::byte* from) const {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if (from[i] != (bytes[i] ^ kMask)) return false;
    return true;
  }
  std::vector<std::byte> bytes;
};

// Sanitizers map terabytes of shadow memory, and keep freed memory from being used again.
inline constexpr bool kMemoryCanBeSearched = !kSanitized;

/// Returns how often the secret is in this process's memory, as /proc/self/mem shows it, outside
/// of `except`.
inline int occurrences(const Masked& secret, std::span<const std::byte> except = {}) {
  std::vector<std::byte> window(std::size_t{1} << 20);
  const int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  std::ifstream maps("/proc/self/maps");
  int found = 0;
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0;
    unsigned long to = 0;
    char readable = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %c", &from, &to, &readable) != 3 || readable != 'r')
      continue;
    const std::size_t overlap = secret.bytes.size() - 1;
    for (unsigned long at = from; at < to; at += window.size() - overlap) {
      const ssize_t n = pread(mem, window.data(), std::min<std::size_t>(window.size(), to - at),
                              static_cast<off_t>(at));
      for (std::size_t i = 0; n > 0 && i + secret.bytes.size() <= static_cast<std::size_t>(n);
           ++i) {
        const auto* where = reinterpret_cast<const std::byte*>(at + i);
        const auto inside = [where](std::span<const std::byte> range) {
          return where >= range.data() && where < range.data() + range.size();
        };
        if (secret.at(&window[i]) && !inside(except) && !inside(window)) ++found;
      }
      if (n <= 0) break;  // memory that is not shown, such as memfd_secret's
      std::fill(window.begin(), window.end(), std::byte{0});
    }
  }
  close(mem);
  return found;
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_VAULT_PROCESS_H_
