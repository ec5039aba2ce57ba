#ifndef COEFFICIENT_SRC_SQLITE_VAULT_STORE_STATE_H_
#define COEFFICIENT_SRC_SQLITE_VAULT_STORE_STATE_H_

#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "coefficient/sqlite/vault_store.h"
#include "coefficient/version.h"
#include "sqlite/commit_queue.h"
#include "sqlite/reader_pool.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

struct VaultStore::State {
  State(std::filesystem::path database, const VaultStoreOptions& options,
        std::unique_ptr<Writer> writer)
      : path(std::move(database)),
        busy(options.busy_timeout),
        queue(std::move(writer)),
        readers(path, busy, options.max_readers) {}

  const std::filesystem::path path;
  const std::chrono::milliseconds busy;
  CommitQueue queue;
  ReaderPool readers;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_VAULT_STORE_STATE_H_
