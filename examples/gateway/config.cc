#include "config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "coefficient/diff/minimizer.h"
#include "core/json.h"
#include "rate_limit_section.h"

namespace gateway {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

// Every number of the configuration: where it stands, what it may be, where it goes.
struct Number {
  const char* section;
  const char* name;
  std::uint64_t min;
  std::uint64_t max;
  std::uint64_t initial;
  void (*store)(Config&, std::uint64_t);
};

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

constexpr std::array kNumbers = {
    Number{"listen", "port", 0, 65535, 0,
           [](Config& c, std::uint64_t v) { c.port = static_cast<std::uint16_t>(v); }},
    Number{"limits", "header_bytes", 1024, kMiB, 16384,
           [](Config& c, std::uint64_t v) { c.limits.header_bytes = v; }},
    Number{"limits", "headers", 8, 1000, 64,
           [](Config& c, std::uint64_t v) { c.limits.headers = v; }},
    Number{"limits", "connections", 1, 65536, 1024,
           [](Config& c, std::uint64_t v) { c.limits.connections = v; }},
    Number{"limits", "pending_deliveries", 1, 100000, 1024,
           [](Config& c, std::uint64_t v) { c.limits.pending_deliveries = v; }},
    Number{"limits", "body_bytes_in_flight", kMiB, 65536 * kMiB, 256 * kMiB,
           [](Config& c, std::uint64_t v) { c.limits.body_bytes_in_flight = v; }},
    Number{"deadlines_ms", "header", 10, 60000, 5000,
           [](Config& c, std::uint64_t v) { c.deadlines.header = milliseconds(v); }},
    Number{"deadlines_ms", "request", 10, 600000, 10000,
           [](Config& c, std::uint64_t v) { c.deadlines.request = milliseconds(v); }},
    Number{"deadlines_ms", "idle", 10, 600000, 30000,
           [](Config& c, std::uint64_t v) { c.deadlines.idle = milliseconds(v); }},
    Number{"deadlines_ms", "drain", 10, 600000, 10000,
           [](Config& c, std::uint64_t v) { c.deadlines.drain = milliseconds(v); }},
    Number{
        "worker", "max_attempts", 1, 100, 20,
        [](Config& c, std::uint64_t v) { c.worker.max_attempts = static_cast<std::uint32_t>(v); }},
    Number{"worker", "lease_ms", 1000, 3600000, 60000,
           [](Config& c, std::uint64_t v) { c.worker.lease = milliseconds(v); }},
    Number{"worker", "git_deadline_ms", 100, 600000, 20000,
           [](Config& c, std::uint64_t v) { c.worker.git_deadline = milliseconds(v); }},
    Number{"worker", "max_diff_bytes", 1024, 1024 * kMiB, 32 * kMiB,
           [](Config& c, std::uint64_t v) { c.worker.max_diff_bytes = v; }},
};

constexpr std::array<const char*, 11> kSections = {
    "listen", "limits", "deadlines_ms", "worker",       "endpoints",  "vault",
    "admin",  "audit",  "policy",       "repositories", "rate_limits"};

std::uint64_t initial_body_cap(std::string_view endpoint) {
  return endpoint == "github" ? 25 * kMiB : kMiB;
}

// Reads one configuration; each member function adds to the problems and goes on.
class Reader {
 public:
  explicit Reader(ParsedConfig& out) : out_(out) {}

  void read(const Json& root) {
    if (!root.is_object()) return problem("/", "is not a JSON object", "run gateway init");
    for (const auto& [name, value] : root.items()) {
      if (std::ranges::find(kSections, name) == kSections.end()) unknown("/" + name);
    }
    for (const char* section : kSections) {
      const auto found = root.find(section);
      const std::string path = std::string("/") + section;
      if (found == root.end()) {
        // What nobody asked for is not opened.
        if (std::string_view(section) == "admin" || std::string_view(section) == "audit") continue;
        // Configurations of before there were limits are limited too.
        if (std::string_view(section) == "rate_limits") {
          read_section(section, initial_rate_limits());
          continue;
        }
        problem(path, "is missing", "add an object \"" + std::string(section) + "\"");
      } else if (!found->is_object()) {
        problem(path, "is not an object", "make it an object");
      } else {
        read_section(section, *found);
      }
    }
  }

 private:
  void problem(std::string subject, std::string what, std::string fix) {
    out_.problems.push_back(
        {.subject = std::move(subject), .what = std::move(what), .fix = std::move(fix)});
  }
  void unknown(const std::string& path) {
    problem(path, "is unknown", "remove it, or correct its spelling");
  }

  void read_section(const std::string& section, const Json& json) {
    if (section == "endpoints") return read_endpoints(json);
    if (section == "vault") return read_vault(json);
    if (section == "admin") return read_admin(json);
    if (section == "audit") return read_audit(json);
    if (section == "rate_limits") {
      return read_rate_limits(json, out_.config.rate_limits, out_.problems);
    }
    if (section == "policy") return read_policy(json);
    if (section == "repositories") return read_repositories(json);
    for (const auto& [name, value] : json.items()) {
      const bool known = (section == "listen" && name == "address") ||
                         std::ranges::any_of(kNumbers, [&, &n = name](const Number& number) {
                           return section == number.section && n == number.name;
                         });
      if (!known) unknown(std::string("/").append(section).append("/").append(name));
    }
    for (const Number& number : kNumbers) {
      if (section == number.section) read_number(json, number);
    }
    if (section == "listen") read_address(json);
  }

  void read_number(const Json& json, const Number& number) {
    const std::string path = std::string("/") + number.section + "/" + number.name;
    const std::string range = std::to_string(number.min) + " to " + std::to_string(number.max);
    if (const auto value =
            read_unsigned(json, number.name, path, number.initial, number.min, number.max)) {
      number.store(out_.config, *value);
    }
  }

  std::optional<std::uint64_t> read_unsigned(const Json& json, const char* name,
                                             const std::string& path, std::uint64_t initial,
                                             std::uint64_t min, std::uint64_t max) {
    const std::string range = std::to_string(min) + " to " + std::to_string(max);
    const auto found = json.find(name);
    if (found == json.end()) {
      problem(path, "is missing", "add \"" + std::string(name) + "\": " + std::to_string(initial));
      return std::nullopt;
    }
    const auto* value = found->get_ptr<const Json::number_unsigned_t*>();
    if (value == nullptr || *value < min || *value > max) {
      problem(path, "is not an integer from " + range,
              "set it to " + std::to_string(initial) + " or another integer from " + range);
      return std::nullopt;
    }
    return *value;
  }

  void read_address(const Json& json) {
    const auto found = json.find("address");
    const auto* text = found == json.end() ? nullptr : found->get_ptr<const Json::string_t*>();
    std::array<unsigned char, sizeof(in6_addr)> binary{};
    if (text == nullptr || (inet_pton(AF_INET, text->c_str(), binary.data()) != 1 &&
                            inet_pton(AF_INET6, text->c_str(), binary.data()) != 1)) {
      return problem("/listen/address", "is missing or not an IP address",
                     "set it to \"127.0.0.1\"; TLS ends in a proxy on the same host");
    }
    out_.config.address = *text;
  }

  void read_endpoints(const Json& json) {
    if (json.empty()) {
      problem("/endpoints", "has no endpoint", "add github, slack or paystack");
    }
    for (const auto& [name, value] : json.items()) {
      const std::string path = "/endpoints/" + name;
      if (std::ranges::find(kEndpoints, name) == std::end(kEndpoints)) {
        unknown(path);
      } else if (!value.is_object()) {
        problem(path, "is not an object", "make it an object");
      } else {
        read_endpoint(name, path, value);
      }
    }
  }

  void read_endpoint(const std::string& name, const std::string& path, const Json& json) {
    EndpointConfig endpoint{.name = name, .max_body_bytes = 0};
    for (const auto& [member, value] : json.items()) {
      if (member != "max_body_bytes") unknown(std::string(path).append("/").append(member));
    }
    if (const auto cap = read_unsigned(json, "max_body_bytes", path + "/max_body_bytes",
                                       initial_body_cap(name), 1024, 1024 * kMiB)) {
      endpoint.max_body_bytes = *cap;
    }
    out_.config.endpoints.push_back(std::move(endpoint));
  }

  void read_vault(const Json& json) {
    for (const auto& [member, value] : json.items()) {
      if (member != "kek_file" && member != "shred_ledger") unknown("/vault/" + member);
    }
    read_path(json, "kek_file", "the key file", out_.config.vault.kek_file);
    read_path(json, "shred_ledger", "the shred ledger", out_.config.vault.shred_ledger);
  }

  void read_path(const Json& json, const char* member, const char* of, std::string& to) {
    const auto found = json.find(member);
    const auto* text = found == json.end() ? nullptr : found->get_ptr<const Json::string_t*>();
    if (text == nullptr || !is_absolute(*text)) {
      return problem(std::string("/vault/") + member, "is missing or not an absolute path",
                     std::string("set it to the absolute path of ") + of);
    }
    to = *text;
  }

  void read_admin(const Json& json) {
    for (const auto& [member, value] : json.items()) {
      if (member != "policy_file" && member != "max_token_seconds") unknown("/admin/" + member);
    }
    AdminConfig& admin = out_.config.admin.emplace();
    const auto age =
        read_unsigned(json, "max_token_seconds", "/admin/max_token_seconds", 28800, 60, 86400);
    admin.max_token_age = std::chrono::seconds(age.value_or(0));
    const auto found = json.find("policy_file");
    const auto* text = found == json.end() ? nullptr : found->get_ptr<const Json::string_t*>();
    if (text == nullptr || (!text->empty() && !is_absolute(*text))) {
      return problem("/admin/policy_file", "is missing or not an absolute path",
                     "set it to the absolute path of a policy, or to \"\" for the built-in one");
    }
    admin.policy_file = *text;
  }

  void read_audit(const Json& json) {
    for (const auto& [member, value] : json.items()) {
      if (member != "seal_personal") unknown("/audit/" + member);
    }
    const auto found = json.find("seal_personal");
    const auto* value = found == json.end() ? nullptr : found->get_ptr<const Json::boolean_t*>();
    if (value == nullptr) {
      return problem("/audit/seal_personal", "is missing or not a boolean",
                     "set it to false, or to true to encrypt what is personal");
    }
    out_.config.audit.seal_personal = *value;
  }

  static bool is_absolute(const std::string& path) {
    return path.starts_with('/') && path.find('\0') == std::string::npos;
  }

  void read_policy(const Json& json) {
    auto policy =
        coefficient::diff::parse_policy(json.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (policy) {
      out_.config.policy = *std::move(policy);
      const auto compiled = coefficient::diff::Minimizer::create(out_.config.policy);
      if (compiled) return;
      policy = compiled.error();
    }
    problem("/policy", "is refused: " + policy.error().message,
            "correct it, or take what minimize_diff --show-policy prints");
  }

  void read_repositories(const Json& json) {
    for (const auto& [name, value] : json.items()) {
      const std::string path = "/repositories/" + name;
      const auto* text = value.get_ptr<const Json::string_t*>();
      if (std::ranges::count(name, '/') != 1 || name.front() == '/' || name.back() == '/') {
        problem(path, "is not named owner/name", "name it as GitHub does: \"owner/name\"");
      } else if (text == nullptr || !is_absolute(*text)) {
        problem(path, "is not an absolute path", "set it to the absolute path of a local clone");
      } else {
        out_.config.repositories.emplace(name, *text);
      }
    }
  }

  ParsedConfig& out_;
};

}  // namespace

ParsedConfig parse_config(std::string_view text) {
  ParsedConfig out;
  if (const auto strict = coefficient::json::check(text, {.max_bytes = kMiB, .max_depth = 8});
      !strict) {
    out.problems.push_back({.subject = "/",
                            .what = "is not strict JSON: " + strict.error().message,
                            .fix = "correct it there; duplicate members count as errors"});
    return out;
  }
  Reader(out).read(Json::parse(text, nullptr, false));
  return out;
}

std::string initial_config(std::uint16_t port, const VaultConfig& vault) {
  Json root = {{"listen", {{"address", "127.0.0.1"}}}};
  for (const Number& number : kNumbers) root[number.section][number.name] = number.initial;
  root["listen"]["port"] = port;
  for (const std::string_view name : kEndpoints) {
    root["endpoints"][std::string(name)] = {{"max_body_bytes", initial_body_cap(name)}};
  }
  root["vault"] = {{"kek_file", vault.kek_file}, {"shred_ledger", vault.shred_ledger}};
  // The defaults are sound, so no step can fail.
  root["admin"] = Json::parse(kInitialAdmin, nullptr, false);
  root["audit"] = {{"seal_personal", false}};
  root["rate_limits"] = initial_rate_limits();
  root["policy"] = Json::parse(*coefficient::diff::canonical_json({}), nullptr, false);
  root["repositories"] = Json::object();
  return root.dump(2) + "\n";
}

}  // namespace gateway
