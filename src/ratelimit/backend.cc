#include "coefficient/ratelimit/backend.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

Backend::~Backend() = default;

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
