#ifndef COEFFICIENT_GATEWAY_DELIVERY_SINK_H_
#define COEFFICIENT_GATEWAY_DELIVERY_SINK_H_

#include <functional>
#include <string>

#include "coefficient/webhook/verified.h"

namespace gateway {

/// A verified request on its way from the HTTP side to the inbox.
struct Submission {
  std::string endpoint;
  std::string content_type;
  coefficient::webhook::Verified verified;
};

/// What became of a submission. The texts are for the log.
struct Receipt {
  enum class Answer { kAccepted, kDuplicate, kUnavailable };
  Answer answer = Answer::kUnavailable;
  std::string delivery_id;
  std::string event;
  std::string key_name;
};

/// Where the HTTP side hands verified requests to.
class DeliverySink {
 public:
  using Done = std::function<void(Receipt)>;
  DeliverySink() = default;
  DeliverySink(const DeliverySink&) = delete;
  DeliverySink& operator=(const DeliverySink&) = delete;
  virtual ~DeliverySink() = default;
  /// Takes `submission` and calls `done` exactly once, from any thread, once the answer is final:
  /// kAccepted and kDuplicate promise that the delivery is on stable storage.
  virtual void submit(Submission submission, Done done) = 0;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DELIVERY_SINK_H_
