#include "program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "child.h"

namespace test {
namespace {

constexpr int kSystemCallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

bool changes_files(const __ptrace_syscall_info& info) {
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return false;
  static constexpr long kCalls[] = {
      SYS_write,    SYS_pwrite64, SYS_fsync,     SYS_fdatasync, SYS_ftruncate,
      SYS_unlinkat, SYS_linkat,   SYS_renameat2, SYS_mkdirat,
#ifdef SYS_rename
      SYS_rename,   SYS_unlink,   SYS_link,      SYS_mkdir,     SYS_rmdir,
#endif
  };
  const auto number = static_cast<long>(info.entry.nr);
  if (number == SYS_openat) return (info.entry.args[2] & O_CREAT) != 0;
  return std::ranges::find(kCalls, number) != std::end(kCalls);
}

// Ours, but a leak checker, where the program has one, cannot work in a process that is traced.
std::vector<std::string> traced_environment() {
  constexpr std::string_view kSanitizer = "ASAN_OPTIONS=";
  std::vector<std::string> out;
  std::string options(kSanitizer);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (text.starts_with(kSanitizer)) {
      options = std::string(text) + ":";
    } else {
      out.emplace_back(text);
    }
  }
  out.push_back(options + "detect_leaks=0");
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Between fork and exec: only what is allowed there.
[[noreturn]] void become_traced(char** argv, char** environment) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(126);
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) dup2(nowhere, fd);
  execve(argv[0], argv, environment);
  _exit(127);
}

// Goes on from stop to stop; true at the `count`th call, false at the end of the program.
bool reaches(pid_t pid, std::size_t count) {
  int status = 0;
  for (long signal = 0;;) {
    if (ptrace(PTRACE_SYSCALL, pid, nullptr, signal) != 0) return false;
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return false;
    const int stop = WSTOPSIG(status);
    signal = stop == kSystemCallStop || stop == SIGTRAP ? 0 : stop;  // SIGTRAP: it became a program
    if (stop != kSystemCallStop) continue;
    __ptrace_syscall_info info{};
    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
    if (changes_files(info) && --count == 0) return true;
  }
}

}  // namespace

Ran run_gateway(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), GATEWAY_PROGRAM);
  Child child(std::move(arguments));
  Ran ran;
  // What these commands print fits a pipe, so that reading one after the other cannot block.
  while (const auto line = child.line()) ran.out += *line + "\n";
  while (const auto line = child.error_line()) ran.err += *line + "\n";
  const int status = child.wait();
  if (WIFEXITED(status)) ran.status = WEXITSTATUS(status);
  return ran;
}

std::optional<bool> run_gateway_killed_before(std::size_t count,
                                              std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), GATEWAY_PROGRAM);
  std::vector<char*> argv = pointers_to(arguments);
  std::vector<std::string> variables = traced_environment();
  std::vector<char*> environment = pointers_to(variables);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) become_traced(argv.data(), environment.data());
  int status = 0;
  waitpid(pid, &status, 0);
  if (!WIFSTOPPED(status)) return std::nullopt;
  const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SETOPTIONS, pid, nullptr, options) != 0) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return std::nullopt;
  }
  const bool reached = reaches(pid, count);
  if (reached) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  return reached;
}

std::size_t kill_stride() {
  const char* text = std::getenv("COEFFICIENT_FAULT_STRIDE");
  return text == nullptr ? 1 : std::max<std::size_t>(1, std::strtoul(text, nullptr, 10));
}

}  // namespace test
