#include "client_address.h"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

namespace rl = coefficient::ratelimit;

constexpr unsigned kWhole = 128;  // bits of an IPv6 address
constexpr std::size_t kMaxHops = 16;

// Takes the last element off the list that a field's value is (RFC 9110 section 5.6.1).
std::string_view take_last(std::string_view& list) {
  const std::size_t comma = list.rfind(',');
  std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  const std::size_t first = last.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return last.substr(first, last.find_last_not_of(" \t") - first + 1);
}

}  // namespace

ClientAddresses::ClientAddresses(std::vector<rl::AddressKey> proxies)
    : proxies_(std::move(proxies)) {}

Result<ClientAddresses> ClientAddresses::create(const std::vector<std::string>& proxies) {
  std::vector<rl::AddressKey> keys;
  for (const std::string& proxy : proxies) {
    auto key = rl::address_key(proxy, kWhole);
    if (!key) return key.error();
    keys.push_back(*key);
  }
  return ClientAddresses(std::move(keys));
}

bool ClientAddresses::is_proxy(std::string_view address) const {
  if (proxies_.empty()) return false;
  const auto key = rl::address_key(address, kWhole);
  return key && std::ranges::any_of(proxies_, [&](const rl::AddressKey& proxy) {
           return proxy.view() == key->view();
         });
}

Result<rl::AddressKey> ClientAddresses::client(std::string_view peer,
                                               std::span<const std::string_view> forwarded) const {
  auto client = rl::address_key(peer);
  if (!client || !is_proxy(peer)) return client;
  std::size_t hops = 0;
  for (auto field = forwarded.rbegin(); field != forwarded.rend(); ++field) {
    std::string_view rest = *field;
    do {
      const std::string_view hop = take_last(rest);
      auto key = rl::address_key(hop);
      if (!key || ++hops > kMaxHops) return client;
      client = key;
      if (!is_proxy(hop)) return client;
    } while (!rest.empty());
  }
  return client;
}

}  // namespace gateway
