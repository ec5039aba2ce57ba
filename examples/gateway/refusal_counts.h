#ifndef COEFFICIENT_GATEWAY_REFUSAL_COUNTS_H_
#define COEFFICIENT_GATEWAY_REFUSAL_COUNTS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace gateway {

/// A sign-in that was refused.
struct Refusal {
  std::string reason;       ///< A jwt::Reason's or rbac decision's name.
  std::string peer;         ///< The address that it came from.
  std::string who = {};     ///< The principal; empty if the token was not valid.
  std::string token = {};   ///< Its jti, likewise.
  std::string action = {};  ///< The permission that was asked for, if it came to that.
  friend bool operator<(const Refusal& a, const Refusal& b) noexcept {
    return std::tie(a.reason, a.peer, a.who, a.token, a.action) <
           std::tie(b.reason, b.peer, b.who, b.token, b.action);
  }
};

/// Refused sign-ins on their way into the audit log, equal ones as one with a count: whoever floods
/// the admin side fills neither memory nor disk. Beyond kMaxKinds that wait at a time, those of one
/// reason are counted together, for peer "others"; take() gives out at most kPerMinute a minute.
/// Nothing is left uncounted.
///
/// Thread safety: distinct objects only.
class RefusalCounts {
 public:
  using TimePoint = std::chrono::system_clock::time_point;
  static constexpr std::size_t kMaxKinds = 64;
  static constexpr std::size_t kPerMinute = 64;

  void add(Refusal refusal, std::uint64_t count = 1);
  /// Takes out one kind and its count; nothing if none waits, or this minute's are used up.
  std::optional<std::pair<Refusal, std::uint64_t>> take(TimePoint now);
  /// Takes out one kind whatever the minute's number: for the end.
  std::optional<std::pair<Refusal, std::uint64_t>> take();

 private:
  std::map<Refusal, std::uint64_t> waiting_;
  TimePoint minute_{};
  std::size_t taken_ = 0;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_REFUSAL_COUNTS_H_
