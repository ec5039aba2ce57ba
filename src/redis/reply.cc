#include "redis/reply.h"

#include <cstddef>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace redis {
namespace {

constexpr std::size_t kMaxElements = 64;

// The type of the count differs between versions of hiredis.
template <class Count>
redisReplyObjectFunctions bounded(const redisReplyObjectFunctions& usual,
                                  void* (*)(const redisReadTask*, Count)) {
  static void* (*const make)(const redisReadTask*, Count) = usual.createArray;
  redisReplyObjectFunctions out = usual;
  out.createArray = [](const redisReadTask* task, Count count) -> void* {
    // Nullptr is how hiredis says that there is no memory.
    return std::cmp_greater(count, kMaxElements) ? nullptr : make(task, count);
  };
  return out;
}

}  // namespace

Reader make_reader() {
  Reader reader(redisReaderCreate());
  if (reader == nullptr) return reader;
  static const redisReplyObjectFunctions functions = bounded(*reader->fn, reader->fn->createArray);
  // hiredis asks for a pointer to what is not const, and does not write.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  reader->fn = const_cast<redisReplyObjectFunctions*>(&functions);
  return reader;
}

}  // namespace redis
COEFFICIENT_END_NAMESPACE
