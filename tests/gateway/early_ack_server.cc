// The control of the crash test, never shipped: the gateway's own parts, but put together wrongly.
// It answers each delivery before the commit instead of after.
#include <unistd.h>

#include <string>
#include <thread>

#include "committer.h"
#include "log.h"
#include "service.h"

namespace {

using namespace gateway;

class EarlyAck final : public DeliverySink {
 public:
  explicit EarlyAck(Committer& committer) : committer_(committer) {}
  void submit(Submission submission, Done done) override {
    done(Receipt{
        .answer = Receipt::Answer::kAccepted, .delivery_id = {}, .event = {}, .key_name = {}});
    committer_.submit(std::move(submission), [](const Receipt&) {});
  }

 private:
  Committer& committer_;
};

int serve(const Directory& directory) {
  const Clock& clock = coefficient::system_clock();
  Log log(STDERR_FILENO, clock);
  auto config = load_config(directory);
  if (!config) return 2;
  auto routes = load_routes(directory, *config, clock);
  auto inbox = Inbox::open(directory.database(), clock);
  if (!routes || !inbox) return 2;
  Committer committer(**inbox, log, config->limits.pending_deliveries, [] {});
  EarlyAck sink(committer);
  auto server = Server::create({.address = config->address,
                                .port = config->port,
                                .limits = config->limits,
                                .deadlines = config->deadlines,
                                .handle_signals = true},
                               std::move(*routes), sink, log, clock);
  if (!server) return 2;
  const Peer peer{.address = config->address, .port = (*server)->port()};
  if (!write_all(STDOUT_FILENO, "{\"url\":\"http://" + authority(peer) + "\"}\n")) return 2;
  (*server)->run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return argc == 2 ? serve(Directory(argv[1])) : 2;
}
