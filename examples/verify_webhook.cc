// verify_webhook: checks one webhook request from the command line. The body comes from stdin, one
// JSON line goes to stdout. Exit status: 0 verified, 1 refused, 2 usage or configuration.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/encoding.h"
#include "coefficient/version.h"
#include "coefficient/webhook/message_signature.h"
#include "coefficient/webhook/verifier.h"
#include "whole_number.h"

namespace webhook = coefficient::webhook;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;
using coefficient::SecretBytes;
using webhook::Refusal;
using webhook::Verified;

namespace {

constexpr int kVerified = 0;
constexpr int kRefused = 1;
constexpr int kUsage = 2;

struct Arguments {
  std::string scheme;
  std::string scheme_file;
  std::vector<std::string> secret_files;
  std::vector<std::string> headers;
  std::string method = "POST";
  std::string url;
  std::optional<std::int64_t> now;
  std::optional<std::uint64_t> tolerance;
  std::optional<std::uint64_t> max_body;
  std::string endpoint;
  std::string keyid;
  bool base64url = false;
};

Error usage(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

/// Reads a whole small file; a secret or a scheme has no business being larger than 64 KiB.
Result<std::string> read_small_file(const std::string& path) {
  constexpr std::size_t kMax = std::size_t{64} * 1024;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr)
    return usage("cannot read " + path + ": " + std::generic_category().message(errno));
  std::string text(kMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return usage("cannot read " + path);
  if (text.size() > kMax) return usage(path + " is larger than 64 KiB");
  return text;
}

struct Secret {
  std::string name;
  SecretBytes bytes;
};

/// A secret file holds the sender's text, and one line feed (or CR LF) at its end is the editor's.
Result<Secret> read_secret(const std::string& path) {
  auto text = read_small_file(path);
  if (!text) return text.error();
  std::string_view view = *text;
  if (view.ends_with('\n')) view.remove_suffix(1);
  if (view.ends_with('\r')) view.remove_suffix(1);
  if (view.empty()) return usage("the secret in " + path + " is empty");
  Secret secret{std::filesystem::path(path).filename().string(), SecretBytes::copy_of(view)};
  coefficient::wipe(std::as_writable_bytes(std::span(*text)));
  return secret;
}

Result<std::vector<Secret>> read_secrets(const std::vector<std::string>& paths) {
  std::vector<Secret> secrets;
  for (const std::string& path : paths) {
    auto secret = read_secret(path);
    if (!secret) return secret.error();
    if (secret->bytes.size() < 16)
      std::cerr << "verify_webhook: warning: the secret in " << path
                << " has fewer than 16 bytes; the library refuses it by default\n";
    // Two files of one name in different folders are told apart by their paths.
    const auto same = [&](const Secret& s) { return s.name == secret->name; };
    if (std::any_of(secrets.begin(), secrets.end(), same)) secret->name = path;
    secrets.push_back(*std::move(secret));
  }
  return secrets;
}

/// `Name: value` as on the wire; blanks around the value are not part of it (RFC 9110 5.5).
Result<std::vector<webhook::Header>> split_headers(const std::vector<std::string>& lines) {
  std::vector<webhook::Header> headers;
  for (const std::string_view line : lines) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0)
      return usage("--header wants 'Name: value', got '" + std::string(line) + "'");
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    headers.push_back({line.substr(0, colon), value});
  }
  return headers;
}

Result<webhook::Scheme> choose_scheme(const Arguments& args) {
  if (args.scheme != "custom") {
    if (!args.scheme_file.empty()) return usage("--scheme-file goes with --scheme custom");
    return webhook::scheme_by_name(args.scheme);
  }
  if (args.scheme_file.empty()) return usage("--scheme custom needs --scheme-file");
  const auto text = read_small_file(args.scheme_file);
  if (!text) return text.error();
  return webhook::parse_scheme(*text);
}

Result<webhook::Verifier> make_verifier(const Arguments& args, std::vector<Secret> secrets,
                                        const coefficient::Clock& clock) {
  auto scheme = choose_scheme(args);
  if (!scheme) return scheme.error();
  std::vector<webhook::Key> keys;
  keys.reserve(secrets.size());
  for (Secret& secret : secrets) keys.push_back({secret.name, std::move(secret.bytes)});
  webhook::VerifierOptions options;
  options.endpoint = args.endpoint;
  options.min_secret_bytes = 1;  // a checking tool must be able to check what is out there
  if (args.tolerance)
    options.tolerance = std::chrono::seconds(static_cast<std::int64_t>(*args.tolerance));
  if (args.max_body) options.max_body_bytes = static_cast<std::size_t>(*args.max_body);
  return webhook::Verifier::create(*std::move(scheme), std::move(keys), clock, std::move(options));
}

/// A key file for RFC 9421 is a JWK, a PEM public key, or else the bytes of an HMAC secret.
Result<webhook::MessageKey> make_message_key(const Secret& secret, const std::string& keyid) {
  const auto bytes = secret.bytes.expose();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with('{')) return webhook::MessageKey::jwk(secret.name, text);
  if (text.starts_with("-----BEGIN")) return webhook::MessageKey::pem(secret.name, keyid, text);
  return webhook::MessageKey::hmac_sha256(secret.name, keyid, secret.bytes);
}

Result<webhook::MessageSignatureVerifier> make_message_verifier(const Arguments& args,
                                                                const std::vector<Secret>& secrets,
                                                                const coefficient::Clock& clock) {
  if (args.url.empty()) return usage("--scheme rfc9421 needs --url (and --method if not POST)");
  std::vector<webhook::MessageKey> keys;
  for (const Secret& secret : secrets) {
    auto key = make_message_key(secret, args.keyid);
    if (!key) return key.error();
    keys.push_back(*std::move(key));
  }
  webhook::MessageSignatureProfile profile;
  profile.signature_base64url = args.base64url;
  if (args.tolerance)
    profile.tolerance = std::chrono::seconds(static_cast<std::int64_t>(*args.tolerance));
  if (args.max_body) profile.max_body_bytes = static_cast<std::size_t>(*args.max_body);
  webhook::MessageSignatureOptions options;
  options.endpoint = args.endpoint;
  return webhook::MessageSignatureVerifier::create(std::move(profile), std::move(keys), clock,
                                                   std::move(options));
}

/// Streams stdin through the verifier: a body over the cap is never read to its end.
template <class AnyVerifier>
Result<Verified, Refusal> verify_stdin(const AnyVerifier& verifier,
                                       const webhook::Request& request) {
  auto session = verifier.begin(request);
  if (!session) return session.error();
  std::array<char, 64 * 1024> chunk{};
  for (;;) {
    const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), stdin);
    if (n == 0) break;
    if (const auto ok = session->update(std::string_view(chunk.data(), n)); !ok) return ok.error();
  }
  if (std::ferror(stdin) != 0) return Refusal{webhook::Reason::kUnavailable};
  return std::move(*session).finish();
}

int report(const Result<Verified, Refusal>& result) {
  nlohmann::ordered_json line;
  line["verified"] = result.has_value();
  if (!result) {
    line["reason"] = to_string(result.error().reason);
    std::cout << line << '\n';
    return kRefused;
  }
  const auto optional = [](const std::optional<std::string>& text) {
    return text ? nlohmann::ordered_json(*text) : nlohmann::ordered_json();
  };
  const auto replay_key = result->replay_key();
  if (!replay_key) {
    std::cout << R"({"verified":false,"reason":"unavailable"})" << '\n';
    return kRefused;
  }
  const auto id = result->delivery_id();
  line["key"] = result->key_name();
  line["delivery_id"] = optional(id);
  line["delivery_id_signed"] = id && result->delivery_id_signed();
  line["event_type"] = optional(result->event_type());
  line["replay_key"] = coefficient::hex_encode(*replay_key);
  std::cout << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  return kVerified;
}

int fail(const Error& error) {
  std::cerr << "verify_webhook: " << error.message << '\n';
  return kUsage;
}

int run(const Arguments& args) {
  auto secrets = read_secrets(args.secret_files);
  if (!secrets) return fail(secrets.error());
  const auto headers = split_headers(args.headers);
  if (!headers) return fail(headers.error());
  std::optional<coefficient::ManualClock> fixed;
  if (args.now)
    fixed.emplace(std::chrono::system_clock::time_point(std::chrono::seconds(*args.now)));
  const coefficient::Clock& clock = fixed ? *fixed : coefficient::system_clock();
  const webhook::Request request{.headers = *headers, .method = args.method, .url = args.url};
  if (args.scheme == "rfc9421") {
    const auto verifier = make_message_verifier(args, *secrets, clock);
    return verifier ? report(verify_stdin(*verifier, request)) : fail(verifier.error());
  }
  const auto verifier = make_verifier(args, *std::move(secrets), clock);
  return verifier ? report(verify_stdin(*verifier, request)) : fail(verifier.error());
}

void define_options(CLI::App& app, Arguments& args) {
  app.add_option("--scheme", args.scheme, "How the sender signs")
      ->required()
      ->check(CLI::IsMember({"github", "slack", "paystack", "stripe", "standard-webhooks", "gitlab",
                             "shopify", "discord", "bitbucket", "linear", "rfc9421", "custom"}));
  app.add_option(
         "--secret-file", args.secret_files,
         "File with a secret or public key as the sender gives it; one line feed at its end "
         "is ignored. Repeat it for a rotation. rfc9421: a JWK, a PEM public key, or an "
         "HMAC secret")
      ->required();
  app.add_option("--header", args.headers, "A request header, 'Name: value'; repeatable")
      ->expected(1)
      ->take_all();
  app.add_option("--method", args.method, "Request method (rfc9421)")->capture_default_str();
  app.add_option("--url", args.url, "Absolute URL that the sender used (rfc9421)");
  app.add_option("--now", args.now, "The time to judge by, in Unix seconds (default: the clock)")
      ->check(examples::whole_number())
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{9'000'000'000}));
  app.add_option("--tolerance", args.tolerance,
                 "Seconds that the timestamp may be off (default: the scheme's)")
      ->check(examples::whole_number())
      ->check(CLI::Range(0, 604800));
  app.add_option("--max-body", args.max_body, "Cap on the body in bytes (default: the scheme's)")
      ->check(examples::whole_number())
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40));
  app.add_option("--scheme-file", args.scheme_file, "JSON description, with --scheme custom");
  app.add_option("--endpoint", args.endpoint, "Name of the receiving endpoint, for the replay key");
  app.add_option("--keyid", args.keyid, "rfc9421: keyid of PEM and HMAC keys (default: any)");
  app.add_flag("--base64url", args.base64url,
               "rfc9421: the Signature header holds unpadded base64url (AdCP) instead of base64");
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  Arguments args;
  CLI::App app(
      "Verifies one webhook request. The body comes from stdin; one JSON line goes to stdout.\n"
      "Exit status: 0 verified, 1 refused (the line tells the reason), 2 usage or configuration.");
  app.name("verify_webhook");
  app.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
  define_options(app, args);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kVerified : kUsage;
  }
  return run(args);
}
