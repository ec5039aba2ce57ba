// Any bytes as what a Redis server says, in pieces of the length that the first byte tells: replies
// or a protocol error, and of each reply a grant within its bounds or an error whose message has
// nothing of it but a name in capitals.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "redis/gcra_wire.h"
#include "redis/reply.h"

using namespace coefficient;
using namespace coefficient::ratelimit;

namespace {

const std::vector<Policy>& policies() {
  static const std::vector<Policy> all{
      {.name = "a", .limit = 10, .period = std::chrono::seconds(1), .burst = 5},
      {.name = "b", .limit = 10, .period = std::chrono::hours(1), .burst = 50}};
  return all;
}

void check(const redisReply& reply) {
  for (std::size_t count = 1; count <= policies().size(); ++count) {
    const Ask ask{Ask::Operation::kTake, "key", std::span(policies()).first(count), 2, 9};
    const auto grant = redis::read_grant(reply, ask);
    if (!grant) {
      for (const char c : grant.error().message)
        if (c < ' ' || c > '~') std::abort();
      continue;
    }
    if (grant->granted > 9 || grant->decisions.size() != count) std::abort();
    for (const Decision& decision : grant->decisions) {
      if (decision.reset_after.count() < 0) std::abort();
      if (decision.retry_after && decision.retry_after->count() < 0) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{data[0]} + 1;
  const redis::Reader reader = redis::make_reader();
  for (std::size_t at = 1; at < size; at += piece) {
    const auto* const bytes = reinterpret_cast<const char*>(data) + at;
    if (redisReaderFeed(reader.get(), bytes, std::min(piece, size - at)) != REDIS_OK) return 0;
    for (;;) {
      void* one = nullptr;
      if (redisReaderGetReply(reader.get(), &one) != REDIS_OK) return 0;
      if (one == nullptr) break;
      const redis::Reply reply(static_cast<redisReply*>(one));
      check(*reply);
    }
  }
  return 0;
}
