// put, get, list, rm.
#include <unistd.h>

#include <iostream>
#include <utility>

#include "commands.h"
#include "files.h"
#include "opened.h"
#include "output.h"
#include "rfc3339.h"

namespace vault_tool {
namespace {

namespace vault = coefficient::vault;

vault::RecordRef ref_of(const Arguments& a) {
  return {a.tenant, a.kind, a.name};
}

std::span<const std::byte> without_newline(std::span<const std::byte> bytes) {
  if (bytes.empty() || bytes.back() != std::byte{'\n'}) return bytes;
  bytes = bytes.first(bytes.size() - 1);
  return !bytes.empty() && bytes.back() == std::byte{'\r'} ? bytes.first(bytes.size() - 1) : bytes;
}

int print_record(const Arguments& a, const vault::RecordInfo& info) {
  const std::string time = examples::rfc3339(info.updated_at);
  const Json json = {{"tenant", info.tenant},   {"kind", info.kind},       {"name", info.name},
                     {"version", info.version}, {"removed", info.removed}, {"updated_at", time}};
  return print(a, json,
               printable(info.kind) + ' ' + printable(info.name) + ' ' +
                   std::to_string(info.version) + ' ' + time + (info.removed ? " removed" : "") +
                   '\n');
}

int list_tenants(const Arguments& a, Opened& opened) {
  const auto names = tenants(*opened.store);
  if (!names) return refuse(names.error());
  for (const auto& [tenant, shredded] : *names) {
    if (shredded) continue;
    if (const int code = print(a, {{"tenant", tenant}}, printable(tenant) + '\n'); code != kDone)
      return code;
  }
  return kDone;
}

}  // namespace

int put(const Arguments& a) {
  auto opened = open_vault(a);
  if (!opened) return fail(kUsage, opened.error().message);
  const auto input = read_secret(a.in_file);
  if (!input) return fail(kUsage, input.error().message);
  const auto secret = a.strip_newline ? without_newline(input->bytes()) : input->bytes();
  if (secret.empty()) return fail(kUsage, "the secret is empty");
  const auto version = opened->vault->put(ref_of(a), secret, a.expected_version);
  if (!version) return refuse(version.error());
  return print(a, {{"version", *version}}, "version " + std::to_string(*version) + '\n');
}

int get(const Arguments& a) {
  if (a.json && a.out_file.empty())
    return fail(kUsage, "--json needs --out: without it standard output is the secret's");
  auto opened = open_vault(a);
  if (!opened) return fail(kUsage, opened.error().message);
  const auto secret = opened->vault->get(ref_of(a));
  if (!secret) return refuse(secret.error());
  const auto bytes = secret->bytes.expose();
  const auto written = a.out_file.empty() ? write_to_stdout(bytes) : make_file(a.out_file, bytes);
  if (!written) return fail(kUsage, written.error().message);
  if (a.out_file.empty()) return kDone;
  const std::string time = examples::rfc3339(secret->updated_at);
  return print(a, {{"version", secret->version}, {"bytes", bytes.size()}, {"updated_at", time}},
               "version " + std::to_string(secret->version) + " of " + time + ", " +
                   std::to_string(bytes.size()) + " bytes\n");
}

int list(const Arguments& a) {
  auto opened = open_vault(a);
  if (!opened) return fail(kUsage, opened.error().message);
  if (a.tenant.empty()) return list_tenants(a, *opened);
  std::string kind;
  std::string name;
  while (true) {
    const auto page = opened->vault->list({a.tenant, kind, name}, kPage);
    if (!page) return refuse(page.error());
    for (const vault::RecordInfo& info : *page) {
      if (info.removed && !a.all) continue;
      if (const int code = print_record(a, info); code != kDone) return code;
    }
    if (page->size() < kPage) return kDone;
    kind = page->back().kind;
    name = page->back().name;
  }
}

int remove(const Arguments& a) {
  auto opened = open_vault(a);
  if (!opened) return fail(kUsage, opened.error().message);
  const auto version = opened->vault->remove(ref_of(a), a.expected_version);
  if (!version) return refuse(version.error());
  return print(a, {{"version", *version}, {"removed", true}},
               "removed at version " + std::to_string(*version) + '\n');
}

}  // namespace vault_tool
