#ifndef COEFFICIENT_SRC_REDIS_SESSION_POOL_H_
#define COEFFICIENT_SRC_REDIS_SESSION_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "redis/link.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace redis {

/// A link that is ready to use, and by what name its server knows the script.
struct Session {
  Link link;
  std::string script_id;
};

/// Sessions with one server, at most `most` at a time; none is opened before it is needed.
///
/// Thread safety: all members may be called concurrently.
class SessionPool {
 public:
  /// Opens a link and makes it ready.
  using Open = std::function<Result<Session>(Deadline)>;
  SessionPool(std::size_t most, Open open) : most_(most), open_(std::move(open)) {
    idle_.reserve(most);  // give_back() allocates nothing
  }
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;
  ~SessionPool() = default;

  /// Calls use(session), where `use` returns a Result, with one that nobody else has; one that it
  /// fails on is closed. Errors: those of Open and of `use`; kDeadlineExceeded if none became
  /// free in time.
  template <class Use>
  auto with_session(Deadline deadline, Use use) -> decltype(use(std::declval<Session&>())) {
    if (auto admitted = admit(deadline); !admitted) return admitted.error();
    Place place(*this);  // is given back as well if std::bad_alloc passes through
    auto session = take(deadline);
    if (!session) return session.error();
    auto result = use(*session);
    if (result) place.session.emplace(*std::move(session));
    return result;
  }

 private:
  // One of those that may have a session at a time; gives the session back, if it has one.
  struct Place {
    explicit Place(SessionPool& owner) noexcept : pool(owner) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { pool.give_back(std::move(session)); }
    SessionPool& pool;
    std::optional<Session> session;
  };
  Result<> admit(Deadline deadline);
  Result<Session> take(Deadline deadline);
  void give_back(std::optional<Session> session) noexcept;

  const std::size_t most_;
  const Open open_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable freed_;
  std::size_t lent_ = 0;
  std::vector<Session> idle_;
};

}  // namespace redis
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_REDIS_SESSION_POOL_H_
