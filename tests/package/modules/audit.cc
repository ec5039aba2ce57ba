// A host of the module audit: a record in its canonical form, a leaf, and the tree of that leaf.
#include <coefficient/audit/merkle.h>
#include <coefficient/audit/record.h>

#include <cstdlib>
#include <span>

int main() {
  namespace audit = coefficient::audit;
  audit::Record record;
  record.id = "1";
  record.actor.type = "service";
  record.actor.id = "host";
  record.action = "package.try";
  const auto text = audit::to_canonical(record);
  if (!text || !audit::parse_record(*text)) return EXIT_FAILURE;
  const auto leaf = audit::leaf_hash(std::as_bytes(std::span(*text)));
  audit::Frontier tree;
  if (!leaf || !tree.append(*leaf)) return EXIT_FAILURE;
  const auto root = tree.root();
  return root && *root == *leaf ? EXIT_SUCCESS : EXIT_FAILURE;
}
