#include "body_budget.h"

#include <utility>

namespace gateway {

BodyBudget::Share::Share(BodyBudget& budget, std::string client)
    : budget_(budget), client_(std::move(client)) {}

BodyBudget::Share::~Share() {
  verified();
  budget_.used_ -= counted_;
}

bool BodyBudget::Share::add(std::size_t bytes) {
  size_ += bytes;
  if (size_ <= kOwnBytes) return true;
  const std::size_t more = size_ - kOwnBytes - counted_;
  counted_ += more;
  budget_.used_ += more;
  std::size_t& of_client = budget_.unverified_[client_];
  of_client += more;
  return budget_.used_ <= budget_.all_ && of_client <= budget_.one_client_;
}

void BodyBudget::Share::verified() {
  if (std::exchange(verified_, true) || counted_ == 0) return;
  const auto found = budget_.unverified_.find(client_);
  found->second -= counted_;
  if (found->second == 0) budget_.unverified_.erase(found);
}

}  // namespace gateway
