#include "citus_init/ha/backend/backend.h"

namespace citus_init::ha {

Backend::~Backend() = default;

}  // namespace citus_init::ha
