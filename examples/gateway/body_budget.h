#ifndef COEFFICIENT_GATEWAY_BODY_BUDGET_H_
#define COEFFICIENT_GATEWAY_BODY_BUDGET_H_

#include <cstddef>
#include <string>
#include <unordered_map>

namespace gateway {

/// The memory for bodies that are being received. Anybody may send one, and only at its end is it
/// known to be genuine, so one client cannot take it all, and small bodies always have room.
///
/// Thread safety: none; I/O thread only.
class BodyBudget {
 public:
  /// What every body has of its own, beside the budget: the bodies of all connections together take
  /// at most this for each of them besides `all`. Nearly all genuine deliveries are smaller.
  static constexpr std::size_t kOwnBytes = 65536;

  /// What one request has of the budget. Gives it back when it goes; the budget must outlive it.
  class Share {
   public:
    Share(BodyBudget& budget, std::string client);
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share();
    /// Counts further bytes of the body; false if the budget or the client's part of it is used up.
    [[nodiscard]] bool add(std::size_t bytes);
    /// The body is genuine: it does not count against its client any more.
    void verified();

   private:
    BodyBudget& budget_;
    std::string client_;
    std::size_t size_ = 0;     ///< Of the body.
    std::size_t counted_ = 0;  ///< Of it, against the budget.
    bool verified_ = false;
  };

  BodyBudget() = default;
  /// `all` bytes, of which one client's unverified bodies take at most `one_client`.
  BodyBudget(std::size_t all, std::size_t one_client) : all_(all), one_client_(one_client) {}

 private:
  std::size_t all_ = 0;
  std::size_t one_client_ = 0;
  std::size_t used_ = 0;
  std::unordered_map<std::string, std::size_t> unverified_;  // of clients that have any
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_BODY_BUDGET_H_
