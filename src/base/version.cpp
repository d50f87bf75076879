#include "citus_init/base/version.h"

namespace citus_init {

const char* version() {
    return CITUS_INIT_VERSION;
}

}  // namespace citus_init
