#include "sqlite/reader_pool.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

Result<std::unique_ptr<Reader>> ReaderPool::take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !free_.empty() || open_ < limit_; });
    if (!free_.empty()) {
      std::unique_ptr<Reader> reader = std::move(free_.back());  // the one whose cache is warm
      free_.pop_back();
      return reader;
    }
    ++open_;
    free_.reserve(limit_);  // so that giving back never allocates
  }
  auto reader = Reader::open(path_, busy_);
  if (!reader) give_back(nullptr);
  return reader;
}

void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
  {
    const std::lock_guard lock(mutex_);
    if (reader == nullptr) {
      --open_;
    } else {
      free_.push_back(std::move(reader));
    }
  }
  returned_.notify_one();
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
