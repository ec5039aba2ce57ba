#include "coefficient/vault/store.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

Store::~Store() = default;

}  // namespace vault
COEFFICIENT_END_NAMESPACE
