#ifndef COEFFICIENT_SRC_REDIS_REPLY_H_
#define COEFFICIENT_SRC_REDIS_REPLY_H_

#include <hiredis/hiredis.h>

#include <memory>

#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace redis {

struct ReplyFree {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, ReplyFree>;

struct ReaderFree {
  void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};
using Reader = std::unique_ptr<redisReader, ReaderFree>;

/// Returns hiredis' reader, which takes no array of more than 64 elements: it allocates what is
/// announced before it has come. Nullptr: no memory.
Reader make_reader();

}  // namespace redis
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_REDIS_REPLY_H_
