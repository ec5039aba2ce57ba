// A host of the component sqlite: opens a store in a new directory and asks it for a record.
#include <coefficient/sqlite/archive.h>
#include <coefficient/sqlite/vault_store.h>

#include <cstdio>
#include <cstdlib>

int main() {
  char name[] = "store-XXXXXX";
  if (mkdtemp(name) == nullptr) return EXIT_FAILURE;
  const auto store = coefficient::sqlite::VaultStore::open(name);
  if (!store) {
    std::puts(store.error().message.c_str());
    return EXIT_FAILURE;
  }
  const auto found = (*store)->read_record({"tenant", "kind", "name"});
  return found && !found->record ? EXIT_SUCCESS : EXIT_FAILURE;
}
