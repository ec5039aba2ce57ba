#ifndef COEFFICIENT_SRC_SQLITE_READER_POOL_H_
#define COEFFICIENT_SRC_SQLITE_READER_POOL_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "sqlite/reader.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// Readers, opened when they are first needed and kept, at most `limit` of them. A thread that
/// finds none free waits.
///
/// Thread safety: all members may be called concurrently.
class ReaderPool {
 public:
  ReaderPool(std::filesystem::path path, std::chrono::milliseconds busy, std::size_t limit)
      : path_(std::move(path)), busy_(busy), limit_(limit) {}

  /// Lends a reader to `use`, a callable that takes a Reader& and returns a Result. Errors: those
  /// of Reader::open() and of `use`.
  template <class Use>
  auto with(Use use) -> decltype(use(std::declval<Reader&>())) {
    auto reader = take();
    if (!reader) return reader.error();
    const Return on_return(*this, *reader);
    return use(**reader);
  }

 private:
  class Return {
   public:
    Return(ReaderPool& pool, std::unique_ptr<Reader>& reader) : pool_(pool), reader_(reader) {}
    Return(const Return&) = delete;
    Return& operator=(const Return&) = delete;
    ~Return() { pool_.give_back(std::move(reader_)); }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Reader>& reader_;
  };
  Result<std::unique_ptr<Reader>> take();
  void give_back(std::unique_ptr<Reader> reader);

  const std::filesystem::path path_;
  const std::chrono::milliseconds busy_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Reader>> free_;
  std::size_t open_ = 0;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_READER_POOL_H_
