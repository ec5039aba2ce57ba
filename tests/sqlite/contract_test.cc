// The contract of vault::Store, on a plain store and on one that records its changes.
#include "coefficient/sqlite/archive.h"
#include "store_support.h"
#include "vault/store_contract.h"

using namespace coefficient;

namespace store_contract {
namespace {

class OpenSqlite final : public OpenStore {
 public:
  explicit OpenSqlite(bool recording) {
    EXPECT_TRUE(OpenSqlite::reopen());
    if (!recording) return;
    auto archive = sqlite::Archive::open(temp_.path() / "archive");
    EXPECT_TRUE(archive && archive->take_base(*store_));
  }
  Store& store() override { return *store_; }
  bool reopen() override {
    store_.reset();
    auto opened = sqlite::VaultStore::open(temp_.path() / "store");
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) store_ = std::move(*opened);
    return store_ != nullptr;
  }

 private:
  test::TempDir temp_;
  std::unique_ptr<sqlite::VaultStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, ::testing::Values(StoreMaker([] {
                           return std::make_unique<OpenSqlite>(false);
                         })));
INSTANTIATE_TEST_SUITE_P(SqliteRecording, StoreContract, ::testing::Values(StoreMaker([] {
                           return std::make_unique<OpenSqlite>(true);
                         })));

}  // namespace
}  // namespace store_contract
