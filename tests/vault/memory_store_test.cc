#include "coefficient/vault/memory_store.h"

#include "vault/store_contract.h"

namespace store_contract {
namespace {

class OpenMemoryStore final : public OpenStore {
 public:
  Store& store() override { return store_; }
  bool reopen() override { return false; }

 private:
  MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, ::testing::Values(StoreMaker([] {
                           return std::make_unique<OpenMemoryStore>();
                         })),
                         [](const auto&) { return std::string("store"); });

}  // namespace
}  // namespace store_contract
