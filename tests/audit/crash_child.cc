// The process that crash_test.cc kills. It says on standard output which records are durable, a
// line each, from several threads at once.
//
//   audit_crash_child durable|early DIRECTORY   "early" says it before it is so
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "coefficient/audit/log.h"
#include "coefficient/core/clock.h"

using namespace coefficient;
using namespace coefficient::audit;

namespace {

[[noreturn]] void give_up(const Error& error) {
  (void)std::fprintf(stderr, "audit_crash_child: %s\n", error.message.c_str());
  std::_Exit(3);
}

void say(const std::string& what) {
  const std::string line = what + "\n";  // shorter than PIPE_BUF, so never mixed with another
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(0);  // nobody listens
}

void keep_writing(Log& log, int thread, bool early) {
  for (int i = 0;; ++i) {
    Record record;
    record.id = std::to_string(::getpid()) + "-" + std::to_string(thread) + "-" + std::to_string(i);
    record.actor = {.type = "user", .id = "u"};
    record.action = "work";
    record.reason = std::string(static_cast<std::size_t>(i * 37 % 1500), 'x');
    if (early) say(record.id);
    if (auto receipt = log.append(record); !receipt) give_up(receipt.error());
    if (!early) say(record.id);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const bool early = std::string(argv[1]) == "early";
  auto log = Log::open(argv[2], system_clock(), {.max_segment_bytes = 65'536});
  if (!log) give_up(log.error().error);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&, t] { keep_writing(**log, t, early); });
  for (int i = 1;; ++i) {
    const auto note = (*log)->checkpoint();
    if (!note) give_up(note.error());
    say("checkpoint");
  }
}
