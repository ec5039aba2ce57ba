#include "demo.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "coefficient/diff/manifest.h"
#include "endpoint_secrets.h"
#include "init.h"
#include "leaving_lines.h"
#include "log.h"
#include "service.h"
#include "signing.h"
#include "vault_files.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kDemoBodyCap = std::size_t{256} << 10U;
constexpr std::chrono::seconds kPatience{60};

// Lines that the worker has finished, for a thread that waits for them.
class Results {
 public:
  void add(const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }
  std::optional<std::string> first() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return !lines_.empty(); })) return {};
    return lines_.front();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

Result<> write_demo_config(const Directory& directory, const DemoChange& change) {
  auto text = read_file(directory.config(), std::size_t{1} << 20U);
  if (!text) return text.error();
  Json config = Json::parse(*text, nullptr, false);
  config["endpoints"]["github"]["max_body_bytes"] = kDemoBodyCap;
  config["repositories"][change.pull_request.repository] = change.clone;
  std::error_code ec;
  fs::remove(directory.config(), ec);
  return write_new_file(directory.config(), config.dump(2) + "\n");
}

// A running service on a thread, stopped and joined when it goes.
class Running {
 public:
  explicit Running(Service& service)
      : service_(service), thread_([this] { ended_.emplace(service_.run()); }) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { (void)stop(); }
  Result<> stop() {
    if (thread_.joinable()) {
      service_.stop();
      thread_.join();
    }
    return *ended_;
  }

 private:
  Service& service_;
  std::optional<Result<>> ended_;
  std::thread thread_;
};

// The reason in the newest line of the gateway's log that refuses something.
std::string last_refusal(const fs::path& log) {
  auto text = read_file(log, std::size_t{4} << 20U);
  if (!text) return "no log";
  const std::size_t at = text->rfind("\"event\":\"refused\"");
  if (at == std::string::npos) return "not logged";
  const std::size_t begin = text->rfind('\n', at) + 1;
  const Json line = Json::parse(text->substr(begin, text->find('\n', at) - begin), nullptr, false);
  const auto reason = line.is_object() ? line.find("reason") : line.end();
  return reason != line.end() && reason->is_string() ? *reason->get_ptr<const std::string*>()
                                                     : "not logged";
}

class Demo {
 public:
  Demo(Directory directory, fs::path log, DemoOutcome& outcome)
      : directory_(std::move(directory)), log_(std::move(log)), outcome_(outcome) {}

  Result<> run(const Peer& peer, Results& results, Inbox& inbox) {
    peer_ = peer;
    const std::string body = pull_request_payload(outcome_.change);
    outcome_.payload_bytes = body.size();
    auto github = newest_secret("github");
    if (!github) return github.error();
    auto slack = newest_secret("slack");
    if (!slack) return slack.error();
    if (auto sent = deliver(github->bytes, body); !sent) return sent;
    if (auto sent = deliver_refused(github->bytes, slack->bytes, body); !sent) return sent;
    return collect(results, inbox);
  }

 private:
  using Now = std::chrono::system_clock;

  Result<EndpointSecret> newest_secret(std::string_view endpoint) {
    auto config = load_config(directory_);
    if (!config) return config.error();
    auto files = VaultFiles::open(directory_, config->vault, coefficient::system_clock());
    if (!files) return files.error();
    return EndpointSecrets(files->vault()).newest(endpoint);
  }

  // Sends and notes; a refusal is noted with the reason that only the operator's log has.
  void send(DemoStep step, const std::string& endpoint, const HeaderList& headers,
            std::string_view body) {
    auto answer = http_post(peer_, "/webhooks/" + endpoint, headers, body);
    if (!answer) {
      step.got = answer.error().message;
    } else if (answer->status >= 400) {
      step.got = std::to_string(answer->status) + " " + last_refusal(log_);
    } else {
      const Json json = Json::parse(answer->body, nullptr, false);
      const bool has = json.is_object() && json.contains("status") && json["status"].is_string();
      step.got = std::to_string(answer->status) + " " +
                 (has ? *json["status"].get_ptr<const std::string*>() : "");
    }
    outcome_.steps.push_back(std::move(step));
  }

  Result<> deliver(const coefficient::SecretBytes& secret, const std::string& body) {
    auto first = sign("github", secret, body, "pull_request", Now::now());
    if (!first) return first.error();
    send({.name = "accepted",
          .did = "a pull request, signed as GitHub signs",
          .expected = "202 accepted",
          .got = {}},
         "github", *first, body);
    auto again = sign("github", secret, body, "pull_request", Now::now());
    if (!again) return again.error();
    send({.name = "duplicate",
          .did = "the same again, under a fresh delivery id",
          .expected = "200 duplicate",
          .got = {}},
         "github", *again, body);
    return {};
  }

  Result<> deliver_refused(const coefficient::SecretBytes& github,
                           const coefficient::SecretBytes& slack, const std::string& body) {
    auto signed_headers = sign("github", github, body, "pull_request", Now::now());
    if (!signed_headers) return signed_headers.error();
    std::string tampered = body;
    char& middle = tampered[tampered.size() / 2];
    middle = static_cast<char>(static_cast<unsigned char>(middle) ^ 1U);
    send({.name = "tampered",
          .did = "one bit of the body flipped on the way",
          .expected = "401 bad_signature",
          .got = {}},
         "github", *signed_headers, tampered);
    HeaderList unsigned_headers = *signed_headers;
    std::erase_if(unsigned_headers, [](const auto& h) { return h.first == "X-Hub-Signature-256"; });
    send({.name = "unsigned",
          .did = "no signature at all",
          .expected = "401 missing_header",
          .got = {}},
         "github", unsigned_headers, body);
    constexpr std::string_view kEvent = R"({"type":"event_callback","event_id":"Ev1"})";
    auto stale = sign("slack", slack, kEvent, "", Now::now() - std::chrono::hours(1));
    if (!stale) return stale.error();
    send({.name = "stale",
          .did = "a Slack event, well signed an hour ago",
          .expected = "401 too_old",
          .got = {}},
         "slack", *stale, kEvent);
    const std::string huge(kDemoBodyCap + 1, 'x');
    auto oversized = sign("github", github, huge, "pull_request", Now::now());
    if (!oversized) return oversized.error();
    send({.name = "oversized",
          .did = "a body of " + std::to_string(huge.size()) + " bytes, one over the cap",
          .expected = "413 body_too_large",
          .got = {}},
         "github", *oversized, huge);
    return {};
  }

  Result<> collect(Results& results, Inbox& inbox) {
    auto line = results.first();
    if (!line) return Error{ErrorCode::kDeadlineExceeded, "the worker gave no result"};
    const Json summary = Json::parse(*line, nullptr, false);
    const auto number = [&](const char* name) -> std::uint64_t {
      const auto found = summary.find(name);
      if (found == summary.end()) return 0;
      const auto* value = found->get_ptr<const Json::number_unsigned_t*>();
      return value != nullptr ? *value : 0;
    };
    DemoOutcome& o = outcome_;
    o.files = number("files");
    o.added = number("added_lines");
    o.removed = number("removed_lines");
    o.context = number("withheld_context_lines");
    o.other = number("withheld_other_lines");
    o.excluded = number("withheld_excluded_lines");
    o.diff_bytes = number("input_bytes");
    o.output_bytes = number("output_bytes");
    o.withheld_bytes = number("withheld_bytes");
    auto stored = inbox.receipts();
    if (!stored) return stored.error();
    if (stored->size() == 1) {
      o.minimized = stored->front().minimized;
      o.receipt = stored->front().manifest;
    }
    compare_lines();
    note_checks(stored->size(), inbox);
    note_planted();
    note_receipt();
    return {};
  }

  // Finds each line of the minimized JSON again in git's own diff.
  void compare_lines() {
    LeavingLines leaving(outcome_.minimized);
    outcome_.lines_leaving = leaving.size();
    std::string_view rest = outcome_.change.diff;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      if (rest.front() == '+' || rest.front() == '-')
        (void)leaving.take(std::string(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    outcome_.lines_altered = leaving.altered();
    outcome_.lines_foreign = leaving.size() - leaving.altered();
  }

  // What the numbers must be, by an independent count where there is one.
  void note_checks(std::size_t results, Inbox& inbox) {
    const DemoChange& change = outcome_.change;
    const std::size_t requests = outcome_.steps.size();
    const auto counted = [](std::uint64_t files, std::uint64_t lines) {
      return std::to_string(files) + " files, " + std::to_string(lines) + " lines";
    };
    outcome_.steps.push_back(
        {.name = "minimized",
         .did = "changed lines, counted by git itself too",
         .expected = counted(change.files, change.added + change.removed),
         .got = counted(outcome_.files, outcome_.added + outcome_.removed + outcome_.excluded)});
    outcome_.steps.push_back(
        {.name = "nothing_else",
         .did = "lines that would leave but are not changed",
         .expected = "0 of " + std::to_string(change.added + change.removed - outcome_.excluded),
         .got = std::to_string(outcome_.lines_foreign) + " of " +
                std::to_string(outcome_.lines_leaving)});
    auto counts = inbox.counts();
    outcome_.steps.push_back({.name = "once",
                              .did = "of " + std::to_string(requests) + " requests, processed",
                              .expected = "1 delivery, 1 result",
                              .got = counts
                                         ? std::to_string(counts->queued + counts->leased +
                                                          counts->done + counts->dead) +
                                               " delivery, " + std::to_string(results) + " result"
                                         : counts.error().message});
  }

  // What became of the file `name`: null if the output does not list it.
  [[nodiscard]] Json leaving_file(const std::string& name) const {
    const Json minimized = Json::parse(outcome_.minimized, nullptr, false);
    if (!minimized.is_object()) return nullptr;
    for (const Json& file : minimized["files"])
      if (file.value("new", Json::object()).value("path", "") == name) return file;
    return nullptr;
  }

  // The text of the added line `line` of the file; empty if it did not leave.
  [[nodiscard]] std::string leaving_line(const std::string& name, std::uint64_t line) const {
    const Json file = leaving_file(name);
    if (!file.is_object()) return {};
    for (const Json& hunk : file["hunks"])
      for (const Json& one : hunk)
        if (one.value("line", std::uint64_t{0}) == line) return one.value("text", "");
    return {};
  }

  void note_planted() {
    const Planted& planted = outcome_.planted;
    const bool token_left = outcome_.minimized.find(planted.token) != std::string::npos ||
                            outcome_.receipt.find(planted.token) != std::string::npos;
    // In `GITHUB_TOKEN = "[REDACTED:github-token#2]"`: all before the number, which depends on the
    // commits before.
    std::string shown = leaving_line(planted.token_file, 2);
    shown.erase(0, std::min(shown.find('['), shown.size()));
    shown.resize(std::min(shown.find('#'), shown.size()));
    outcome_.steps.push_back({.name = "token",
                              .did = "a token planted in " + planted.token_file,
                              .expected = "[REDACTED:github-token",
                              .got = token_left ? "the token left" : shown});
    // U+202E, byte by byte: no tool that reads this file is to take it for text that is reordered.
    const std::string right_to_left{'\xe2', '\x80', '\xae'};
    const std::string condition = leaving_line(planted.bidi_file, 1);
    outcome_.steps.push_back({.name = "bidi",
                              .did = "text reordered by invisible characters",
                              .expected = "shown as \\u{202E}",
                              .got = condition.find("\\u{202E}") != std::string::npos &&
                                             condition.find(right_to_left) == std::string::npos
                                         ? "shown as \\u{202E}"
                                         : condition});
    const Json lock = leaving_file(planted.lock_file);
    const bool listed = lock.is_object() && lock["hunks"].empty();
    outcome_.steps.push_back(
        {.name = "lock_file",
         .did = "a lock file of " + std::to_string(planted.lock_lines) + " lines",
         .expected = "listed, +" + std::to_string(planted.lock_lines) + ", no line left",
         .got = !listed ? "lines left"
                        : "listed, +" + std::to_string(lock.value("added", std::uint64_t{0})) +
                              ", no line left"});
  }

  // Does the work again from git's diff, and compares.
  void note_receipt() {
    namespace diff = coefficient::diff;
    const DemoChange& change = outcome_.change;
    const auto minimizer = diff::Minimizer::create({});
    const auto found = !minimizer
                           ? Result<diff::ManifestMismatch>(minimizer.error())
                           : diff::verify_manifest(outcome_.receipt, *minimizer,
                                                   {.title = change.pull_request.title,
                                                    .description = change.pull_request.description,
                                                    .diff = std::as_bytes(std::span(change.diff))},
                                                   outcome_.minimized);
    std::string got = found ? std::string(to_string(*found)) : found.error().message;
    outcome_.steps.push_back({.name = "receipt",
                              .did = "the stored receipt, checked by doing it again",
                              .expected = "none wrong",
                              .got = got + " wrong"});
  }

  Directory directory_;
  fs::path log_;
  DemoOutcome& outcome_;
  Peer peer_;
};

}  // namespace

bool DemoOutcome::ok() const {
  return !steps.empty() && !minimized.empty() && std::ranges::all_of(steps, &DemoStep::ok);
}

Result<DemoOutcome> run_demo(const fs::path& work, const std::string& inside) {
  DemoOutcome outcome;
  auto change = own_change(inside);
  if (!change) change = sample_change((work / "sample").string());
  if (!change) return change.error();
  auto planted = plant(*change, (work / "pull-request.git").string(), outcome.planted);
  if (!planted) return planted.error();
  outcome.change = *std::move(planted);

  const Directory directory(work / "gateway");
  if (auto made = init_directory(directory, 0); !made) return made.error();
  if (auto written = write_demo_config(directory, outcome.change); !written) return written.error();
  const fs::path log = work / "gateway.log";
  const int log_fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) return Error{ErrorCode::kInternal, log.string() + ": cannot be written"};

  Results results;
  auto service = Service::create(
      directory, coefficient::system_clock(),
      {.handle_signals = false, .log_fd = log_fd, .finished = [&results](const std::string& line) {
         results.add(line);
       }});
  if (!service) {
    ::close(log_fd);
    return service.error();
  }
  outcome.port = (*service)->peer().port;
  Running running(**service);
  auto ran = Demo(directory, log, outcome).run((*service)->peer(), results, (*service)->inbox());
  auto drained = running.stop();
  service->reset();
  ::close(log_fd);
  if (!ran) return ran.error();
  if (!drained) return drained.error();
  return outcome;
}

}  // namespace gateway
