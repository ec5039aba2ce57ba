#include <array>
#include <cstdio>
#include <ctime>

#include "coefficient/rbac/decision.h"
#include "coefficient/rbac/grant.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {
namespace {

std::string quoted(const std::string& text) {
  return "'" + text + "'";
}

// RFC 3339, UTC.
std::string spelled(Time time) {
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> out{};
  const int size = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {out.data(), static_cast<std::size_t>(size)};
}

std::string how(const Decision& d) {
  std::string out = "role " + quoted(d.role);
  out += d.from == d.role ? ", which has " + quoted(d.pattern)
                          : ", which inherits " + quoted(d.pattern) + " from " + quoted(d.from);
  return out;
}

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + quoted(name);
  return out;
}

}  // namespace

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::kNoRole:
      return "no_role";
    case Reason::kNotInRoles:
      return "not_in_roles";
    case Reason::kNotAPermission:
      return "not_a_permission";
    case Reason::kGrantEnded:
      return "grant_ended";
    case Reason::kClockBehind:
      return "clock_behind";
    case Reason::kRole:
      return "role";
    case Reason::kGrant:
      return "grant";
  }
  return "unknown";
}

std::string explain(const Decision& d) {
  switch (d.reason) {
    case Reason::kNoRole:
      return "denied: no role is held in this scope";
    case Reason::kNotInRoles:
      return "denied: none of the roles held in this scope has it: " + list(d.considered);
    case Reason::kNotAPermission:
      return "denied: what was asked for is no permission of the form resource:action";
    case Reason::kGrantEnded:
      return "denied: grant " + d.grant + " ended at " + spelled(d.until);
    case Reason::kClockBehind:
      return "denied: the clock is before the approval of grant " + d.grant;
    case Reason::kRole:
      return "allowed by " + how(d);
    case Reason::kGrant:
      return "allowed until " + spelled(d.until) + " by grant " + d.grant + " of " + how(d);
  }
  return "denied";
}

std::string_view to_string(GrantState state) noexcept {
  switch (state) {
    case GrantState::kRequested:
      return "requested";
    case GrantState::kActive:
      return "active";
    case GrantState::kDenied:
      return "denied";
    case GrantState::kRevoked:
      return "revoked";
    case GrantState::kExpired:
      return "expired";
  }
  return "unknown";
}

std::string_view to_string(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::kRequested:
      return "requested";
    case EventKind::kApproved:
      return "approved";
    case EventKind::kDenied:
      return "denied";
    case EventKind::kRevoked:
      return "revoked";
    case EventKind::kExpired:
      return "expired";
    case EventKind::kPolicyChanged:
      return "policy_changed";
  }
  return "unknown";
}

Observer::~Observer() = default;

}  // namespace rbac
COEFFICIENT_END_NAMESPACE
