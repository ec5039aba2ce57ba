#include "doctor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "admin_checks.h"
#include "audit_checks.h"
#include "config.h"
#include "descriptors.h"
#include "inbox.h"
#include "process.h"
#include "rate_limits.h"
#include "rfc3339.h"
#include "vault_checks.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

// No release of this program is older: a clock before this is wrong.
constexpr std::chrono::sys_days kEarliest{std::chrono::year(2026) / 1 / 1};
constexpr std::chrono::sys_days kLatest{std::chrono::year(2100) / 1 / 1};

class Examination {
 public:
  Examination(const Directory& directory, const Clock& clock)
      : directory_(directory), clock_(clock) {}

  std::vector<Check> run() {
    const std::string anew = "run gateway init in a new DIR";
    mode("directory", directory_.root(), S_IFDIR, 0700, "run: gateway init DIR");
    mode("config.json", directory_.config(), S_IFREG, 0600, anew);
    // A configuration of the former layout is not wrong, it is to be converted.
    if (check_layout()) check_config();
    if (config_) {
      for (Check& check : examine_vault(directory_, *config_, clock_))
        checks_.push_back(std::move(check));
      for (Check& check : examine_admin(directory_, *config_, clock_))
        checks_.push_back(std::move(check));
      for (Check& check : examine_audit(directory_)) checks_.push_back(std::move(check));
    }
    mode("gateway.db", directory_.database(), S_IFREG, 0600,
         "restore it from a backup, or " + anew);
    check_inbox();
    if (config_) {
      check_open_files();
      check_port();
      check_rate_limits();
      for (const auto& [name, path] : config_->repositories) check_clone(name, path);
    }
    check_clock();
    return std::move(checks_);
  }

 private:
  void pass(std::string name, std::string detail) {
    checks_.push_back(passed(std::move(name), std::move(detail)));
  }
  void fail(std::string name, std::string detail, std::string fix) {
    checks_.push_back(failed(std::move(name), std::move(detail), std::move(fix)));
  }
  void mode(const std::string& name, const fs::path& path, mode_t kind, mode_t wanted,
            const std::string& if_missing) {
    checks_.push_back(check_mode(name, path, kind, wanted, if_missing));
  }

  void check_config() {
    auto text = read_file(directory_.config(), std::size_t{1} << 20U);
    if (!text) {
      return fail("configuration", text.error().message, "run gateway init in a new DIR");
    }
    ParsedConfig parsed = parse_config(*text);
    for (const Problem& problem : parsed.problems) {
      fail("config.json " + problem.subject, problem.what, problem.fix);
    }
    if (!parsed.problems.empty()) return;
    pass("configuration", "every member is there and within its range");
    config_ = std::move(parsed.config);
  }

  bool check_layout() {
    struct stat info {};
    if (::lstat(directory_.former_secrets().c_str(), &info) != 0) return true;
    fail("secrets", "are in plain files, as before there was a vault",
         "run: gateway secret import '" + directory_.root().string() + "'");
    return false;
  }

  void check_inbox() {
    auto inbox = Inbox::open(directory_.database(), clock_);
    if (!inbox) {
      const bool version = inbox.error().code == ErrorCode::kFailedPrecondition;
      return fail("inbox", inbox.error().message,
                  version ? "use the release of gateway that wrote it"
                          : "restore gateway.db from a backup, or run gateway init in a new DIR");
    }
    pass("inbox", "schema version " + std::to_string(Inbox::kSchemaVersion));
    check_durability(**inbox);
    auto counts = (*inbox)->counts();
    if (!counts) return fail("deliveries", counts.error().message, "restore from a backup");
    const std::string detail = std::to_string(counts->queued + counts->leased) + " waiting, " +
                               std::to_string(counts->done) + " done, " +
                               std::to_string(counts->dead) + " dead";
    if (counts->dead == 0) return pass("deliveries", detail);
    fail("deliveries", detail,
         "see why with: gateway inbox DIR; then gateway inbox DIR --requeue ID");
  }

  void check_durability(Inbox& inbox) {
    auto integrity = inbox.check();
    if (integrity && *integrity == "ok") {
      pass("integrity", "quick_check: ok");
    } else {
      fail("integrity", integrity ? *integrity : integrity.error().message,
           "restore gateway.db from a backup");
    }
    auto journal = inbox.pragma("journal_mode");
    auto synchronous = inbox.pragma("synchronous");
    if (journal && synchronous && *journal == "wal" && *synchronous == "2") {
      return pass("durability", "journal_mode=WAL, synchronous=FULL");
    }
    fail("durability", "journal_mode=WAL with synchronous=FULL is not in effect",
         "move DIR to a local file system that can share memory maps (not a network one)");
  }

  void check_rate_limits() {
    const RateLimitConfig& config = config_->rate_limits;
    auto limits = RateLimits::create(config, clock_);
    if (!limits) {
      return fail("rate limits", limits.error().message, "correct /rate_limits in config.json");
    }
    if (config.redis.empty()) return pass("rate limits", "counted in the gateway's own memory");
    if (auto there = (*limits)->probe(); !there) {
      return fail("rate limits", config.redis + ": " + there.error().message,
                  "start the Redis server, or correct /rate_limits/redis in config.json");
    }
    pass("rate limits", "counted in the Redis server at " + config.redis);
  }

  void check_open_files() {
    auto have = descriptor_limit();
    if (!have) return fail("open files", have.error().message, "correct the limit on open files");
    checks_.push_back(check_descriptors(config_->limits, *have));
  }

  void check_port() {
    const std::string where = config_->address + " port " + std::to_string(config_->port);
    if (config_->port == 0) return pass("port", "0: any free port, printed at start");
    if (auto lock = DirectoryLock::acquire(directory_); !lock) {
      return pass("port", where + ": the gateway of this directory is running");
    }
    if (can_bind(config_->address, config_->port)) return pass("port", where + " is free");
    fail("port", where + " cannot be had",
         "stop what listens there (ss -ltnp), or set another /listen/port in config.json");
  }

  static bool can_bind(const std::string& address, std::uint16_t port) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    const bool is_v4 = inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) != 1) return false;
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    const int fd = ::socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const int on = 1;  // as the server does: a port in TIME_WAIT is free
    (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const void* where = is_v4 ? static_cast<const void*>(&v4) : static_cast<const void*>(&v6);
    const socklen_t size = is_v4 ? sizeof(v4) : sizeof(v6);
    const bool bound = ::bind(fd, static_cast<const sockaddr*>(where), size) == 0;
    ::close(fd);
    return bound;
  }

  void check_clone(const std::string& name, const std::string& path) {
    auto output = run_git(path, {"rev-parse", "--git-dir"},
                          {.deadline = std::chrono::seconds(10), .max_output_bytes = 65536});
    if (output) return pass("repository " + name, "a git repository");
    const bool no_git = output.error().code == ErrorCode::kNotFound;
    fail("repository " + name, output.error().message,
         no_git ? "install git" : "make a clone at '" + path + "', or correct the path");
  }

  void check_clock() {
    const system_clock::time_point now = clock_.now();
    const std::string fix =
        "set the clock; run a time service (Slack's signatures expire in 300 s)";
    if (now < kEarliest || now > kLatest)
      return fail("clock", "says " + examples::rfc3339(now), fix);
    struct stat info {};
    if (::stat(directory_.config().c_str(), &info) == 0 &&
        now + std::chrono::minutes(5) < system_clock::from_time_t(info.st_mtime)) {
      return fail("clock", "is behind the time at which config.json was written", fix);
    }
    pass("clock", examples::rfc3339(now));
  }

  const Directory& directory_;
  const Clock& clock_;
  std::optional<Config> config_;
  std::vector<Check> checks_;
};

}  // namespace

std::vector<Check> examine(const Directory& directory, const Clock& clock) {
  return Examination(directory, clock).run();
}

std::string doctor_text(const std::vector<Check>& checks) {
  std::string out;
  for (const Check& check : checks) {
    out += (check.ok ? "OK    " : "FAIL  ") + check.name + ": " + check.detail + "\n";
    if (!check.ok) out += "      fix: " + check.fix + "\n";
  }
  const auto failed = std::ranges::count(checks, false, &Check::ok);
  out += failed == 0
             ? "all " + std::to_string(checks.size()) + " checks passed\n"
             : std::to_string(failed) + " of " + std::to_string(checks.size()) + " checks failed\n";
  return out;
}

std::string doctor_json(const std::vector<Check>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    nlohmann::ordered_json entry = {
        {"name", check.name}, {"ok", check.ok}, {"detail", check.detail}};
    if (!check.ok) entry["fix"] = check.fix;
    list.push_back(std::move(entry));
  }
  return nlohmann::ordered_json{{"ok", all_ok(checks)}, {"checks", std::move(list)}}.dump(
             2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace gateway
